"""quality_checks.toml: what is read, and how a mistake is named."""

from __future__ import annotations

import hashlib
import math
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedgate.checks.config_errors import reject_config_errors
from embedgate.checks.registry import CHECKS, check_ids, check_of
from embedgate.config import (
    BandSettings,
    CheckSettings,
    Config,
    KnownTrack,
    MapSettings,
    ModelSettings,
    Settings,
    SuiteSettings,
    TagSettings,
    covers,
    load_config,
)
from embedgate.errors import ConfigError

if TYPE_CHECKING:
    from embedgate.checks.check import Check

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
[suite]
paths = ["quality_checks", "more_checks"]
[bands]
measured = "2026-01-31"
runs = ["F/1", "F/2", "F/3"]
[bands.limits]
"champion.misplaced" = 4
"champion.genre_displacement[rock]" = 1.2
[checks."separation"]
severity = "warn"
at_least = 0.5
[checks."separation.space"]
at_least = 0.6
[checks."separation.space[r&b]"]
severity = "off"
[checks."separation.pair[rock~r&b]"]
at_least = 0.9
"""


def load(tmp_path: Path, text: str) -> Config:
    """Read a config as the gate does."""
    path = tmp_path / "quality_checks.toml"
    path.write_text(text, encoding="utf-8")
    return reject_config_errors(load_config(path, "quality_checks.toml"))


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
    assert (pair.at_least, pair.at_most, pair.severity) == (0.9, None, "warn")
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
        ('[checks."duplicates.rate"]\nat_most = inf', ["duplicates.rate", "finite number", "inf"]),
        ('[checks."custom.mine"]\nat_least = -inf', ["custom.mine", "finite number", "-inf"]),
        (f'[checks."duplicates.rate"]\nat_most = 1{"0" * 400}', ["duplicates.rate"]),
        (f'[checks."duplicates.rate"]\nat_most = 1{"0" * 5000}', ["not valid TOML", "digits"]),
        ('[bands.limits]\n"champion.misplaced" = inf', ["champion.misplaced", "finite number"]),
        ('[genres]\nrock = "rock"', ["genres.rock: must be a list of words", '["rock"]']),
        ('[[known_tracks]]\ntrack = "x"\nexpect = "artist:A"', ["must be a list of words", '["artist:A"]']),
        ("[genres]\nrock = 5", ["genres.rock: must be a list of words, not 5"]),
        ("[suite]\npath = []", ["suite.path", "did you mean `paths`"]),
        ("[suite]\npaths = ['']", ["suite.paths", "must not be empty"]),
        ("x = " + "[" * 5000 + "]" * 5000, ["nested too deep"]),
        ("x = " + "{a=" * 5000 + "1" + "}" * 5000, ["nested too deep"]),
        ("genres.rock" + ".a" * 5000 + " = 1", ["genres.rock"]),
        ("a." * 5000 + "a = 1", ["unknown key `a`"]),
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
        ('[bands.limits]\n"champion.misplaced" = nan', ["champion.misplaced", "nan"]),
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
    assert settings.bands.limits == {"champion.misplaced": 4, "champion.genre_displacement[rock]": 1.2}
    assert settings.bands.limit_of("champion.genre_displacement[rock]") == 1.2
    assert settings.bands.limit_of("champion.genre_displacement[r-b]") is None
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
    assert set(written["suite"]) == set(SuiteSettings.model_fields)
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
    settings = load(tmp_path, f'[checks."geometry.hubness"]\nat_most = {number}').settings

    assert settings.of_check("geometry.hubness").at_most == float(number)


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


def test_what_is_no_regular_file_is_named_and_not_opened(tmp_path: Path) -> None:
    """A folder, a pipe, a device, links to them, and a link to nothing."""
    path = tmp_path / "c.toml"
    os.mkfifo(tmp_path / "pipe")
    for target, words in {
        tmp_path: "is a folder, not a file",
        tmp_path / "pipe": "is a named pipe, not a file",
        Path("/dev/zero"): "is a device, not a file",
        tmp_path / "gone": r"cannot be read: .*\(it is a broken symbolic link\)",
        path: "cannot be read",
    }.items():
        path.symlink_to(target)
        with pytest.raises(ConfigError, match=f"the config c.toml {words}"):
            load_config(path, "c.toml")
        path.unlink()


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    (tmp_path / "c.toml").write_text("\ufeff[map]\ntracks = 99", encoding="utf-8")

    assert load_config(tmp_path / "c.toml", "c.toml").settings.map.tracks == 99


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
        ("champion.genre_accuracy[drum & bass]", "champion.genre_accuracy[drum-bass]"),
        ("champion.genre_displacement[B]", "champion.genre_displacement[b-2]"),
    ],
)
def test_genres_are_named_as_they_are_written(tmp_path: Path, entry: str, check_id: str) -> None:
    """A genre's own name, odd letters and all, stands for its slug in an id; so does a pair of names."""
    bound = check_of(check_id).direction
    settings = load(tmp_path, NAMES + f'[checks."{entry}"]\n{bound} = 0.7').settings

    touched = [one for one in check_ids(settings) if getattr(settings.of_check(one), str(bound)) == 0.7]
    assert touched == [check_id]


