"""quality_checks.toml: what is read, and how a mistake is named."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from embedgate.config import (
    BandSettings,
    CheckSettings,
    Config,
    KnownTrack,
    MapSettings,
    ModelSettings,
    Settings,
    TagSettings,
    covers,
    load_config,
)
from embedgate.errors import ConfigError
from embedgate.judgement.checks import expected_ids, reject_unknown_ids

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
[bands]
measured = "2026-01-31"
runs = ["F/1", "F/2", "F/3"]
[bands.limits]
"champion.broken" = 4
"champion.genre_moved[rock]" = 1.2
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
        ('[bands]\nrun = ["F/1"]', ["bands.run", "did you mean `runs`"]),
        ('[bands.limits]\n"champion.brokn" = 1', ["champion.brokn", "embedgate calibrate"]),
        ('[bands.limits]\n"champion.broken" = nan', ["champion.broken", "nan"]),
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


def test_every_value_arrives_where_it_belongs(tmp_path: Path) -> None:
    """What the example says is what the settings hold, key by key."""
    settings = load(tmp_path, WHOLE.replace('"train"', '"held_out"').replace("0.95", "0.9")).settings

    assert settings.model.model_dump() == {
        "flow": "ModelingFlow",
        "vectors": "final_vectors",
        "playlists": "final_dataset",
        "playlists_role": "held_out",
        "track_separator": "-",
    }
    assert settings.known_tracks[0].model_dump() == {
        "id": "get-lucky",
        "track": "Daft Punk-Get Lucky - Radio Edit",
        "expect": ("track:Daft Punk-Get Lucky", "artist:Daft Punk", "genre:rock"),
        "never": ("genre:r&b",),
        "topn": 10,
        "min_hits": 1,
    }
    assert (settings.duplicates.cosine, settings.history.folder) == (0.9, ".embedgate")
    assert (settings.bands.measured, settings.bands.runs) == ("2026-01-31", ("F/1", "F/2", "F/3"))
    assert settings.bands.limits == {"champion.broken": 4, "champion.genre_moved[rock]": 1.2}
    assert settings.bands.limit_of("champion.genre_moved[rock]") == 1.2
    assert settings.bands.limit_of("champion.genre_moved[r-b]") is None
    assert set(settings.checks) == {
        "separation",
        "separation.space",
        "separation.space[r&b]",
        "separation.pair[rock~r&b]",
    }


def test_the_example_names_every_key_that_there_is() -> None:
    """A key that is added to the settings has to be added to the example above, and so to these tests."""
    written = tomllib.loads(WHOLE)

    assert set(written) == set(Settings.model_fields)
    sections = ("model", ModelSettings), ("map", MapSettings), ("tags", TagSettings), ("bands", BandSettings)
    for section, kind in sections:
        assert set(written[section]) == set(kind.model_fields)
    assert set(written["known_tracks"][0]) == set(KnownTrack.model_fields)


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    """Nothing has to be said; and what is read is hashed."""
    config = load(tmp_path, "")

    assert config.settings == Settings()
    assert config.settings.model.vectors == "final_vectors"
    assert config.sha256 == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("number", ["1", "0", "-0.5", "1e3"])
def test_a_threshold_may_be_whole(tmp_path: Path, number: str) -> None:
    """An integer is a number too, and 0 is not the same as nothing."""
    settings = load(tmp_path, f'[checks."duplicates.rate"]\nat_most = {number}').settings

    assert settings.of_check("duplicates.rate").at_most == float(number)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("map = 5", ["map", "not 5"]),
        ("[map]\ntracks = 10", ["map.tracks", "50"]),
        ("[vocabulary]\ntop = 0", ["vocabulary.top"]),
        ("[tags]\nmin_support = 0", ["tags.min_support"]),
        ("[tags]\nmin_suport = 2", ["tags.min_suport", "did you mean `min_support`"]),
        ('[model]\nflow = "  "', ["model.flow", "must not be empty"]),
        ("[model]\nflow = 7", ["model.flow", "string", "7"]),
        ('[history]\nfolder = ""', ["history.folder"]),
        ("[duplicates]\ncosine = nan", ["duplicates.cosine"]),
        ("[duplicates]\ncosine = 0", ["duplicates.cosine"]),
        ('[checks."duplicates.rate"]\nat_least = true', ["duplicates.rate", "at_least"]),
        ('[checks."duplicates.rate"]\nat_most = "5 %"', ["duplicates.rate", "at_most", "5 %"]),
        ('[checks]\n"duplicates.rate" = 0.05', ["duplicates.rate", "0.05"]),
        ('[checks."duplicate"]\nat_most = 1', ["duplicate", "did you mean `duplicates`"]),
        ('[checks."vocab.size"]\nat_least = 1', ["vocab.size", "did you mean `vocabulary.size`"]),
        ('[checks."zzz"]\nat_least = 1', ["zzz", "the families are integrity, vocabulary"]),
        ('[checks."separation.spac"]\nat_least = 1', ["did you mean `separation.space`"]),
        ('[genres]\nrock = "rock"', ["genres.rock"]),
        ('[genres]\nrock = ["rock", " "]', ["genres.rock", "must not be empty"]),
        ('[genres]\nrok = ["rock"]\n[[known_tracks]]\ntrack = "x"\nnever = ["genre:rock"]', ["did you mean `rok`"]),
        ('[[known_tracks]]\nexpect = ["artist:A"]', ["known_tracks.0.track", "required"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artist: "]', ["artist: "]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artist:A"]\nmin_hits = 0', ["min_hits = 0"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artist:A"]\ntopn = 0', ["topn"]),
        ('[[known_tracks]]\ntrack = "x"\nexpects = ["artist:A"]', ["expects", "did you mean `expect`"]),
        ('[[known_tracks]]\nid = "a"\ntrack = "x"\nnever = ["track:y"]\n' * 2, ["'a' twice"]),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    """Section, key, what is wrong with the value, and what would be right."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    for word in words:
        assert word in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """Two mistakes in one file are two lines of one message."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, '[map]\ntracks = "many"\n[vocabulary]\ntop = -1')

    assert "map.tracks" in str(caught.value)
    assert "vocabulary.top" in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """No such file, and a file that is not UTF-8."""
    with pytest.raises(ConfigError, match=r"gone\.toml cannot be read"):
        load_config(tmp_path / "gone.toml", "gone.toml")
    (tmp_path / "latin.toml").write_bytes("[genres]\nfado = ['canção']".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.toml is not valid TOML"):
        load_config(tmp_path / "latin.toml", "latin.toml")


NAMES = """
[genres]
"drum & bass" = ["dnb"]
"a~b" = ["x"]
b = ["y"]
"B" = ["z"]
"""


@pytest.mark.parametrize(
    ("entry", "check_id"),
    [
        ("separation.space[drum & bass]", "separation.space[drum-bass]"),
        ("separation.space[drum-bass]", "separation.space[drum-bass]"),
        ("separation.map[B]", "separation.map[b-2]"),
        ("separation.map[b]", "separation.map[b]"),
        ("separation.pair[drum & bass~a~b]", "separation.pair[drum-bass~a-b]"),
        ("separation.pair[a~b~B]", "separation.pair[a-b~b-2]"),
        ("separation.pair[b~B]", "separation.pair[b~b-2]"),
        ("champion.genre[drum & bass]", "champion.genre[drum-bass]"),
        ("champion.genre_moved[B]", "champion.genre_moved[b-2]"),
    ],
)
def test_genres_are_named_as_they_are_written(tmp_path: Path, entry: str, check_id: str) -> None:
    """A genre's own name, odd letters and all, stands for its slug in an id; so does a pair of names."""
    settings = load(tmp_path, NAMES + f'[checks."{entry}"]\nat_least = 0.7').settings

    assert settings.of_check(check_id).at_least == 0.7
    touched = [one for one in expected_ids(settings) if settings.of_check(one).at_least == 0.7]
    assert touched == [check_id]


