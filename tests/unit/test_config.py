"""quality_checks.toml: what is read, and how a mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedgate.config import Config, load_config
from embedgate.errors import ConfigError
from embedgate.judgement.checks import reject_unknown_ids

WHOLE = """
[model]
flow = "ModelingFlow"
vectors = "final_vectors"
playlists = "final_dataset"
playlists_role = "train"
track_separator = "-"
[genres]
rock = ["rock"]
"r&b" = ["r&b", "rnb"]
[[known_tracks]]
id = "get-lucky"
track = "Daft Punk-Get Lucky - Radio Edit"
expect = ["track:Daft Punk-Get Lucky", "artist:Daft Punk", "genre:rock"]
never = ["genre:r&b"]
topn = 10
min_hits = 1
[map]
tracks = 1000
[vocabulary]
top = 100
[duplicates]
cosine = 0.95
[tags]
min_support = 2
[history]
folder = ".embedgate"
[checks."separation"]
severity = "warn"
at_least = 0.5
[checks."separation.space"]
at_least = 0.6
[checks."separation.space[r&b]"]
severity = "off"
[checks."separation.pair[rock~r&b]"]
at_most = 0.9
"""


def load(tmp_path: Path, text: str) -> Config:
    """Read a config as the gate does."""
    path = tmp_path / "quality_checks.toml"
    path.write_text(text, encoding="utf-8")
    config = load_config(path, "quality_checks.toml")
    reject_unknown_ids(config)
    return config


def test_every_key_of_the_contract_is_read(tmp_path: Path) -> None:
    """The whole example is valid."""
    settings = load(tmp_path, WHOLE).settings

    assert settings.model.flow == "ModelingFlow"
    assert settings.genres["r&b"] == ("r&b", "rnb")
    assert settings.known_track_of["get-lucky"].expect[1] == "artist:Daft Punk"
    assert (settings.map.tracks, settings.vocabulary.top, settings.tags.min_support) == (1000, 100, 2)


def test_the_most_specific_entry_wins_key_by_key(tmp_path: Path) -> None:
    """A severity comes from one entry, a bound from another; genre names may be written as they are."""
    settings = load(tmp_path, WHOLE).settings

    space = settings.of_check("separation.space[rock]")
    assert (space.at_least, space.severity) == (0.6, "warn")
    assert settings.of_check("separation.space[r-b]").severity == "off"
    pair = settings.of_check("separation.pair[rock~r-b]")
    assert (pair.at_least, pair.at_most, pair.severity) == (None, 0.9, "warn")
    assert settings.of_check("geometry.hubness").severity is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[modle]\nflow = "F"', ["modle", "did you mean `model`"]),
        ('[model]\nvektors = "v"', ["model.vektors", "did you mean `vectors`"]),
        ('[map]\ntracks = "many"', ["map.tracks", "integer", "many"]),
        ("[map]\ntracks = true", ["map.tracks"]),
        ("[duplicates]\ncosine = 1.5", ["duplicates.cosine"]),
        ('[checks."duplicates.rate"]\nat_most = nan', ["duplicates.rate", "nan"]),
        ('[checks."duplicates.rate"]\nat_most = 1\nat_least = 0', ["not both"]),
        ('[checks."duplicates.rate"]\nat_mots = 1', ["at_mots", "did you mean `at_most`"]),
        ('[checks."duplicates.rate"]\nseverity = "fatal"', ["severity", "fatal"]),
        ('[checks."duplicates.rat"]\nat_most = 1', ["duplicates.rat", "did you mean `duplicates.rate`"]),
        ('[checks."separation.space[polka]"]\nat_least = 1', ["polka"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["genre:polka"]', ["polka", "[genres]"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artst:A"]', ["artst:A", "artist:"]),
        ('[[known_tracks]]\ntrack = "x"', ["expect", "never"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artist:A"]\nmin_hits = 11', ["min_hits", "topn"]),
        ('[model]\nplaylists_role = "test"', ["playlists_role", "held_out"]),
        ("[genres]\nrock = []", ["genres.rock"]),
        ("[model\n", ["not valid TOML"]),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    """The file, the key and the nearest valid name."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert "quality_checks.toml" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_own_checks_are_left_to_the_end(tmp_path: Path) -> None:
    """`custom.*` may be anything here."""
    assert load(tmp_path, '[checks."custom.mine"]\nat_least = 1').settings.of_check("custom.mine").at_least == 1
