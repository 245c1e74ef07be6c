"""The proposal as the text of a quality_checks.toml, in which comments give the reasons."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from embedgate.surrogates import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from embedgate.proposal.proposal import Proposal
    from embedgate.proposal.stable_neighbours import ProposedTrack

_WIDTH = 100
_REFUSED = 10


@dataclass(frozen=True)
class Inputs:
    """What the config is for, and how it is read.

    Attributes:
        title: the run or the files, for the first line.
        flow: name of the flow; None for files.
        artifacts: `vectors`, `keys` and `playlists` of `[model]`.
        columns: `[model.columns]`.
        catalogue: `[catalogue]`; None if there is none.
        why: reasons by setting: "vectors", "playlists", "columns", "catalogue".
    """

    title: str
    flow: str | None = None
    artifacts: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    catalogue: Mapping[str, str] | None = None
    why: Mapping[str, str] = field(default_factory=dict)


def config_text(inputs: Inputs, proposal: Proposal) -> str:
    """Return a commented quality_checks.toml."""
    return "\n".join(_lines(inputs, proposal)) + "\n"


def _lines(inputs: Inputs, proposal: Proposal) -> Iterator[str]:
    yield from _comment(
        f"Proposed by `embedgate init` for {inputs.title}. Each comment says why. Expectations come from the "
        "playlists, and none from the vectors. Change what you know better: embedgate does not write this file again."
    )
    yield "\n[model]"
    if inputs.flow:
        yield _setting("flow", inputs.flow)
    for name, value in inputs.artifacts.items():
        yield from _comment(f"{name}: {inputs.why[name]}" if name in inputs.why else "")
        yield _setting(name, value)
    yield from _comment(f"playlists_role: {proposal.role.why}")
    yield _setting("playlists_role", proposal.role.role)
    yield from _comment(f"track_separator: {proposal.track_separator.why}")
    yield _setting("track_separator", proposal.track_separator.separator)
    yield from _columns(inputs, proposal)
    yield from _catalogue(inputs, proposal)
    yield from _genres(proposal)
    yield from _known_tracks(proposal.known_tracks)
    yield ""
    yield from _comment(
        "Bounds that only you know. `embedgate checks` lists all checks; once a model is promoted with "
        "--gate-promote, later ones are compared with it."
    )
    for check_id, bound in (("vocabulary.size", "at_least = 1000"), ("duplicates.rate", "at_most = 0.05")):
        yield f'# [checks."{check_id}"]'
        yield f"# {bound}"


def _columns(inputs: Inputs, proposal: Proposal) -> Iterator[str]:
    users = proposal.user_separator
    if not inputs.columns and not users.separator:
        return
    yield "\n[model.columns]"
    yield from _comment(inputs.why.get("columns", ""))
    for role, name in inputs.columns.items():
        yield _setting(role, name)
    if "track" in inputs.columns:
        yield from _comment('If plays were held out of training, say which: "last", or the time of the first one.')
        yield '# hold_out = "last"'
    if users.separator:
        yield from _comment(f"user_separator: {users.why}")
        yield _setting("user_separator", users.separator)


def _catalogue(inputs: Inputs, proposal: Proposal) -> Iterator[str]:
    if inputs.catalogue is None:
        return
    unused = {"label": proposal.labels_refused, "artist": proposal.artists_refused}
    roles = [role for role in inputs.catalogue if role not in ("source", "key") and not unused.get(role)]
    lead = "" if roles else "# "
    yield "\n" + lead + "[catalogue]"
    yield from _comment(inputs.why.get("catalogue", ""))
    for role, value in inputs.catalogue.items():
        reason = unused.get(role, "")
        yield from _comment(f"{role} is not used: {reason}" if reason else "")
        yield ("# " if reason else lead) + _setting(role, value)


def _genres(proposal: Proposal) -> Iterator[str]:
    if proposal.labels:
        unsound = [each for each in proposal.labels if each.reason and each.auc is not None]
        if unsound:
            yield ""
            yield from _comment("Labels that the playlists do not separate: a sound model need not separate them.")
        for each in unsound:
            yield from _comment(f"{each.genre}: {each.reason}")
            for check in ("space", "map"):
                yield f"[checks.{_text(f'separation.{check}[{each.genre}]')}]"
                yield 'severity = "warn"'
        return
    yield ""
    if not proposal.genres:
        yield from _comment("No [genres]: the tracks of a playlist predict fewer than two words in its name.")
        return
    yield from _comment(
        "Words that the tracks of a playlist predict in its name. First AUC: prediction in one half of the playlists "
        "from the other half. Second AUC: separation of the tracks, in a space that is computed from the playlists."
    )
    yield from _comment(f"Left out: {left_out(proposal)}." if left_out(proposal) else "")
    yield "[genres]"
    entries = [f"{_key(each.words.name)} = [{', '.join(map(_text, each.words.words))}]" for each in proposal.genres]
    width = max(map(len, entries))
    for entry, genre in zip(entries, proposal.genres, strict=True):
        names = f"{genre.words.playlists:,} names, AUC {genre.words.auc:.2f}"
        yield f"{entry:<{width}}  # {names}; {genre.separation.tracks:,} tracks, AUC {genre.separation.auc:.2f}"


def left_out(proposal: Proposal) -> str:
    """Return the words that are no genre: those with a reason, then the most frequent, without parts of others."""
    shown: list[str] = []
    taken: set[str] = set()
    for word in proposal.incoherent:
        if taken.isdisjoint(word.split()) and len(shown) < _REFUSED:
            shown.append(word)
            taken.update(word.split())
    return ", ".join([*(f"{each.genre} ({each.reason})" for each in proposal.refused), *shown])


def _known_tracks(tracks: Sequence[ProposedTrack]) -> Iterator[str]:
    yield ""
    if not tracks:
        yield from _comment(
            "No [[known_tracks]]: no popular track has neighbours that hold in every sample of the playlists, and "
            "that models of the playlists find. Add tracks that you know."
        )
        return
    yield from _comment(
        "Popular tracks, and what is played close to them in nine of ten bootstraps of the playlists. min_hits is at "
        "most half of what models of the playlists alone reach."
    )
    for number, each in enumerate(tracks):
        if number:
            yield ""
        if each.is_unmet:
            yield from _comment(
                "This model passes all other checks, but not the next one. Look at the neighbours of the track; if "
                "they are wrong, remove the # from the lines."
            )
        yield from (f"# {line}" if each.is_unmet else line for line in _known_track(each))


def _known_track(proposed: ProposedTrack) -> Iterator[str]:
    known = proposed.known
    yield "[[known_tracks]]"
    title = f", {proposed.title!r}" if proposed.title else ""
    yield _setting("track", known.track) + f"  # {proposed.plays:,} plays{title}"
    if len(known.expect) < 2:
        yield f"expect = [{', '.join(map(_text, known.expect))}]"
    else:
        yield "expect = ["
        yield from (f"    {_text(entry)}," for entry in known.expect)
        yield "]"
    yield f"topn = {known.topn}"
    chance = f"{proposed.chance:.0e}" if proposed.chance else "0"
    yield f"min_hits = {known.min_hits}  # {proposed.hits} in models of the playlists; probability by chance {chance}"


def _comment(text: str) -> list[str]:
    printable = "".join(each if each.isprintable() else " " for each in replace_surrogates(text))
    return [f"# {line}" for line in textwrap.wrap(printable, _WIDTH - 2, break_long_words=False)]


def _setting(name: str, value: str) -> str:
    return f"{name} = {_text(value)}"


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else _text(name)


def _text(value: str) -> str:
    """Return a TOML string."""
    import tomlkit  # noqa: PLC0415 - needed only here

    return tomlkit.string(value).as_string()
