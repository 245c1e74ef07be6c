"""Everything that is proposed for quality_checks.toml, found out from playlists, keys and the item catalogue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from embedgate.errors import MaterialError
from embedgate.material.model import ModelUnderTest
from embedgate.measures.neighbourhood import artists_unrelated
from embedgate.proposal.coherent_words import CoherentGenre, weigh_words
from embedgate.proposal.role import RoleChoice, playlists_role
from embedgate.proposal.separable import GenreSeparation, separations
from embedgate.proposal.separators import SeparatorChoice, track_separator, user_separator
from embedgate.proposal.stable_neighbours import ProposedTrack, propose_known_tracks

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedgate.material.metadata import TrackMetadata
    from embedgate.material.playlists import Playlists
    from embedgate.material.space import EmbeddingSpace

MOST_GENRES = 10
MOST_KNOWN_TRACKS = 5


@dataclass(frozen=True)
class ProposedGenre:
    """A genre from words of playlist names."""

    words: CoherentGenre
    separation: GenreSeparation


@dataclass(frozen=True)
class Proposal:
    """What is proposed, and why.

    Attributes:
        role: of the playlists.
        track_separator, user_separator: within keys and playlist ids.
        genres: from playlist names; empty if the labels of a catalogue are used.
        refused: coherent words that are no genre, with the reason.
        incoherent: words that the tracks do not predict, the most frequent first.
        labels: the labels of the catalogue that are judged; empty if they are not used.
        labels_refused: why the labels are not used; "" if they are, or there are none.
        artists_refused: why the artists of the catalogue are not used; likewise.
        known_tracks: popular tracks with their expected neighbours.
    """

    role: RoleChoice
    track_separator: SeparatorChoice
    user_separator: SeparatorChoice
    genres: tuple[ProposedGenre, ...] = ()
    refused: tuple[GenreSeparation, ...] = ()
    incoherent: tuple[str, ...] = ()
    labels: tuple[GenreSeparation, ...] = ()
    labels_refused: str = ""
    artists_refused: str = ""
    known_tracks: tuple[ProposedTrack, ...] = ()


def propose(
    space: EmbeddingSpace,
    playlists: Playlists,
    metadata: TrackMetadata | None,
    name: str,
    progress: Callable[[str], None],
) -> Proposal:
    """Find out what the data say; of the vectors, only it is used which rows are finite and not zero.

    Args:
        space: keys and vectors.
        playlists: the playlists.
        metadata: from the item catalogue; None if there is none.
        name: of the artifact or the file with the playlists.
        progress: called with what is done next.
    """
    model = ModelUnderTest(space, playlists, metadata=metadata, query_budget=20_000)
    progress("separators")
    artists_refused = ""
    if metadata is not None and metadata.artists:
        artists_refused = artists_unrelated(model)
        if artists_refused:
            metadata = replace(metadata, artists={})
            model = replace(model, metadata=metadata)
    of_keys, of_ids = track_separator(model), user_separator(playlists)
    model = replace(model, separator=of_keys.separator, user_separator=of_ids.separator)
    found = Proposal(playlists_role(model, name), of_keys, of_ids, artists_refused=artists_refused)
    progress("genres")
    if metadata is not None and metadata.labels is not None:
        found = _with_labels(found, model, metadata)
    if not found.labels:
        model = replace(model, metadata=None if metadata is None else replace(metadata, labels=None))
        found = _with_genres(found, model)
        if of_ids.separator and not found.genres:
            whole = replace(
                found, user_separator=SeparatorChoice("", "what is before it are words of names, not users")
            )
            whole = _with_genres(whole, replace(model, user_separator=""))
            found = whole if whole.genres else found
    progress("known tracks")
    return replace(found, known_tracks=tuple(propose_known_tracks(model, MOST_KNOWN_TRACKS)))


def _with_labels(found: Proposal, model: ModelUnderTest, metadata: TrackMetadata) -> Proposal:
    """Use the labels of the catalogue if the playlists separate most of those that can be judged."""
    try:
        labels = metadata.judged_labels()
    except MaterialError as error:
        return replace(found, labels_refused=str(error))
    judged = separations(replace(model, genres=dict.fromkeys(labels, ())))
    sound = [each for each in judged if not each.reason]
    if 2 * len(sound) <= len(judged) or len(judged) < 2:
        return replace(found, labels_refused=f"the playlists separate {len(sound):,} of {len(judged):,} labels")
    return replace(found, labels=tuple(judged))


def _with_genres(found: Proposal, model: ModelUnderTest) -> Proposal:
    evidence = weigh_words(
        model.playlists, model.playlist_track_numbers, len(model.tracks), found.user_separator.separator
    )
    if evidence is None:
        return found
    words = {genre.name: genre for genre in evidence.genres(MOST_GENRES)}
    refused: list[GenreSeparation] = []
    judged: list[GenreSeparation] = []
    while len(words) > 1:  # genres are judged beside each other: without one, the others are judged again
        judged = separations(replace(model, genres={name: genre.words for name, genre in words.items()}))
        unsound = [each for each in judged if each.reason]
        if not unsound:
            break
        refused += unsound
        words = {name: genre for name, genre in words.items() if all(name != each.genre for each in unsound)}
    genres = (
        [ProposedGenre(words[each.genre], each) for each in judged if each.genre in words] if len(words) > 1 else []
    )
    return replace(found, genres=tuple(genres), refused=tuple(refused), incoherent=tuple(evidence.incoherent))
