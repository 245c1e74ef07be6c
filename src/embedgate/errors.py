"""What can go wrong, as a tree.

    EmbedgateError
    ├── UsageError            the call or the config is wrong: exit status 4, no verdict
    │   ├── ConfigError         quality_checks.toml does not say what it must
    │   └── RunNotSuccessful    a run was named that did not end well
    ├── UnavailableError      the run or an artifact cannot be had: exit status 1, verdict "failed"
    │   ├── FlowNotFound        no such flow in the datastore
    │   ├── RunNotFound         no such run of the flow, or none with the tag
    │   ├── NoSuccessfulRun     runs there are, but none that ended well
    │   ├── MetaflowUnusable    Metaflow cannot be imported or is not configured
    │   ├── ServiceUnreachable  the metadata service or the datastore does not answer
    │   ├── ArtifactMissing     the run holds no artifact of that name
    │   ├── ArtifactUnreadable  it is there and cannot be loaded (a package, a pickle, a file format)
    │   ├── ArtifactInvalid     it was loaded and is not what it must be (type, column, shape)
    │   └── TaggingFailed       a run's tags could not be changed, or did not stay as they were set
    │       └── TaggingConflict   others changed them at the same time, again and again
    ├── HistoryUnusable       the folder of earlier verdicts cannot be written to
    ├── GateFailed            a verdict is not `passed`: raise_for_failure()
    └── MaterialError         a value that breaks its own rules (shapes, lengths)

Every message names what was looked for, where, what was found instead and what to do.
"""


class EmbedgateError(Exception):
    """Base of all errors that embedgate raises on purpose."""

    @property
    def kind(self) -> str:
        """The class name, as it stands in verdict.json."""
        return type(self).__name__


class UsageError(EmbedgateError):
    """The command line or the config asks for something that cannot be."""


class ConfigError(UsageError):
    """quality_checks.toml is missing, unreadable, or says something unknown."""


class RunNotSuccessful(UsageError):
    """A run was named that failed or has not finished."""


class UnavailableError(EmbedgateError):
    """The model under test cannot be had."""


class FlowNotFound(UnavailableError):
    """The datastore knows no flow of that name."""


class RunNotFound(UnavailableError):
    """The flow has no run of that id or tag."""


class NoSuccessfulRun(UnavailableError):
    """The flow has runs, and none of them ended well."""


class MetaflowUnusable(UnavailableError):
    """Metaflow cannot be imported, or its configuration is broken."""


class ServiceUnreachable(UnavailableError):
    """The metadata service or the datastore does not answer."""


class ArtifactMissing(UnavailableError):
    """The run holds no artifact of that name."""


class ArtifactUnreadable(UnavailableError):
    """The artifact or file is there and cannot be loaded."""


class ArtifactInvalid(UnavailableError):
    """The artifact or file was loaded and is not what it must be."""


class HistoryUnusable(EmbedgateError):
    """The folder of earlier verdicts cannot be made or written to."""


class TaggingFailed(UnavailableError):
    """A run's tags could not be changed, or did not stay as they were set."""


class TaggingConflict(TaggingFailed):
    """Others changed a run's tags at the same time, again and again."""


class GateFailed(EmbedgateError):
    """`Verdict.raise_for_failure()`: the verdict is not `passed`."""


class MaterialError(EmbedgateError, ValueError):
    """A value breaks its own rules: wrong shape, wrong length, wrong type."""
