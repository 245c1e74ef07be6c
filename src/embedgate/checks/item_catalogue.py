"""Join the item catalogue to a model, and take the genres from its labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.checks.config_errors import reject_config_errors
from embedgate.errors import ArtifactInvalid, MaterialError
from embedgate.sources.resolve import resolve_catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.config import Config
    from embedgate.sources.records import LoadedModel

_HERE = Path()


def join_catalogue(
    loaded: LoadedModel, config: Config, given: object = None, folder: Path = _HERE
) -> tuple[LoadedModel, Config]:
    """Return model and config with the catalogue of `[catalogue]`; both unchanged if it is not configured.

    Args:
        loaded: the model under test.
        config: quality_checks.toml.
        given: a frame, or the path of a file, instead of `[catalogue] source`.
        folder: the folder that a relative path is relative to.

    Raises:
        UsageError: if the catalogue has no source, or the config does not fit its labels.
        UnavailableError: if the catalogue is unavailable or invalid.
    """
    settings = config.settings.catalogue
    if settings is None:
        return loaded, config
    joined = resolve_catalogue(settings, loaded, folder, given)
    metadata = joined.metadata
    if metadata is None or metadata.labels is None:
        return joined, config
    try:
        judged = metadata.judged_labels()
    except MaterialError as error:
        raise ArtifactInvalid(
            f"{metadata.source}: {error}. Set [catalogue] label to a column of categories, or remove it"
        ) from error
    return joined, with_labels(config, judged, metadata.all_labels)


def with_labels(config: Config, judged: Sequence[str], labels: Sequence[str]) -> Config:
    """Return the config with the labels of the catalogue as genres.

    Args:
        config: quality_checks.toml.
        judged: the labels that are judged.
        labels: all labels, the most frequent first.

    Raises:
        ConfigError: if `[checks]` or a known track uses a genre that is not a label.
    """
    settings = config.settings.with_labels(judged, labels, config.shown or "config")
    return reject_config_errors(replace(config, settings=settings))
