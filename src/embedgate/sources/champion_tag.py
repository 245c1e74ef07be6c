"""The tag `champion`: find the run that has it, and move it to another run.

Metaflow changes the tags of one run at a time, so a promotion takes several steps:

1. Read all tags. The runs that are tagged now are to be replaced.
2. Add `champion` to the new run.
3. Read back. If a run is tagged now that was not in step 1, another promotion runs at the same time: the run that
   finished last stays champion, and the promotion of the other one removes its own tag.
4. Remove `champion` from all other runs, and read back.

The tag is added before it is removed: a promotion that is killed leaves the old champion, or both runs tagged, and
the next promotion replaces both.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from metaflow.exception import MetaflowTaggingError

from embedgate.errors import RunNotFound, ServiceUnreachable, TaggingConflict, TaggingFailed, UnavailableError
from embedgate.sources import metaflow_limits
from embedgate.sources.metaflow_client import answering, look_up, open_flow, place
from embedgate.sources.metaflow_names import listed
from embedgate.sources.run_lookup import all_runs, latest_successful

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from embedgate.sources.finished_run import FinishedRun

    Tags = Mapping[str, frozenset[str]]

CHAMPION = "champion"
PASSED, FAILED = "quality:passed", "quality:failed"
MAX_TAGS = 50
"""User tags that Metaflow allows on a run."""
ROUNDS = 20
"""Maximum number of attempts to set the tags; two promotions at the same time need about four."""


def find_champion(flow: str) -> FinishedRun | None:
    """Return the latest successful run of a flow that is tagged `champion`; None if there is none.

    Raises:
        UnavailableError: if the flow or any of its runs is unavailable: that run might be the champion.
    """

    def find() -> FinishedRun | None:
        return latest_successful(run for run in all_runs(open_flow(flow)) if CHAMPION in run.user_tags)

    return look_up(f"the champion of flow {flow!r}", find)


def promote(pathspec: str, *, passed: bool = True) -> str:
    """Move the tag `champion` to a run, `Flow/123`, from all other runs of its flow.

    Args:
        pathspec: of the run.
        passed: also tag it `quality:passed`, in place of `quality:failed`.

    Returns:
        The pathspec of the champion as read back: another run, if that was promoted at the same time.

    Raises:
        UnavailableError: if tags cannot be read or changed, or were changed back; names the runs that are tagged now.
    """
    flow, _, run = pathspec.partition("/")
    tags = FlowTags(flow)
    add, remove = ({PASSED}, {FAILED}) if passed else (set(), set())

    def move() -> str:
        return move_champion(tags, run, add=add, remove=remove)

    try:
        return f"{flow}/{look_up(f'the promotion of {pathspec}', move, metaflow_limits.TAG_SECONDS)}"
    except UnavailableError as error:
        raise type(error)(f"{pathspec} could not be promoted: {error}. {_left_behind(tags)}") from error


def mark(pathspec: str, *, passed: bool) -> None:
    """Tag a run, `Flow/123`, `quality:passed` or `quality:failed`, in place of the other.

    Raises:
        UnavailableError: if tags cannot be read or changed, or were changed back.
    """
    flow, _, run = pathspec.partition("/")
    tag, other = (PASSED, FAILED) if passed else (FAILED, PASSED)

    def put() -> None:
        replace_tag(FlowTags(flow), run, add=tag, remove=other)

    try:
        look_up(f"the tag {tag!r} of {pathspec}", put, metaflow_limits.TAG_SECONDS)
    except UnavailableError as error:
        raise type(error)(
            f"{pathspec} could not be tagged {tag!r}: {error}. The tag {CHAMPION!r} was not changed"
        ) from error


class FlowTags:
    """The tags of the runs of one flow in Metaflow.

    The flow is opened for each access, which first checks that the service answers.
    """

    def __init__(self, flow: str) -> None:
        self.flow = flow

    def read(self) -> Tags:
        """Return the user tags of every run by its id, as they are now."""

        def read() -> Tags:
            return {run.id: frozenset(run.user_tags) for run in all_runs(open_flow(self.flow))}

        return look_up(f"the tags of flow {self.flow!r}", read)

    def latest(self, runs: Collection[str]) -> str:
        """Return the run that finished last; the greatest id if none succeeded."""
        found = latest_successful(run for run in all_runs(open_flow(self.flow)) if run.id in runs)
        return str(found.run.id) if found else max(runs)

    def change(self, run: str, *, add: Collection[str] = (), remove: Collection[str] = ()) -> None:
        """Change the tags of one run in one step.

        Raises:
            RunNotFound: if the run was deleted.
            TaggingConflict: if another process changed them at the same time.
            TaggingFailed: if Metaflow refuses the change.
            ServiceUnreachable: if the service does not answer, or the datastore is not writable.
        """
        flow = open_flow(self.flow)
        what = f"the change of tags of run {self.flow}/{run}"
        with answering(what):
            try:
                flow[run].replace_tags(list(remove), list(add))
            except KeyError as error:
                raise RunNotFound(f"run {self.flow}/{run} is no longer in {place()}: was it deleted?") from error
            except MetaflowTaggingError as error:
                # Metaflow has no separate class for a conflict
                kind = TaggingConflict if "conflicting updates" in str(error) else TaggingFailed
                raise kind(f"{place()} refuses {what}: {error}") from error
            except UnboundLocalError as error:
                # the local provider fails on the file that it could not open, and hides why
                raise ServiceUnreachable(f"{what} cannot be written to {place()}: {error.__context__}") from error


def move_champion(store: FlowTags, run: str, *, add: Collection[str] = (), remove: Collection[str] = ()) -> str:
    """Make a run, given by its id, the only champion; see the steps at the top of this module.

    More tags are added and removed in the same change.

    Returns:
        The id of the champion as read back: another run, if that was promoted at the same time.

    Raises:
        RunNotFound: if there is no such run.
        TaggingFailed: if the run has no room for the tags, or they do not stay as they were set.
    """
    own = {CHAMPION, *add}
    seen = _read(store, run)
    replaced = champions(seen) - {run}
    for _ in range(ROUNDS):
        _change(store, seen, run, own, remove)
        seen = _read(store, run)
        tagged = champions(seen)
        if not tagged:  # two promotions removed each other's tag: the next round goes by their runs alone
            replaced = frozenset()
            continue
        if run not in tagged:
            return store.latest(tagged)
        rivals = tagged - replaced - {run}
        if rivals and store.latest(rivals | {run}) != run:
            _change(store, seen, run, (), {CHAMPION})
            return store.latest(rivals)
        if tagged == {run} and own <= seen[run] and seen[run].isdisjoint(remove):
            return run
        for other in sorted(tagged - {run}):
            _change(store, seen, other, (), {CHAMPION})
    raise TaggingFailed(
        f"after {ROUNDS} attempts the tag {CHAMPION!r} is still not on one run alone, but on "
        f"{listed(sorted(tagged))}: other processes keep changing the tags of these runs. Promote again"
    )


def replace_tag(store: FlowTags, run: str, *, add: str, remove: str) -> None:
    """Add one tag to a run, given by its id, in place of another, and read it back.

    Raises:
        RunNotFound: if there is no such run.
        TaggingFailed: if the run has no room for the tag, or it does not stay.
    """
    for _ in range(ROUNDS):
        seen = _read(store, run)
        if add in seen[run] and remove not in seen[run]:
            return
        _change(store, seen, run, {add}, {remove})
    raise TaggingFailed(
        f"after {ROUNDS} attempts run {run} is still not tagged {add!r} in place of {remove!r}: other processes keep "
        "changing its tags. Try again"
    )


def champions(seen: Tags) -> frozenset[str]:
    """Return the runs that are tagged `champion`."""
    return frozenset(run for run, tags in seen.items() if CHAMPION in tags)


def _read(store: FlowTags, run: str) -> Tags:
    seen = store.read()
    if run not in seen:
        raise RunNotFound(f"there is no run {run} among the {len(seen):,} runs of its flow: was it deleted?")
    return seen


def _change(store: FlowTags, seen: Tags, run: str, add: Collection[str], remove: Collection[str]) -> None:
    before = seen[run]
    after = (before - set(remove)) | set(add)
    if len(after) > max(MAX_TAGS, len(before)):
        raise TaggingFailed(
            f"run {run} has {len(before)} tags, and Metaflow allows {MAX_TAGS}: there is no room for "
            f"{', '.join(sorted(after - before))}. Remove some, with `python <flow>.py tag remove --run-id {run} TAG`"
        )
    if after != before:
        with suppress(TaggingConflict):  # the caller reads the tags again
            store.change(run, add=sorted(after - before), remove=sorted(before - after))


def _left_behind(tags: FlowTags) -> str:
    """Return which runs are tagged `champion` after a failed promotion."""
    try:
        tagged = champions(tags.read())
    except UnavailableError as error:
        return (
            f"The runs that are tagged {CHAMPION!r} now cannot be read ({error.kind}). A promotion adds the tag "
            "before it removes it: the old champion or both runs may be tagged. The next promotion corrects this"
        )
    again = ". The next promotion corrects this" if len(tagged) > 1 else ""
    return f"The tag {CHAMPION!r} is now on {listed(sorted(f'{tags.flow}/{run}' for run in tagged))}{again}"
