"""A module beside the flow that is not importable where the artifact is read."""


class OwnVectors:
    """Vectors of a class that cannot be imported elsewhere."""
