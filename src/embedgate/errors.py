"""The hierarchy of embedgate's exceptions.

    EmbedgateError
    ├── UsageError            exit status 4, no verdict
    │   ├── ConfigError
    │   └── RunNotSuccessful
    ├── UnavailableError      exit status 1, verdict "failed"
    │   ├── FlowNotFound
    │   ├── RunNotFound
    │   ├── NoSuccessfulRun
    │   ├── MetaflowUnusable
    │   ├── SourceUnusable
    │   ├── ServiceUnreachable
    │   ├── ArtifactMissing
    │   ├── ArtifactUnreadable
    │   ├── ArtifactInvalid
    │   └── TaggingFailed
    │       └── TaggingConflict
    ├── HistoryUnusable
    ├── ShardFailed
    ├── GateFailed
    └── MaterialError

Every message says what is wrong, where, and what to do.
"""


class EmbedgateError(Exception):
    """Base class of all errors that embedgate raises on purpose."""

    @property
    def kind(self) -> str:
        """The class name, as in verdict.json."""
        return type(self).__name__


class UsageError(EmbedgateError):
    """The command line, the config or a call is wrong."""


class ConfigError(UsageError):
    """quality_checks.toml is missing, unreadable or invalid."""


class RunNotSuccessful(UsageError):
    """The requested run failed or has not finished."""


class UnavailableError(EmbedgateError):
    """The run, an artifact or a file is unavailable."""


class FlowNotFound(UnavailableError):
    """The datastore has no flow of that name."""


class RunNotFound(UnavailableError):
    """The flow has no run with that ID, or none with the tag."""


class NoSuccessfulRun(UnavailableError):
    """The flow has runs, but none of them succeeded."""


class MetaflowUnusable(UnavailableError):
    """Metaflow cannot be imported, or its configuration is invalid."""


class SourceUnusable(UnavailableError):
    """A source of models cannot be imported, or fails with an error of its own."""


class ServiceUnreachable(UnavailableError):
    """The metadata service or the datastore does not answer."""


class ArtifactMissing(UnavailableError):
    """The run has no artifact of that name, or the file does not exist."""


class ArtifactUnreadable(UnavailableError):
    """The artifact or file exists but could not be loaded: a missing package, an unsafe pickle or a damaged file."""


class ArtifactInvalid(UnavailableError):
    """The artifact or file was loaded but has the wrong type, columns or shape."""


class TaggingFailed(UnavailableError):
    """The tags of a run could not be changed, or were changed back."""


class TaggingConflict(TaggingFailed):
    """Another process changed the tags of a run at the same time."""


class HistoryUnusable(EmbedgateError):
    """The folder of earlier verdicts cannot be created or written to."""


class ShardFailed(EmbedgateError):
    """A shard of the gate flow could not be computed."""


class GateFailed(EmbedgateError):
    """The verdict is not `passed`; raised by `Verdict.raise_for_failure()`."""


class MaterialError(EmbedgateError, ValueError):
    """A value has the wrong shape, length or type."""
