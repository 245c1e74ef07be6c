"""quality_checks.toml: settings and error messages."""

from __future__ import annotations

import hashlib
import math
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedgate.checks.config_errors import reject_config_errors
from embedgate.checks.item_catalogue import with_labels
from embedgate.checks.registry import CHECKS, check_ids, check_of
from embedgate.config.file import Config, load_config
from embedgate.config.sections import (
    BandSettings,
    CheckSettings,
    KnownTrack,
    MapSettings,
    ModelSettings,
    SuiteSettings,
    TagSettings,
)
from embedgate.config.settings import Settings, covers
from embedgate.errors import ConfigError
from embedgate.material.model import ModelUnderTest
from embedgate.slices import Slice
from embedgate.testing import sample, sample_model

if TYPE_CHECKING:
    from embedgate.checks.check import Check

EXAMPLE = """
[model]
flow = "ModelingFlow"
vectors = "final_vectors"
keys = "final_keys"
playlists = "final_dataset"
playlists_role = "train"
track_separator = "-"
[model.columns]
playlist_id = "session"
playlist_name = "title"
track_sequence = "items"
artist_sequence = "artists"
track_test_x = "given"
track_test_y = "target"
user_separator = "-"
[catalogue]
source = "items"
key = "item_id"
title = "name"
artist = "brand"
[slices]
columns = ["country"]
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
[sampling]
queries = 50000
seed = 1
[duplicates]
cosine = 0.95
versions = "none"
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
    """Read and validate a config as a gate run does."""
    path = tmp_path / "quality_checks.toml"
    path.write_text(text, encoding="utf-8")
    return reject_config_errors(load_config(path, "quality_checks.toml"))


def test_example_with_every_key_is_valid(tmp_path: Path) -> None:
    settings = load(tmp_path, EXAMPLE).settings

    assert settings.model.flow == "ModelingFlow"
    assert settings.genres["r&b"] == ("r&b", "rnb")
    assert settings.known_track_of["get-lucky"].expect[1] == "artist:Daft Punk"
    assert (settings.map.tracks, settings.vocabulary.top, settings.tags.min_support) == (1000, 100, 2)


@pytest.mark.parametrize(("text", "versions"), [("", "music"), ('[duplicates]\nversions = "none"\n', "none")])
def test_words_for_versions_are_those_of_music_unless_configured(tmp_path: Path, text: str, versions: str) -> None:
    settings = load(tmp_path, text).settings
    model = sample_model(sample())

    assert ModelUnderTest.configured(model.space, model.playlists, settings).catalogue.versions == versions


def test_most_specific_entry_of_checks_takes_precedence_for_each_key(tmp_path: Path) -> None:
    """The severity may come from one entry and the bound from another."""
    settings = load(tmp_path, EXAMPLE).settings

    space = settings.of_check("separation.space[rock]")
    assert (space.at_least, space.severity) == (0.6, "warn")
    assert settings.of_check("separation.space[r-b]").severity == "off"
    pair = settings.of_check("separation.pair[rock~r-b]")
    assert (pair.at_least, pair.at_most, pair.severity) == (0.9, None, "warn")
    assert settings.of_check("geometry.hubness").severity is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[modle]\nflow = "F"', ["unknown key 'modle' (did you mean 'model'?)"]),
        ('[model]\nvektors = "v"', ["unknown key 'vektors' in [model] (did you mean 'vectors'?)"]),
        (
            '[model.columns]\nuser_seperator = "-"',
            ["unknown key 'user_seperator' in [model.columns] (did you mean 'user_separator'?)"],
        ),
        ('[catalogue]\nsource = "items"\ntitle = "name"', ["catalogue.key: is required"]),
        ('[catalogue]\nkey = "id"', ["catalogue: set `title`, `artist` or `label`"]),
        ('[catalogue]\nkey = "id"\nlable = "x"', ["unknown key 'lable' in [catalogue] (did you mean 'label'?)"]),
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
        ("[suite]\npath = []", ["unknown key 'path' in [suite] (did you mean 'paths'?)"]),
        ("[suite]\npaths = ['']", ["suite.paths", "must not be empty"]),
        ("x = " + "[" * 5000 + "]" * 5000, ["nested too deep"]),
        ("x = " + "{a=" * 5000 + "1" + "}" * 5000, ["nested too deep"]),
        ("genres.rock" + ".a" * 5000 + " = 1", ["genres.rock"]),
        ("a." * 5000 + "a = 1", ["unknown key 'a' (did you mean 'map'?)"]),
        ('[checks."duplicates.rate"]\nat_most = 1\nat_least = 0', ["not both"]),
        (
            '[checks."duplicates.rate"]\nat_mots = 1',
            ["[checks.duplicates.rate] (did you mean 'at_most'?)"],
        ),
        ('[checks."duplicates.rate"]\nseverity = "fatal"', ["severity", "fatal"]),
        ('[checks."duplicates.rat"]\nat_most = 1', ["duplicates.rat", "(did you mean 'duplicates.rate'?)"]),
        ('[checks."separation.space[polka]"]\nat_least = 1', ["polka"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["genre:polka"]', ["polka", "[genres]"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artst:A"]', ["artst:A", "artist:"]),
        ('[[known_tracks]]\ntrack = "x"', ["expect", "never"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artist:A"]\nmin_hits = 11', ["min_hits", "topn"]),
        ('[model]\nplaylists_role = "test"', ["playlists_role", "held_out"]),
        ("[genres]\nrock = []", ["genres.rock"]),
        ('[bands]\nrun = ["F/1"]', ["unknown key 'run' in [bands] (did you mean 'runs'?)"]),
        ('[bands.limits]\n"champion.brokn" = 1', ["champion.brokn", "embedgate calibrate"]),
        ('[bands.limits]\n"champion.misplaced" = nan', ["champion.misplaced", "nan"]),
        ("map = 5", ["map", "not 5"]),
        ("[map]\ntracks = 10", ["map.tracks", "50"]),
        ("[vocabulary]\ntop = 0", ["vocabulary.top"]),
        ("[tags]\nmin_support = 0", ["tags.min_support"]),
        ("[tags]\nmin_suport = 2", ["unknown key 'min_suport' in [tags] (did you mean 'min_support'?)"]),
        ('[model]\nflow = "  "', ["model.flow", "must not be empty"]),
        ("[model]\nflow = 7", ["model.flow", "string", "7"]),
        ('[history]\nfolder = ""', ["history.folder"]),
        ("[duplicates]\ncosine = nan", ["duplicates.cosine"]),
        ("[duplicates]\ncosine = 0", ["duplicates.cosine"]),
        ('[duplicates]\nversions = "films"', ["duplicates.versions", "'music' or 'none'"]),
        ('[checks."duplicates.rate"]\nat_least = true', ["duplicates.rate", "at_least"]),
        ('[checks."duplicates.rate"]\nat_most = "5 %"', ["duplicates.rate", "at_most", "5 %"]),
        ('[checks]\n"duplicates.rate" = 0.05', ["duplicates.rate", "0.05"]),
        ('[checks."duplicate"]\nat_most = 1', ["duplicate", "(did you mean 'duplicates'?)"]),
        ('[checks."vocab.size"]\nat_least = 1', ["vocab.size", "(did you mean 'vocabulary.size'?)"]),
        ('[checks."zzz"]\nat_least = 1', ["zzz", "the families are integrity, vocabulary"]),
        ('[checks."separation.spac"]\nat_least = 1', ["(did you mean 'separation.space'?)"]),
        ('[genres]\nrock = ["rock", " "]', ["genres.rock", "must not be empty"]),
        (
            '[genres]\nrok = ["rock"]\n[[known_tracks]]\ntrack = "x"\nnever = ["genre:rock"]',
            ["(did you mean 'rok'?)"],
        ),
        ('[[known_tracks]]\nexpect = ["artist:A"]', ["known_tracks.0.track", "required"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artist: "]', ["artist: "]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artist:A"]\nmin_hits = 0', ["min_hits = 0"]),
        ('[[known_tracks]]\ntrack = "x"\nexpect = ["artist:A"]\ntopn = 0', ["topn"]),
        (
            '[[known_tracks]]\ntrack = "x"\nexpects = ["artist:A"]',
            ["[known_tracks.0] (did you mean 'expect'?)"],
        ),
        ('[[known_tracks]]\nid = "a"\ntrack = "x"\nnever = ["track:y"]\n' * 2, ["'a' twice"]),
        ("zzzzz = 1", ["unknown key 'zzzzz' (valid: 'model', "]),
        ("[model\n", ["not valid TOML"]),
    ],
)
def test_error_names_file_key_and_nearest_valid_name(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert "quality_checks.toml" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_entry_of_a_custom_check_is_accepted(tmp_path: Path) -> None:
    """Ids of custom checks are validated at the end of the gate run."""
    assert load(tmp_path, '[checks."custom.mine"]\nat_least = 1').settings.of_check("custom.mine").at_least == 1


def test_every_value_is_read(tmp_path: Path) -> None:
    settings = load(tmp_path, EXAMPLE.replace('"train"', '"held_out"').replace("0.95", "0.9")).settings

    assert settings.model.model_dump() == {
        "flow": "ModelingFlow",
        "vectors": "final_vectors",
        "keys": "final_keys",
        "playlists": "final_dataset",
        "playlists_role": "held_out",
        "track_separator": "-",
        "columns": {
            "playlist_id": "session",
            "playlist_name": "title",
            "track_sequence": "items",
            "artist_sequence": "artists",
            "track_test_x": "given",
            "track_test_y": "target",
            "track": None,
            "artist": None,
            "time": None,
            "hold_out": None,
            "user_separator": "-",
        },
    }
    assert settings.known_tracks[0].model_dump() == {
        "id": "get-lucky",
        "track": "Daft Punk-Get Lucky - Radio Edit",
        "expect": ("track:Daft Punk-Get Lucky", "artist:Daft Punk", "genre:rock"),
        "never": ("genre:r&b",),
        "topn": 10,
        "min_hits": 1,
    }
    assert (settings.duplicates.cosine, settings.duplicates.versions) == (0.9, "none")
    assert settings.history.folder == ".embedgate"
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


@pytest.mark.parametrize(
    ("hold_out", "text"),
    [
        ('"last"', "last"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00"),
        ('"2026-01-31T12:00:00"', "2026-01-31T12:00:00"),
        ("1700000000000000000", "1700000000000000000"),
        ("0.5", "0.5"),
    ],
)
def test_held_out_plays_are_the_last_or_those_from_a_time_on(tmp_path: Path, hold_out: str, text: str) -> None:
    columns = f'[model.columns]\ntrack = "item"\nartist = "brand"\ntime = "at"\nhold_out = {hold_out}\n'

    given = load(tmp_path, columns).settings.model.columns.given

    assert given == {"track": "item", "artist": "brand", "time": "at", "hold_out": text}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ('hold_out = "lst"\ntime = "at"', 'hold_out = "lst" must be "last", or a date or number'),
        ("hold_out = nan\ntime = 'at'", 'hold_out = "nan" must be'),
        (
            "hold_out = 2026-01-31",
            'hold_out = "2026-01-31" must be "last", or a date or number as in the column that',
        ),
        ("hold_out = true", "model.columns.hold_out: input should be a valid string, not True"),
        ("hold_out = 12:00:00\ntime = 'at'", "model.columns.hold_out: input should be a valid string"),
        ('track = "item"\ntrack_sequence = "items"', "set `track`, if a row is a play, or `track_sequence`"),
        ('tracks = "item"', "unknown key 'tracks' in [model.columns] (did you mean 'track'?)"),
    ],
)
def test_contradictory_columns_are_rejected(tmp_path: Path, columns: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"[model.columns]\n{columns}\n")
    assert message in str(caught.value)


def test_slices_need_a_catalogue(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[slices\] columns are columns of the catalogue: set \[catalogue\]"):
        load(tmp_path, '[slices]\ncolumns = ["country"]\n')
    with pytest.raises(ConfigError, match=r"unknown key 'column' in \[slices\] \(did you mean 'columns'\?\)"):
        load(tmp_path, '[slices]\ncolumn = ["country"]\n')


def test_catalogue_may_have_columns_of_slices_only(tmp_path: Path) -> None:
    found = load(tmp_path, '[catalogue]\nkey = "id"\n[slices]\ncolumns = ["country", "country"]\n')

    assert found.settings.slice_columns == ("country",)


def test_slice_is_configured_by_its_value_as_written() -> None:
    settings = Settings.model_validate(
        {
            "catalogue": {"key": "id"},
            "slices": {"columns": ("country",)},
            "checks": {"retrieval.slice[country=C\u00f4te d'Ivoire]": {"at_least": 0.1}},
        }
    ).sliced([Slice("value", "country", "C\u00f4te d'Ivoire")])

    assert settings.of_check("retrieval.slice[country=cote-d-ivoire]").at_least == 0.1
    assert settings.of_check("retrieval.slice[popularity=head]").at_least is None


def test_example_has_every_key_of_the_settings() -> None:
    """If this test fails, add the new key to `EXAMPLE`."""
    written = tomllib.loads(EXAMPLE)

    assert set(written) == set(Settings.model_fields)
    sections = ("model", ModelSettings), ("map", MapSettings), ("tags", TagSettings), ("bands", BandSettings)
    for section, kind in sections:
        assert set(written[section]) == set(kind.model_fields)
    assert set(written["suite"]) == set(SuiteSettings.model_fields)
    assert set(written["known_tracks"][0]) == set(KnownTrack.model_fields)


def test_empty_file_results_in_the_defaults(tmp_path: Path) -> None:
    config = load(tmp_path, "")

    assert config.settings == Settings()
    assert config.settings.model.vectors == "final_vectors"
    assert config.sha256 == hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("number", ["1", "0", "-0.5", "1e3"])
def test_bound_may_be_an_integer(tmp_path: Path, number: str) -> None:
    """A bound of 0 is not a missing bound."""
    settings = load(tmp_path, f'[checks."geometry.hubness"]\nat_most = {number}').settings

    assert settings.of_check("geometry.hubness").at_most == float(number)


def test_all_errors_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, '[map]\ntracks = "many"\n[vocabulary]\ntop = -1')

    assert "map.tracks" in str(caught.value)
    assert "vocabulary.top" in str(caught.value)


def test_missing_or_undecodable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml cannot be read"):
        load_config(tmp_path / "gone.toml", "gone.toml")
    (tmp_path / "latin.toml").write_bytes("[genres]\nfado = ['canção']".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.toml is not valid TOML"):
        load_config(tmp_path / "latin.toml", "latin.toml")


def test_special_file_is_an_error_and_not_opened(tmp_path: Path) -> None:
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


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    """Some editors on Windows write a byte order mark."""
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
def test_entry_may_use_the_names_of_genres(tmp_path: Path, entry: str, check_id: str) -> None:
    bound = check_of(check_id).direction
    settings = load(tmp_path, NAMES + f'[checks."{entry}"]\n{bound} = 0.7').settings

    touched = [one for one in check_ids(settings) if getattr(settings.of_check(one), str(bound)) == 0.7]
    assert touched == [check_id]


def test_bound_of_the_more_specific_entry_replaces_the_other_direction(tmp_path: Path) -> None:
    """An entry that sets only the severity keeps the bound of the family."""
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
def test_bound_against_the_direction_of_its_check_is_rejected(tmp_path: Path, check: Check) -> None:
    """Such a bound would replace the default by a bound that every value meets."""
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
def test_bound_outside_the_range_of_its_check_is_rejected(tmp_path: Path, check: Check) -> None:
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


def test_bound_of_a_family_is_validated_for_each_of_its_checks(tmp_path: Path) -> None:
    """The bound of a check's own entry takes precedence."""
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