def test_a_bound_replaces_a_bound_of_the_other_kind(tmp_path: Path) -> None:
    """`at_most` for one check replaces the family's `at_least`, and a severity alone keeps the family's bound."""
    text = (
        '[checks."geometry"]\nat_least = 0\nseverity = "warn"\n'
        '[checks."geometry.collapse"]\nat_most = 0.7\n'
        '[checks."geometry.hubness"]\nseverity = "fail"\n'
    )
    settings = load(tmp_path, text).settings

    assert settings.of_check("geometry.collapse") == CheckSettings(at_most=0.7, severity="warn")
    assert settings.of_check("geometry.hubness") == CheckSettings(at_least=0, severity="fail")
    assert settings.of_check("geometry.unreached") == CheckSettings(at_least=0, severity="warn")


def test_a_prefix_ends_at_a_dot_or_a_bracket() -> None:
    """`separation.space` speaks of its genres, not of a check whose name goes on."""
    assert covers("separation", "separation.space[rock]")
    assert covers("separation.space", "separation.space[rock]")
    assert not covers("separation.spa", "separation.space[rock]")
    assert not covers("neighbours.known", "neighbours.known_rate")
    assert not covers("separation.space[rock]", "separation.space")


def test_known_tracks_have_a_slug_each(tmp_path: Path) -> None:
    """Without an id the track's key names the check, and equal slugs are told apart."""
    text = "".join(f'[[known_tracks]]\ntrack = "{track}"\nnever = ["track:y"]\n' for track in ("A-B", "a b"))
    settings = load(tmp_path, text + '[checks."neighbours.known[a-b-2]"]\nseverity = "warn"').settings

    assert list(settings.known_track_of) == ["a-b", "a-b-2"]
    assert settings.of_check("neighbours.known[a-b-2]").severity == "warn"
    assert settings.of_check("neighbours.known[a-b]").severity is None


def test_the_command_line_overrides_the_flow(tmp_path: Path) -> None:
    """`--gate-flow` wins, the rest stays; without it nothing changes."""
    config = load(tmp_path, WHOLE)

    assert config.with_flow("Other").settings.model.flow == "Other"
    assert config.with_flow("Other").settings.genres == config.settings.genres
    assert config.with_flow(None) is config
