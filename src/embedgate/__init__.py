"""A quality gate for embeddings: measure a model, judge it, show it, promote it or not."""

from embedgate.errors import EmbedgateError

__version__ = "0.1.0"

__all__ = ["EmbedgateError", "__version__"]