def test_custom_check_accepts_any_finite_bound(tmp_path: Path) -> None:
    for bound in ("at_least = -1e9", "at_most = 1e9"):
        load(tmp_path, f'[checks."custom.mine"]\n{bound}')
    assert check_of("custom.mine").direction is None


def test_prefix_ends_at_a_dot_or_a_bracket() -> None:
    assert covers("separation", "separation.space[rock]")
    assert covers("separation.space", "separation.space[rock]")
    assert not covers("separation.spa", "separation.space[rock]")
    assert not covers("neighbours.known", "neighbours.known_rate")
    assert not covers("separation.space[rock]", "separation.space")


def test_known_tracks_have_unique_slugs(tmp_path: Path) -> None:
    """Without an id, the slug is derived from the key of the track."""
    text = "".join(f'[[known_tracks]]\ntrack = "{track}"\nnever = ["track:y"]\n' for track in ("A-B", "a b"))
    settings = load(tmp_path, text + '[checks."neighbours.known[a-b-2]"]\nseverity = "warn"').settings

    assert list(settings.known_track_of) == ["a-b", "a-b-2"]
    assert settings.of_check("neighbours.known[a-b-2]").severity == "warn"
    assert settings.of_check("neighbours.known[a-b]").severity is None


def test_flow_of_the_command_line_overrides_the_config(tmp_path: Path) -> None:
    config = load(tmp_path, EXAMPLE)

    assert config.with_flow("Other").settings.model.flow == "Other"
    assert config.with_flow("Other").settings.genres == config.settings.genres
    assert config.with_flow(None) is config


