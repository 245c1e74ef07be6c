"""The proposal as a config: it is valid, whatever the names contain, and says why."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from embedgate.config.file import settings_of
from embedgate.config.sections import KnownTrack
from embedgate.proposal.coherent_words import CoherentGenre
from embedgate.proposal.document import Inputs, config_text
from embedgate.proposal.proposal import Proposal, ProposedGenre
from embedgate.proposal.role import RoleChoice
from embedgate.proposal.separable import GenreSeparation
from embedgate.proposal.separators import SeparatorChoice
from embedgate.proposal.stable_neighbours import ProposedTrack

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text.strip())


def proposal(track: str = "A-B", word: str = "rock", separator: str = "-") -> Proposal:
    known = KnownTrack(track=track, expect=(f"track:{track}", f"artist:{word}"), topn=10, min_hits=2)
    genre = ProposedGenre(CoherentGenre((word, "other"), 9, 0.9), GenreSeparation(word, 40, 0.8))
    return Proposal(
        RoleChoice("train", f"because of {track}"),
        SeparatorChoice(separator, "why"),
        SeparatorChoice(separator, "why"),
        genres=(genre,),
        known_tracks=(ProposedTrack(known, track, 12, 4, 4, 1e-4),),
    )


@given(NAMES, NAMES, NAMES)
def test_any_names_result_in_a_valid_config(track: str, word: str, separator: str) -> None:
    inputs = Inputs(f"run {track}", flow="F", artifacts={"vectors": track}, columns={"track": word})

    settings = settings_of(tomllib.loads(config_text(inputs, proposal(track, word, separator))), "x")

    assert settings.known_tracks[0].track == track
    assert settings.genres == {word: (word, "other")}
    assert settings.model.track_separator == separator
    assert settings.model.columns.user_separator == separator
    assert settings.model.columns.track == word


def test_reasons_are_comments() -> None:
    text = config_text(Inputs("run F/1"), proposal())

    assert "# playlists_role: because of A-B" in text
    assert "min_hits = 2  # 4 in models of the playlists; probability by chance 1e-04" in text
    assert 'rock = ["rock", "other"]  # 9 names, AUC 0.90; 40 tracks, AUC 0.80' in text
    assert all(len(line) <= 118 for line in text.splitlines())


def test_labels_that_the_playlists_do_not_separate_only_warn() -> None:
    labels = (GenreSeparation("Desk lamps", 30, 0.6, "AUC 0.60"), GenreSeparation("rare", 3, None, "too few"))
    found = Proposal(RoleChoice("train", ""), SeparatorChoice("", ""), SeparatorChoice("", ""), labels=labels)
    catalogue = {"source": "items.csv", "key": "id", "label": "kind"}

    settings = settings_of(tomllib.loads(config_text(Inputs("x", catalogue=catalogue), found)), "x")

    assert {name: each.severity for name, each in settings.checks.items()} == {
        "separation.space[Desk lamps]": "warn",
        "separation.map[Desk lamps]": "warn",
    }
    assert settings.catalogue is not None
    assert settings.catalogue.label == "kind"


def test_refused_columns_of_the_catalogue_are_comments() -> None:
    found = Proposal(
        RoleChoice("train", ""),
        SeparatorChoice("", ""),
        SeparatorChoice("", ""),
        labels_refused="0 of 9",
        artists_refused="unrelated",
    )
    catalogue = {"source": "items.csv", "key": "id", "artist": "brand", "label": "kind"}

    assert "catalogue" not in tomllib.loads(config_text(Inputs("x", catalogue=catalogue), found))
    with_title = tomllib.loads(config_text(Inputs("x", catalogue={**catalogue, "title": "name"}), found))
    assert with_title["catalogue"] == {"source": "items.csv", "key": "id", "title": "name"}