def test_a_bound_replaces_a_bound_of_the_other_kind(tmp_path: Path) -> None:
    """`at_most` for one check replaces the family's `at_least`, and a severity alone keeps the family's bound."""
    text = (
        '[checks."custom"]\nat_least = 0\nseverity = "warn"\n'
        '[checks."custom.one"]\nat_most = 0.7\n'
        '[checks."custom.two"]\nseverity = "fail"\n'
    )
    settings = load(tmp_path, text).settings

    assert settings.of_check("custom.one") == CheckSettings(at_most=0.7, severity="warn")
    assert settings.of_check("custom.two") == CheckSettings(at_least=0, severity="fail")
    assert settings.of_check("custom.three") == CheckSettings(at_least=0, severity="warn")
    assert (settings.bound_entry("custom.one"), settings.bound_entry("custom.two")) == ("custom.one", "custom")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_bound_against_the_direction_of_its_check_is_refused(tmp_path: Path, check: Check) -> None:
    """It would replace the real bound by one that holds whatever is measured; the valid one is named."""
    low, high = check.range
    inside = max(low, min(high, 0.5))
    other = "at_most" if check.direction == "at_least" else "at_least"

    settings = load(tmp_path, f'[checks."{check.id}"]\n{check.direction} = {inside}').settings
    assert getattr(settings.of_check(check.id), str(check.direction)) == inside
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f'[checks."{check.id}"]\n{other} = {inside}')
    assert str(caught.value).startswith(f'quality_checks.toml: [checks."{check.id}"] {other} = 0.5 is against')
    assert f"set {check.direction}, " in str(caught.value)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_bound_that_no_value_reaches_is_refused(tmp_path: Path, check: Check) -> None:
    """Outside of the measure's range a bound always holds, or never."""
    low, high = check.range
    for outside in (low - 0.5, high + 0.5):
        words = "finite number" if math.isinf(outside) else f"is outside the range of {check.id}"
        for text in (
            f'[checks."{check.id}"]\n{check.direction} = {outside}',
            f'[bands.limits]\n"{check.id}" = {outside}',
        ):
            if check.band is not None or not text.startswith("[bands"):
                with pytest.raises(ConfigError, match=words):
                    load(tmp_path, text)


def test_a_family_takes_no_bound_that_is_against_one_of_its_checks(tmp_path: Path) -> None:
    """A prefix is judged check by check; an entry of a check's own replaces it."""
    family = '[checks."geometry"]\nat_least = 0.1\n'
    own = "".join(
        f'[checks."geometry.{name}"]\nat_most = 0.7\n'
        for name in ("collapse", "hubness", "antihubs", "norm_popularity")
    )

    with pytest.raises(
        ConfigError, match=r'\[checks\."geometry"\] at_least = 0\.1 .* of geometry\.collapse: set at_most'
    ):
        load(tmp_path, family)
    assert load(tmp_path, family + own).settings.of_check("geometry.effective_rank").at_least == 0.1


def test_own_checks_take_any_finite_bound(tmp_path: Path) -> None:
    for bound in ("at_least = -1e9", "at_most = 1e9"):
        load(tmp_path, f'[checks."custom.mine"]\n{bound}')
    assert check_of("custom.mine").direction is None


def test_a_prefix_ends_at_a_dot_or_a_bracket() -> None:
    """`separation.space` covers its genres, and no check whose name only starts with it."""
    assert covers("separation", "separation.space[rock]")
    assert covers("separation.space", "separation.space[rock]")
    assert not covers("separation.spa", "separation.space[rock]")
    assert not covers("neighbours.known", "neighbours.known_rate")
    assert not covers("separation.space[rock]", "separation.space")


def test_known_tracks_have_a_slug_each(tmp_path: Path) -> None:
    """Without an id the slug derives from the track's key, and equal slugs get numbers."""
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