LABELLED = """
[catalogue]
key = "id"
label = "category"
[[known_tracks]]
track = 100042
expect = ["genre:R&B"]
[checks."separation.space[R&B]"]
severity = "warn"
"""


def test_entries_of_genres_are_validated_once_labels_are_known(tmp_path: Path) -> None:
    """The labels of the catalogue replace the genres of the config."""
    config = load(tmp_path, LABELLED + '[genres]\npolka = ["polka"]')

    found = with_labels(config, ["R&B", "rock"], ["R&B", "rock", "rare"]).settings

    assert list(found.genres) == ["R&B", "rock"]
    assert found.of_check("separation.space[r-b]").severity == "warn"
    assert (config.settings.awaits_labels, found.awaits_labels) == (True, False)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["rock", "R & B"], ["known_tracks '100042' uses 'genre:R&B', which is not a label (did you mean 'R & B'?)"]),
        (["rock"], ["uses 'genre:R&B', which is not a label (valid: 'rock')"]),
    ],
)
def test_known_track_with_an_unknown_label_is_rejected(tmp_path: Path, labels: list[str], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        with_labels(load(tmp_path, LABELLED), labels, labels)
    for word in words:
        assert word in str(caught.value)


def test_check_of_a_label_that_is_not_judged_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown check 'separation.space\[R&B\]' in \[checks\]"):
        with_labels(load(tmp_path, LABELLED), ["rock"], ["rock", "R&B"])
