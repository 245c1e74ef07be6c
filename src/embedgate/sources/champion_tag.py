"""Moving the tag `champion` so that at least one run bears it at any time, and exactly one in the end.

Nothing of Metaflow is known here but what its tags can do: the tags of all runs can be read, and those of one
run changed at once. Two promotions at the same time, each of which adds its tag and takes the others', would take
each other's and leave none. So each promotion also leaves a stamp on its run, later than any that it sees: the
newest stamp wins, and that all promotions agree on.

1. Read all. Add `champion` and `champion-since:<now>` to the run, in one change.
2. Read all back. The run with the newest stamp is the winner, whoever put it there.
3. If the winner lacks `champion`, put it back, and read again.
4. If others bear `champion` or a stamp, take exactly what was seen there, and read again.
5. One run bears `champion`, and no other a stamp: that is the end.

A tag is only ever taken from a run while one with a newer stamp is seen to bear it, and a promotion that was
killed leaves nothing that the next does not put right: its stamp is older.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from embedgate.errors import RunNotFound, TaggingConflict, TaggingFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Tags = Mapping[str, frozenset[str]]

CHAMPION = "champion"
SINCE = "champion-since:"
MOST_TAGS = 50
"""User tags that Metaflow lets a run have."""
ROUNDS = 20
"""Times that all tags are read until they are as they must be; two promotions at once need about four."""
_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class TagStore(Protocol):
    """The runs of one flow and their tags."""

    def read(self) -> Tags:
        """Return the users' tags of every run of the flow by its id, as they are now.

        Raises:
            UnavailableError: if that cannot be told of all of them.
        """

    def change(self, run: str, *, add: Collection[str] = (), remove: Collection[str] = ()) -> None:
        """Change the tags of one run, at once; what is there already, or is not there, is no error.

        Raises:
            TaggingConflict: if others changed them at the same time.
            UnavailableError: if it cannot be done.
        """


def promote(
    store: TagStore,
    run: str,
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Make a run the champion, and see that it alone is.

    Args:
        store: where its flow's tags are.
        run: id of the run.
        add: more tags to put on it, in the same change.
        remove: tags to take from it, in the same change.
        clock: what time it is, aware.

    Returns:
        The id of the champion as read back: another's, if that was promoted at the same time and later.

    Raises:
        RunNotFound: if there is no such run.
        TaggingFailed: if the run has no room for the tags, or they do not stay as they are set.
        UnavailableError: if tags cannot be read or changed.
    """
    wish: _Wish | None = None
    conflict: TaggingConflict | None = None
    for _ in range(ROUNDS):
        seen = _with_run(store, run)
        if wish is None:
            is_settled = champions(seen) == [run] and not _to_take(seen, run)
            stamp = "" if is_settled else _later_than_all(seen, clock())
            wish = _Wish(run, stamp, frozenset(add), frozenset(remove))
        try:
            winner = _settled(store, seen, wish)
        except TaggingConflict as error:  # the next reading shows what has become of it
            conflict = error
            continue
        if winner is not None:
            return winner
    raise TaggingFailed(
        f"after {ROUNDS} attempts the tag {CHAMPION!r} is still not on one run alone, but on "
        f"{', '.join(champions(seen)) or 'none'}: others keep changing the tags of these runs. Promote again"
    ) from conflict


def mark(store: TagStore, run: str, *, add: str, remove: str) -> None:
    """Put one tag on a run in place of another, and see that it stays.

    Raises:
        RunNotFound: if there is no such run.
        TaggingFailed: if the run has no room for the tag, or it does not stay.
        UnavailableError: if tags cannot be read or changed.
    """
    conflict: TaggingConflict | None = None
    for _ in range(ROUNDS):
        seen = _with_run(store, run)
        if add in seen[run] and remove not in seen[run]:
            return
        try:
            _change(store, seen, run, {add}, {remove})
        except TaggingConflict as error:  # the next reading shows what has become of it
            conflict = error
    raise TaggingFailed(
        f"after {ROUNDS} attempts run {run} still does not bear the tag {add!r} in place of {remove!r}: others "
        "keep changing its tags. Try again"
    ) from conflict


