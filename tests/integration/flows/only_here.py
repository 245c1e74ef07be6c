"""A module that lies beside the flow, and that whoever reads the artifact does not have."""


class OwnVectors:
    """Vectors of a class that cannot be imported elsewhere."""
