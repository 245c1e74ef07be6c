"""Reads and moves the tags of a flow's runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaflow.exception import MetaflowTaggingError

from embedgate.errors import RunNotFound, ServiceUnreachable, TaggingConflict, TaggingFailed, UnavailableError
from embedgate.sources import champion_tag, limits
from embedgate.sources.all_runs import all_runs
from embedgate.sources.champion_tag import CHAMPION, champions
from embedgate.sources.metaflow_client import answering, listed, look_up, open_flow, place

if TYPE_CHECKING:
    from collections.abc import Collection

PASSED, FAILED = "quality:passed", "quality:failed"


def promote(pathspec: str, *, passed: bool = True) -> str:
    """Move the tag `champion` to a run, from whichever runs of its flow bear it.

    Args:
        pathspec: `Flow/123`.
        passed: also put `quality:passed` on it, in place of `quality:failed`.

    Returns:
        The champion as it was read back, `Flow/123`; another run, if that was promoted at the same time and later.

    Raises:
        UnavailableError: if tags could not be read or changed, or did not stay; says which runs bear the tag now.
    """
    flow, _, run = pathspec.partition("/")
    store = FlowTags(flow)
    add, remove = ({PASSED}, {FAILED}) if passed else (set(), set())

    def move() -> str:
        return champion_tag.promote(store, run, add=add, remove=remove)

    try:
        champion = look_up(f"the promotion of {pathspec}", move, limits.TAG_SECONDS)
    except UnavailableError as error:
        raise type(error)(f"{pathspec} could not be promoted: {error}. {_left_behind(store)}") from error
    return f"{flow}/{champion}"


def mark(pathspec: str, *, passed: bool) -> None:
    """Put `quality:passed` or `quality:failed` on a run, in place of its opposite.

    Args:
        pathspec: `Flow/123`.
        passed: which of the two.

    Raises:
        UnavailableError: if tags could not be read or changed, or did not stay.
    """
    flow, _, run = pathspec.partition("/")
    tag, opposite = (PASSED, FAILED) if passed else (FAILED, PASSED)

    def put() -> None:
        champion_tag.mark(FlowTags(flow), run, add=tag, remove=opposite)

    try:
        look_up(f"the tag {tag!r} of {pathspec}", put, limits.TAG_SECONDS)
    except UnavailableError as error:
        raise type(error)(
            f"{pathspec} could not be tagged {tag!r}: {error}. The tag {CHAMPION!r} was not touched"
        ) from error


class FlowTags:
    """The tags of one flow's runs, kept by Metaflow.

    The flow is opened anew each time: that asks first whether the service answers.
    """

    def __init__(self, flow: str) -> None:
        self.flow = flow

    def read(self) -> dict[str, frozenset[str]]:
        """Return the users' tags of every run by its id, as they are now.

        Raises:
            UnavailableError: if that cannot be told of all of them.
        """

        def read() -> dict[str, frozenset[str]]:
            return {run.id: frozenset(run.user_tags) for run in all_runs(open_flow(self.flow))}

        return look_up(f"the tags of flow {self.flow!r}", read)

    def change(self, run: str, *, add: Collection[str] = (), remove: Collection[str] = ()) -> None:
        """Change the tags of one run, at once.

        Raises:
            RunNotFound: if the run is gone.
            TaggingConflict: if others changed them at the same time.
            TaggingFailed: if Metaflow refuses the change.
            ServiceUnreachable: if the service does not answer, or the datastore cannot be written to.
        """
        look_up(f"the change of tags of run {self.flow}/{run}", lambda: self._change(run, add, remove))

    def _change(self, run: str, add: Collection[str], remove: Collection[str]) -> None:
        flow = open_flow(self.flow)
        what = f"the change of tags of run {self.flow}/{run}"
        with answering(what):
            try:
                flow[run].replace_tags(list(remove), list(add))
            except KeyError as error:
                raise RunNotFound(f"run {self.flow}/{run} is no longer in {place()}: was it deleted?") from error
            except MetaflowTaggingError as error:
                # the providers, local and service, have no class of its own for this
                kind = TaggingConflict if "conflicting updates" in str(error) else TaggingFailed
                raise kind(f"{place()} refuses {what}: {error}") from error
            except UnboundLocalError as error:
                # the local provider stumbles over the file that it could not open, and hides why
                raise ServiceUnreachable(f"{what} cannot be written to {place()}: {error.__context__}") from error


def _left_behind(store: FlowTags) -> str:
    """Say which runs bear the champion's tag after an accident."""
    try:
        bearing = champions(store.read())
    except UnavailableError as error:
        return (
            f"Which runs bear the tag {CHAMPION!r} now cannot be read ({error.kind}): it was put on the new champion "
            "first, so whoever bore it before may bear it still. The next promotion puts that right"
        )
    runs = listed(f"{store.flow}/{run}" for run in bearing)
    again = ". The next promotion puts that right" if len(bearing) > 1 else ""
    return f"The tag {CHAMPION!r} is now on {runs}{again}"
