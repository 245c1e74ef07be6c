"""What the gate flow loads once, and carries from step to step as artifacts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from embedgate.checks.config_errors import reject_config_errors
from embedgate.checks.item_catalogue import join_catalogue
from embedgate.config.file import CONFIG_NAME, Config, parse_config
from embedgate.config.settings import Settings
from embedgate.engine import evidence_of
from embedgate.errors import UsageError
from embedgate.gate.promotion import champion_to_replace
from embedgate.judgement.history import past_champions
from embedgate.measures.retrieval import next_track
from embedgate.paths import typed_path
from embedgate.sources.columns import PlaylistColumns
from embedgate.sources.records import LoadedModel, Request
from embedgate.sources.resolve import NO_CHAMPION, resolve, resolve_champion
from embedgate.sources.source import prefix_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from embedgate.material.model import ModelUnderTest
    from embedgate.material.space import EmbeddingSpace
    from embedgate.measures.evidence import Evidence
    from embedgate.sources.records import RunRecord


@dataclass(frozen=True)
class GateMaterial:
    """The tested model, the champion, and how they are judged.

    Attributes:
        config: quality_checks.toml.
        tested: the model under test.
        champion: record and space of the champion; None if there is none.
        compares: whether the model is compared with a champion; if not, the champion checks are off.
        past: name and values, by check id, of each past champion in the history, oldest first.
        started_at: when the gate run started.
    """

    config: Config
    tested: LoadedModel
    champion: tuple[RunRecord, EmbeddingSpace] | None
    compares: bool
    past: tuple[tuple[str, Mapping[str, float]], ...]
    started_at: datetime

    def evidence(self) -> Evidence:
        """Return the evidence of the tested model, with the comparison if there is a champion."""
        return evidence_of(
            self.tested.space,
            self.tested.playlists,
            self.config.settings,
            self.champion[1] if self.champion else None,
            lambda: self.past,
            metadata=self.tested.metadata,
        )


def load(
    *,
    config: bytes | None = None,
    flow: str | None = None,
    run: str | None = None,
    tag: str | None = None,
    namespace: str | None = None,
    champion: str | None = None,
    promote: bool = False,
) -> GateMaterial:
    """Find and load the tested run and the champion, as the options of pytest of the same names do.

    Args:
        config: the bytes of quality_checks.toml; None for the defaults.
        flow: name of the flow; overrides `[model] flow`.
        run: exactly this run, `Flow/123` or `123`.
        tag: the latest successful run with this tag.
        namespace: Metaflow namespace to look in; None looks in all.
        champion: `Flow/123`, a tag, a file or "none"; None for the run tagged `champion`.
        promote: whether the run becomes champion if it passes.

    Raises:
        UsageError: if the config is wrong, or the options contradict each other.
        UnavailableError: if a run or an artifact is unavailable.
    """
    started_at = datetime.now(UTC)
    found = Config(Settings()) if config is None else reject_config_errors(parse_config(config, CONFIG_NAME))
    found = found.with_flow(flow)
    model = found.settings.model
    if model.flow is None and "/" not in (run or ""):
        raise UsageError(f"no model to test: set --flow=NAME or --run=FLOW/ID, or [model] flow in {CONFIG_NAME}")
    if prefix_of(run or ""):
        raise UsageError(f"the gate flow tests runs of Metaflow: test {run} with pytest --gate-run={run}")
    request = Request(
        flow=model.flow,
        run=run,
        tag=tag,
        namespace=namespace,
        vectors_artifact=model.vectors,
        keys_artifact=model.keys,
        playlists_artifact=model.playlists,
        columns=PlaylistColumns(model.columns.given),
    )
    tested, found = join_catalogue(resolve(request), found)
    compared = resolve_champion(champion, request)
    if promote:
        champion_to_replace(champion, request, compared[0] if compared else None)
    history = typed_path(found.settings.history.folder, "[history] folder")
    past = tuple(past_champions(history, tested.record.pathspec))
    return GateMaterial(found, tested, compared, champion != NO_CHAMPION, past, started_at)


def graph_models(evidence: Evidence) -> dict[str, ModelUnderTest]:
    """Return the models whose neighbour graphs the checks use, by name; they are those of the evidence.

    "candidate" has all tracks, "shared" and "champion" have the tracks that both models have. "shared" is left out if
    these are all tracks.
    """
    models = {"candidate": evidence.model}
    if evidence.comparison is not None and len(evidence.comparison.pair.shared):
        pair = evidence.comparison.pair
        models |= {"shared": pair.new, "champion": pair.old}
        if pair.new is evidence.model:
            del models["shared"]
    return {name: model for name, model in models.items() if model.tracks}


def graph_queries(evidence: Evidence) -> dict[str, NDArray[np.integer]]:
    """Return the track numbers whose neighbours the shards search, by the name of the graph as in `graph_models`.

    All tracks, or the sample of a large vocabulary with the tracks of next-track retrieval. The few other neighbours
    that a measure needs, such as those of suspects, are searched when the checks are evaluated.
    """
    return {name: _queries(model) for name, model in graph_models(evidence).items()}


def _queries(model: ModelUnderTest) -> NDArray[np.integer]:
    found = None if model.queries.complete else next_track(model)
    return model.queries.tracks if found is None else np.union1d(model.queries.tracks, found.known_tracks)


def trigger_run(current: Any) -> str | None:  # noqa: ANN401 - Metaflow's object has no type
    """Return the run that triggered this one by `@trigger_on_finish`, `Flow/123`; None if there is not exactly one.

    Args:
        current: `metaflow.current`.
    """
    trigger = getattr(current, "trigger", None)
    run = trigger.run if trigger is not None else None
    return str(run.pathspec) if run is not None else None