def champions(seen: Tags) -> list[str]:
    """The runs that bear the tag, in the order of their ids."""
    return sorted(run for run, tags in seen.items() if CHAMPION in tags)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a promotion wants of its run: its stamp (none where the run is the one champion already), and more."""

    run: str
    stamp: str
    add: frozenset[str]
    remove: frozenset[str]


def _settled(store: TagStore, seen: Tags, wish: _Wish) -> str | None:
    """Return the champion if all is as it must be; else change what is not, for the next reading to see."""
    winner = max(seen, key=lambda each: (_newest(seen[each]), CHAMPION in seen[each], each))
    if _newest(seen[winner]) >= wish.stamp:
        changed = _change(store, seen, wish.run, wish.add, wish.remove)
    else:
        # Nobody takes a stamp who does not see a newer one. So it is not there yet, or a change at the same time
        # has overwritten it
        own = {CHAMPION, wish.stamp, *wish.add}
        changed = _change(store, seen, wish.run, own, wish.remove | _stamps(seen[wish.run]))
    if changed:
        return None
    if CHAMPION not in seen[winner]:
        _change(store, seen, winner, {CHAMPION}, ())
        return None
    taken = _to_take(seen, winner)
    for other, tags in taken.items():
        _change(store, seen, other, (), tags)
    return None if taken else winner


def _to_take(seen: Tags, winner: str) -> dict[str, set[str]]:
    """What is to go, by run: the tag and stamps of all others, and older stamps of the winner."""
    taken = {}
    for run, tags in seen.items():
        stale = _stamps(tags)
        if run == winner:
            stale.discard(_newest(tags))
        elif CHAMPION in tags:
            stale.add(CHAMPION)
        if stale:
            taken[run] = stale
    return taken


def _stamps(tags: frozenset[str]) -> set[str]:
    """The stamps among tags; one that gives no time is a user's own tag."""
    return {tag for tag in tags if tag.startswith(SINCE) and _moment(tag) is not None}


def _newest(tags: frozenset[str]) -> str:
    """The newest stamp, which sorts as its time does; empty, which sorts before all, where there is none."""
    return max(_stamps(tags), default="")


def _moment(stamp: str) -> datetime | None:
    text = stamp.removeprefix(SINCE)
    try:
        moment = datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if _written(moment) == text else None


def _written(moment: datetime) -> str:
    return moment.strftime(_MOMENT)


def _later_than_all(seen: Tags, now: datetime) -> str:
    """Stamp with the time, or just behind the newest stamp there is: clocks of two machines may differ."""
    moments = [moment for tags in seen.values() for stamp in _stamps(tags) if (moment := _moment(stamp))]
    after = max(moments) + timedelta(microseconds=1) if moments else now
    return SINCE + _written(max(now.astimezone(UTC), after))


def _with_run(store: TagStore, run: str) -> Tags:
    seen = store.read()
    if run not in seen:
        raise RunNotFound(f"there is no run {run} among the {len(seen):,} runs of its flow: was it deleted?")
    return seen


def _change(store: TagStore, seen: Tags, run: str, add: Collection[str], remove: Collection[str]) -> bool:
    """Change a run's tags if they are not so already, and if it has room for them; tell whether they were not."""
    before = seen[run]
    after = (before - set(remove)) | set(add)
    if after == before:
        return False
    if len(after) > max(MOST_TAGS, len(before)):
        raise TaggingFailed(
            f"run {run} has {len(before)} tags, and Metaflow lets it have {MOST_TAGS}: there is no room for "
            f"{', '.join(sorted(after - before))}. Remove some, with `python <flow>.py tag remove --run-id {run} TAG`"
        )
    store.change(run, add=sorted(set(add) - before), remove=sorted(before & set(remove)))
    return True
