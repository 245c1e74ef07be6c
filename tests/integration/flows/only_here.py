"""A module beside the flow that readers of the artifact do not have."""


class OwnVectors:
    """Vectors of a class that cannot be imported elsewhere."""
