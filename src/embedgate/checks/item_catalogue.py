"""Join the item catalogue to a model, and take genres and slices from its columns."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from embedgate.checks.config_errors import reject_config_errors
from embedgate.errors import ArtifactInvalid, MaterialError
from embedgate.material.slices import slices_of_column
from embedgate.sources.resolve import resolve_catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedgate.config.file import Config
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
    columns = config.settings.slice_columns
    joined = resolve_catalogue(settings, loaded, folder, given, columns)
    metadata = joined.metadata
    if metadata is None:
        return joined, config
    found = (slices_of_column(column, metadata.columns[column], joined.playlists) for column in columns)
    config = replace(config, settings=config.settings.sliced(chain.from_iterable(found)))
    if metadata.labels is None:
        return joined, reject_config_errors(config)
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
