"""Cases with small models: configs, data, file formats, hostile names and invalid command lines."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks.gate_cases import Case, argument, as_champion, playlists_file, vectors_file
from embedgate.faults.fault import rotation
from embedgate.testing import GENRES, Sample, sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray


def _checks(names: tuple[str, ...], setting: str) -> str:
    return "".join(f'[checks."{name}"]\n{setting}\n' for name in names)


_FAMILIES = ("neighbours", "retrieval", "duplicates", "separation", "map", "geometry", "champion")
_MODEL = '[model]\ntrack_separator = "-"\ncolumns.user_separator = "-"\n'
_GENRES = '[genres]\nrock = ["rock"]\nrap = ["rap", "hip hop"]\njazz = ["jazz"]\n'
_KNOWN = """[[known_tracks]]
id = "rock-song"
track = "Rock Artist 00-Song 00"
expect = ["artist:Rock Artist 00", "genre:rock"]
never = ["genre:jazz"]
"""
_SMALL = _MODEL + _GENRES + _KNOWN
_CONFIGS = {
    "as it is": _SMALL,
    "no genres": _MODEL + '[[known_tracks]]\ntrack = "Rock Artist 00-Song 00"\nexpect = ["artist:Rock Artist 00"]\n',
    "no known tracks": _MODEL + _GENRES,
    "nothing configured": "",
    "held-out playlists": _MODEL + 'playlists_role = "held_out"\n' + _GENRES + _KNOWN,
    "genre without playlists": _MODEL + _GENRES + 'polka = ["polka"]\n' + _KNOWN,
    "known tracks that fail": _SMALL
    + '[[known_tracks]]\ntrack = "Rap Artist 01-Song 01"\nexpect = ["artist:Jazz Artist 01"]\n'
    + '[[known_tracks]]\ntrack = "Rap Artist 02-Song 01"\nnever = ["artist:Rap Artist 02"]\n'
    + '[[known_tracks]]\ntrack = "Nobody-Nothing"\nexpect = ["genre:rap"]\ntopn = 5\nmin_hits = 3\n',
    "known tracks alone": _SMALL
    + _checks(_FAMILIES, 'severity = "off"')
    + _checks(("neighbours.known",), 'severity = "fail"'),
    "all families off": _SMALL + _checks(_FAMILIES, 'severity = "off"'),
    "all families warn": _SMALL + _checks(_FAMILIES, 'severity = "warn"'),
    "all families fail": _SMALL + _checks(_FAMILIES, 'severity = "fail"'),
    "other settings": _SMALL
    + "[map]\ntracks = 100\n[vocabulary]\ntop = 10\n[duplicates]\ncosine = 0.8\n[tags]\nmin_support = 3\n",
    "own bounds that hold": _SMALL
    + _checks(("geometry.antihubs", "duplicates.rate", "duplicates.identical_directions"), "at_most = 0.9")
    + _checks(("champion.misplaced", "champion.genre_displacement"), "at_most = 50")
    + _checks(("champion.match_auc", "separation", "duplicates.recall"), 'at_least = 0.1\nseverity = "fail"')
    + _checks(("champion.effective_rank", "champion.genre_accuracy[rap]"), "at_least = -0.5")
    + _checks(("champion.new_duplicates",), "at_most = 0.2")
    + _checks(("champion.regression", "champion.genre_accuracy[rock]"), 'severity = "off"'),
    "own bounds that fail": _SMALL
    + _checks(("geometry.antihubs", "geometry.hubness", "champion.misplaced"), 'at_most = 0.0\nseverity = "fail"')
    + _checks(("champion.match_auc", "champion.overlap", "retrieval"), 'at_least = 1.0\nseverity = "fail"')
    + _checks(("champion.genre_accuracy[rock]", "champion.effective_rank", "separation.pair"), "at_least = 1.5")
    + _checks(("vocabulary.size",), "at_least = 9999"),
    "bounds looser than chance": _SMALL
    + _checks(("neighbours.co_listening", "retrieval.hit_rate"), "at_least = 0.0")
    + _checks(("neighbours.known",), 'severity = "warn"'),
}
_BROKEN_CONFIGS = {
    "no TOML": "[model",
    "unknown key": _SMALL + "[map]\ntrack = 100\n",
    "unknown check": _SMALL + _checks(("champion.brokn",), "at_most = 3"),
    "unknown genre of a check": _SMALL + _checks(("separation.space[polka]",), "at_least = 0.3"),
    "bound against the direction": _SMALL + _checks(("champion.misplaced",), "at_least = 3"),
    "two bounds": _SMALL + _checks(("duplicates.rate",), "at_least = 0.1\nat_most = 0.3"),
    "wrong type": _SMALL + '[map]\ntracks = "many"\n',
    "known track of no genre": _SMALL.replace("genre:rock", "genre:polka"),
}
_HOSTILE = (
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "\"'><svg onload=alert(1)>", "--><!--",
    '=HYPERLINK("http://x")', "+1+1", "@SUM(A1)", "-2+3", "\tcmd", "＝1＋1", "'=1", "a\x00b", "line\nend\r\n",
    "\x1b[31mred\x1b]0;x\x07", "\x7f\x85\x9b", "\u202eevil\u2069", "Z" + "\u0300\u0316\u0489" * 60, "\ufffe",
    "\u200b\u200d\ufeff", "曲名 テスト", "أغنية", "\\N{DASH}\\", "{{7*7}} %s ${x}", "::error::x", "../../etc",
    "W" * 1500,
)  # fmt: skip


def small_cases(folder: Path) -> Iterator[Case]:
    """Yield a small model with each config, damaged vectors, other playlists, each format, and hostile names."""
    made = sample()
    frame = pd.DataFrame(made.rows())
    candidate = vectors_file(folder, "small/as it is", made.keys, made.vectors)
    playlists_option = playlists_file(folder, "small/playlists", frame)
    retrained = 3 * made.vectors @ rotation(np.random.default_rng(1), made.vectors.shape[1])
    retrained += 0.1 * np.roll(retrained, 7, axis=1)
    champion = as_champion(vectors_file(folder, "small/champion", made.keys, retrained))
    for name, config in _CONFIGS.items():
        yield Case(name=f"small, {name}", runs=[[candidate, playlists_option, champion]], config=config)
    yield Case(name="small, no champion", runs=[[candidate, playlists_option]], config=_SMALL)
    for words in ("geometry or integrity", "champion", "no_such_check"):
        yield Case(
            name=f"small, -k {words}", runs=[[candidate, playlists_option, champion, "-k", words]], config=_SMALL
        )
    for name, (keys, vectors) in _other_vectors(made).items():
        other = vectors_file(folder, f"small/{name}", keys, vectors)
        runs = [[other, playlists_option, champion], [candidate, playlists_option, as_champion(other)]]
        yield Case(name=f"small, {name}", runs=runs, config=_SMALL)
    for name, changed in _other_playlists(frame).items():
        other = playlists_file(folder, f"small/{name}", changed)
        yield Case(name=f"small, {name}", runs=[[candidate, other, champion]], config=_SMALL)
    other = playlists_file(folder, "small/no artists", frame.drop(columns="artist_sequence"))
    yield Case(name="small, no artists", runs=[[candidate, other], [candidate, other, champion]], config=_GENRES)
    for option, path in _other_files(folder, made):
        again = as_champion(argument("vectors", folder, path))
        given = argument(option, folder, path)
        runs = (
            [[given, playlists_option], [candidate, playlists_option, again]]
            if option == "vectors"
            else [[candidate, given]]
        )
        yield Case(name=f"small, file {path.name}", runs=runs, config=_SMALL)
    yield _hostile_case(folder, made)


def refused_cases(folder: Path) -> Iterator[Case]:
    """Yield invalid configs and command lines."""
    candidate = argument("vectors", folder, folder / "small/as it is.npz")
    playlists_option = argument("playlists", folder, folder / "small/playlists.parquet")
    for name, config in _BROKEN_CONFIGS.items():
        yield Case(name=f"config, {name}", runs=[[candidate, playlists_option]], config=config)
    for name, arguments in {
        "missing config": [candidate, playlists_option, "--gate-config=missing.toml"],
        "vectors without playlists": [candidate],
        "run with tag": ["--gate-flow=F", "--gate-run=F/1", "--gate-tag=x"],
        "files to promote": [candidate, playlists_option, "--gate-promote"],
        "empty option": [candidate, playlists_option, "--gate-champion="],
        "output over input": [candidate, playlists_option, "--gate-verdict=quality_checks.toml"],
    }.items():
        yield Case(name=f"command line, {name}", runs=[arguments], config=_SMALL)


def _other_vectors(made: Sample) -> Mapping[str, tuple[list[str], NDArray[np.float32]]]:
    """Return keys and vectors with other content or of another size, by name."""
    keys, vectors = made.keys, made.vectors
    holes, flat, same = vectors.copy(), vectors.copy(), vectors.copy()
    holes[::50], holes[1::50] = np.nan, np.inf
    flat[:5], flat[:, 3] = 0, 1
    same[1:70] = same[0]
    return {
        "NaN and infinity": (keys, holes),
        "NaN alone": (keys, np.full_like(vectors, np.nan)),
        "constant dimension": (keys, flat),
        "zero rows": (keys, np.where(np.arange(len(vectors))[:, None] < 5, 0, vectors)),
        "identical rows": (keys, same),
        "repeated keys": ([*keys[:-3], *keys[:3]], vectors),
        "other keys": ([f"x{key}" for key in keys], vectors),
        "half of the tracks": (keys[::2], vectors[::2]),
        "forty tracks": (keys[:40], vectors[:40]),
        "two tracks": (keys[:2], vectors[:2]),
        "no track": ([], vectors[:0]),
        "one dimension": (keys, vectors[:, :1]),
        "eight dimensions": (keys, vectors[:, :8]),
    }


def _other_playlists(frame: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """Return playlists with other content or of another size, by name."""

    def each(value: Any) -> pd.Series[Any]:  # noqa: ANN401 - a cell of any kind
        return pd.Series([value] * len(frame))

    return {
        "no test columns": frame.drop(columns=["track_test_x", "track_test_y"]),
        "empty test columns": frame.assign(track_test_x=each([]), track_test_y=each(None)),
        "five playlists": frame[:5],
        "no playlist": frame[:0],
        "empty playlists": frame.assign(track_sequence=each([]), artist_sequence=each([])),
        "playlists without genre": frame.assign(playlist_id=[f"ann-{number}" for number in range(len(frame))]),
        "no track column": frame.drop(columns="track_sequence"),
        "numbers for tracks": frame.assign(track_sequence=each([1, 2, 3])),
    }


def _other_files(folder: Path, made: Sample) -> Iterator[tuple[str, Path]]:
    """Yield an option and a file: the small model in each supported format, and files that cannot be read."""
    from gensim.models import KeyedVectors

    small = folder / "small"
    model, plain = KeyedVectors(made.vectors.shape[1]), KeyedVectors(made.vectors.shape[1])
    model.add_vectors(made.keys, made.vectors)
    model.save(str(small / "gensim.kv"))
    plain.add_vectors([key.replace(" ", "_") for key in made.keys], made.vectors)
    plain.save_word2vec_format(str(small / "word2vec.bin"), binary=True)
    plain.save_word2vec_format(str(small / "word2vec.txt"))
    (small / "foreign.kv").write_bytes(pickle.dumps(Path("x")))
    (small / "cut.npz").write_bytes((small / "as it is.npz").read_bytes()[:5000])
    (small / "empty.npz").write_bytes(b"")
    for file in ("gensim.kv", "word2vec.bin", "word2vec.txt", "foreign.kv", "cut.npz", "empty.npz", "missing.npz"):
        yield "vectors", small / file
    (small / "playlists.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made.rows()), encoding="utf-8")
    (small / "cut.parquet").write_bytes((small / "playlists.parquet").read_bytes()[:5000])
    for file in ("playlists.jsonl", "cut.parquet", "missing.parquet"):
        yield "playlists", small / file


def _hostile_case(folder: Path, made: Sample) -> Case:
    """Return a case in which names of tracks, artists, playlists and genres contain markup and control characters."""

    def hostile(number: int) -> str:
        return _HOSTILE[number % len(_HOSTILE)]

    artists = dict.fromkeys(key.partition("-")[0] for key in made.keys)
    artist_of = {artist: f"{hostile(number)}{number}" for number, artist in enumerate(artists)}
    key_of = {
        key: f"{artist_of[key.partition('-')[0]]}-{hostile(number)} {number}" for number, key in enumerate(made.keys)
    }
    named = replace(
        made,
        keys=list(key_of.values()),
        playlist_ids=[f"{name} {hostile(number)}" for number, name in enumerate(made.playlist_ids)],
        sequences=[[key_of[key] for key in sequence] for sequence in made.sequences],
        artists=[[artist_of[artist] for artist in credited] for credited in made.artists],
    )
    genres = [_HOSTILE[0], _HOSTILE[4], _HOSTILE[13]]
    words = (f"{_toml(genre)} = {json.dumps(found)}\n" for genre, found in zip(genres, GENRES.values(), strict=True))
    config = (
        f"{_MODEL}[genres]\n{''.join(words)}"
        f"[[known_tracks]]\ntrack = {_toml(named.keys[0])}\nexpect = [{_toml('genre:' + genres[2])}]\n"
        f"[[known_tracks]]\ntrack = {_toml(named.keys[99])}\nnever = [{_toml('genre:' + genres[1])}]\n"
        f"[checks.{_toml(f'separation.space[{genres[0]}]')}]\nat_least = 0.99999\n"
    )
    playlists_option = playlists_file(folder, "small/hostile", pd.DataFrame(named.rows()))
    good = vectors_file(folder, "small/hostile", named.keys, named.vectors)
    bad = vectors_file(folder, "small/hostile shuffled", [*named.keys[60:], *named.keys[:60]], named.vectors)
    champion = as_champion(good)
    return Case(
        name="hostile names",
        runs=[[good, playlists_option], [good, playlists_option, champion], [bad, playlists_option, champion]],
        config=config,
    )


def _toml(text: str) -> str:
    """Return a text as a TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
