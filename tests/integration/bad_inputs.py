"""Inputs that a gate run rejects, and the page docs/errors.md that lists them.

python -m tests.integration.bad_inputs > docs/errors.md      # regenerates the page
"""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import socket
import sys
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.integration.forked_gate import ROOT, ForkedGate, environment_of
from tests.integration.mlflow_server import ENVIRONMENT, MlflowServer
from tests.integration.tiny_runs import Datastore, make_datastore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.integration.forked_gate import Ended

FILES = ("--gate-vectors=v.npz", "--gate-playlists=p.jsonl")
STALE = '{\n "schema": 1,\n "verdict": "passed"}'
_LONG = "x" * 300
_LONGEST_MESSAGE = 400
_WITHOUT = " ".join(f"-p no:{plugin}" for plugin in ("cacheprovider", "hypothesispytest", "xdist", "pytester"))
"""Options that disable plugins that take time and are not needed."""
_TAILS = (
    r"(cannot be read as \.[\w.]+: ).*?(?=\. The file )",
    r"(cannot be read as a faiss index: ).*?(?=\. It is damaged)",
    r"(cannot be read: )EOF.*?(?=\. )",
    r"(is not JSON: ).*?(?=\. Write )",
    r"(is not valid TOML: )[^i].*",
    r"(metadata provider that Metaflow does not have \().*?(?=\)\. Set )",
    r"(does not answer: )\w+: .*?(?=\. It is down|$)",
    r"(cannot be unpacked: ).*?(?=\. Restore )",
    r"(cannot be followed to a file: ).*",
    r"(in the MLflow registry URL: )\w+: .*?(?=\. Correct )",
    r"(did not provide the version models:/tiny/1: )\w+: .*?(?=\. It is down)",
)
"""Messages of libraries, which depend on the version."""
_KNOWN = "[[known_tracks]]\nid = 'x'\ntrack = 'A'\nexpect = ['track:A']\n"


@dataclass(frozen=True)
class Bad:
    """An invalid input.

    Attributes:
        shown: description of the input, in Markdown.
        status: the expected exit status.
        arguments: arguments of pytest, after the suite.
        make: function that prepares the folder.
        environment: variables. In values and arguments, `{tagged}` stands for the ID of that run of tiny_runs.py.
        leaves_earlier: whether verdict.json of an earlier run stays: pytest rejects the command line before the gate
            starts, the verdict goes elsewhere, or the file is an input.
        obeys_permissions: whether the permissions of files apply, which root otherwise ignores.
        without_datastore: whether no datastore is configured.
    """

    shown: str
    status: int
    arguments: tuple[str, ...] = FILES
    make: Callable[[Path], object] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    leaves_earlier: bool = False
    obeys_permissions: bool = False
    without_datastore: bool = False


@dataclass(frozen=True)
class Row:
    """The result of an invalid input.

    Attributes:
        shown: description of the input.
        status: exit status.
        kind: `error.kind` of the verdict; "usage" if there is none.
        message: first line of the message.
        violations: deviations from the expected behaviour.
    """

    shown: str
    status: int
    kind: str
    message: str
    violations: tuple[str, ...]


# -- the inputs --


def options() -> Iterator[Bad]:
    """Yield invalid options."""
    for typed in ("--gate-flwo=F", "--gate-vec=v.npz", "--gate-promote=yes", "--gate-run"):
        yield Bad(f"`{typed}`", 4, (*FILES, typed), leaves_earlier=True)
    for typed in (
        "",
        "--gate-run=12",
        "--gate-tag=t",
        "--gate-champion=none",
        "--gate-flow=F --gate-run=1 --gate-tag=t",
        "--gate-vectors=v.npz",
        "--gate-playlists=p.jsonl",
        "--gate-flow=F --gate-drill --gate-promote",
        "--gate-vectors=v.npz --gate-playlists=p.jsonl --gate-run=F/1",
        "--gate-vectors=v.npz --gate-playlists=p.jsonl --gate-tag=t",
    ):
        yield Bad(f"`{typed}`" if typed else "no option and no config", 4, tuple(typed.split()))
    for name in ("config", "flow", "run", "tag", "namespace", "vectors", "playlists", "champion", "verdict"):
        yield Bad(f"`--gate-{name}=`", 4, (*FILES, f"--gate-{name}="), leaves_earlier=name == "verdict")
    for option in (
        "--gate-config",
        "--gate-vectors",
        "--gate-playlists",
        "--gate-champion",
        "--gate-verdict",
        "--html",
    ):
        yield Bad(
            f"`{option}=~nosuchuser/x`",
            4,
            (*FILES, f"{option}=~nosuchuser/x"),
            leaves_earlier=option == "--gate-verdict",
        )
    for option in ("--gate-config", "--gate-vectors", "--gate-playlists", "--gate-verdict", "--html"):
        yield Bad(
            f"`{option}=` and 300 characters",
            4,
            (*FILES, f"{option}={_LONG}"),
            leaves_earlier=option == "--gate-verdict",
        )
    for option in ("--gate-vectors", "--gate-verdict", "--html"):
        yield Bad(
            f"`{option}=` with a null byte", 4, (*FILES, f"{option}=a\0b"), leaves_earlier=option == "--gate-verdict"
        )


def configs() -> Iterator[Bad]:
    """Yield invalid configs."""
    yield Bad("`--gate-config=gone.toml`", 4, (*FILES, "--gate-config=gone.toml"))
    yield Bad(
        "`--gate-config=nihgtly.toml` beside `nightly.toml`",
        4,
        (*FILES, "--gate-config=nihgtly.toml"),
        lambda folder: (folder / "nightly.toml").write_text(""),
    )
    yield Bad("a broken link", 4, make=lambda folder: (folder / "quality_checks.toml").symlink_to("gone"))
    yield Bad(
        "a link to itself", 4, make=lambda folder: (folder / "quality_checks.toml").symlink_to("quality_checks.toml")
    )
    yield Bad("a folder", 4, make=lambda folder: (folder / "quality_checks.toml").mkdir())
    yield Bad("a named pipe", 4, make=lambda folder: os.mkfifo(folder / "quality_checks.toml"))
    yield Bad("a socket", 4, make=lambda folder: _socket(folder, "quality_checks.toml"))
    yield Bad("not UTF-8", 4, make=lambda folder: (folder / "quality_checks.toml").write_bytes(b"\xff\xfe[\0m\0"))
    yield Bad("nested 5,000 deep", 4, make=_config("a = " + "[" * 5000 + "]" * 5000))
    yield Bad("a number of 5,000 digits", 4, make=_config("a = " + "1" * 5000))
    yield Bad("no permission to read it", 4, make=_unreadable_config, obeys_permissions=True)
    for text in (
        "[model",
        'flow = "F"\n[model]\nvectors = "v',
        "[model]\nvectros = 1",
        "[modle]",
        "[model]\nflow = 1",
        '[model]\nflow = ""',
        '[model]\nplaylists_role = "test"',
        "[model.columns]\ntrack = 'a'\ntrack_sequence = 'b'",
        "[model.columns]\nhold_out = 2026-01-31",
        "[model.columns]\ntime = 'at'\nhold_out = 'first'",
        "[genres]\nrock = 5",
        "[genres]\nrock = []",
        '[genres]\nrock = [""]',
        "[genres]\nrock = [1]",
        "[[known_tracks]]\nid = 'x'",
        "[[known_tracks]]\ntrack = 'A-B'",
        "[[known_tracks]]\ntrack = 'A-B'\nexpect = ['A']",
        "[[known_tracks]]\ntrack = 'A-B'\nexpect = ['genre:polka']",
        "[[known_tracks]]\ntrack = 'A-B'\nexpect = ['track:A']\nmin_hits = 20",
        "[[known_tracks]]\ntrack = 'A-B'\nexpect = ['track:A']\ntopn = 0",
        _KNOWN + _KNOWN,
        "[map]\ntracks = 10",
        "[map]\ntracks = 'many'",
        "[map]\ntracks = 1e3",
        "[vocabulary]\ntop = 0",
        "[duplicates]\ncosine = 2",
        "[duplicates]\ncosine = nan",
        "[tags]\nmin_support = true",
        "[history]\nfolder = ''",
        "[history]\nfolder = '~nosuchuser/x'",
        f"[history]\nfolder = '{_LONG}'",
        "[history]\nfolder = 'v.npz'",
        "[history]\nfolder = 'verdict.json'",
        "[suite]\npaths = [1]",
        "[bands]\nlimits = 1",
        '[checks]\n"integrity.finite" = 1',
        '[checks."integrity.finit"]\nat_most = 0',
        '[checks."separation.space[polka]"]\nat_least = 0.1',
        '[checks."duplicates.rate"]\nat_mst = 0.1',
        '[checks."duplicates.rate"]\nat_most = "little"',
        '[checks."duplicates.rate"]\nat_most = inf',
        '[checks."duplicates.rate"]\nat_most = nan',
        '[checks."duplicates.rate"]\nat_most = 2',
        '[checks."duplicates.rate"]\nat_least = 0',
        '[checks."duplicates.rate"]\nat_most = 0.1\nat_least = 0',
        '[checks."integrity.finite"]\nat_least = 0',
        '[checks."integrity.finite"]\nseverity = "maybe"',
        '[checks.""]\nseverity = "off"',
    ):
        shown = text if len(text) < 100 else f"{text[:60]}..."
        yield Bad(f"`{shown}`", 4, make=_config(text))


def _bad_vectors(shown: str, name: str, make: Callable[[Path], object] | bytes | None = None, **more: Any) -> Bad:
    return Bad(f"`{name}`: {shown}", 1, (f"--gate-vectors={name}", FILES[1]), _made(name, make), **more)


def _bad_playlists(shown: str, name: str, make: Callable[[Path], object] | bytes | None = None, **more: Any) -> Bad:
    return Bad(f"`{name}`: {shown}", 1, (FILES[0], f"--gate-playlists={name}"), _made(name, make), **more)


def _made(name: str, make: Callable[[Path], object] | bytes | None) -> Callable[[Path], object] | None:
    return (lambda folder: (folder / name).write_bytes(make)) if isinstance(make, bytes) else make


def vectors() -> Iterator[Bad]:
    """Yield invalid files for `--gate-vectors`."""
    bad = _bad_vectors

    def npz(shown: str, **arrays: Any) -> Bad:
        return bad(shown, "x.npz", lambda folder: _savez(folder / "x.npz", **arrays))

    import numpy as np

    keys, rows = np.array(["a", "b", "c"]), np.eye(3)
    yield bad("missing", "gone.npz")
    yield bad("missing, in a missing folder", "gone/v.npz")
    yield bad("missing, inside a file", "v.npz/x.npz")
    yield bad("a folder", "x.npz", lambda folder: (folder / "x.npz").mkdir())
    yield bad("a named pipe", "x.npz", lambda folder: os.mkfifo(folder / "x.npz"))
    yield bad("a named pipe", "x.kv", lambda folder: os.mkfifo(folder / "x.kv"))
    yield bad("a socket", "x.bin", lambda folder: _socket(folder, "x.bin"))
    yield bad("a device", "/dev/zero")
    yield bad("a broken link", "x.txt", lambda folder: (folder / "x.txt").symlink_to("gone.txt"))
    yield bad("a link to itself", "x.txt", lambda folder: (folder / "x.txt").symlink_to("x.txt"))
    yield bad("no suffix", "vectors", b"x")
    yield bad("a suffix that is not supported", "v.csv", b"a,1\n")
    yield bad("no permission to read it", "v.npz", lambda folder: (folder / "v.npz").chmod(0), obeys_permissions=True)
    for name in ("x.npz", "x.kv", "x.txt", "x.bin", "x.txt.gz"):
        yield bad("empty", name, b"")
    for name in ("x.npz", "x.kv", "x.bin", "x.txt.gz"):
        yield bad("plain text", name, b"hello\n")
    yield bad("truncated", "x.npz", lambda folder: _cut(folder / "v.npz", folder / "x.npz"))
    yield bad("a `.npy`", "x.npz", lambda folder: _save(folder / "x.npz", rows))
    yield npz("no `keys`", vectors=rows)
    yield npz("no `vectors`", keys=keys)
    yield npz("keys that are pickled objects", keys=np.array(["a", None, "c"], dtype=object), vectors=rows)
    yield npz("keys that are floats", keys=np.arange(3.0), vectors=rows)
    yield npz("keys of two dimensions", keys=keys.reshape(1, 3), vectors=rows)
    yield npz("fewer keys than vectors", keys=keys[:2], vectors=rows)
    yield npz("vectors of one dimension", keys=keys, vectors=np.arange(3.0))
    yield npz("vectors of words", keys=keys, vectors=np.full((3, 3), "x"))
    yield npz("complex vectors", keys=keys, vectors=rows * 1j)
    yield npz("no rows", keys=keys[:0], vectors=rows[:0])
    yield npz("no dimensions", keys=keys, vectors=np.empty((3, 0)))


def word2vec_and_gensim() -> Iterator[Bad]:
    """Yield invalid files for `--gate-vectors` in the formats of word2vec and gensim."""
    bad = _bad_vectors
    yield bad("no header line", "x.txt", b"a 1 0\nb 0 1\n")
    yield bad("a dimension of 23 digits", "x.txt", b"2 " + b"9" * 23 + b"\na 1 0\nb 0 1\n")
    yield bad("one dimension too few", "x.txt", b"2 2\na 1 0 5.5\nb 0 1 6.5\n")
    yield bad("one dimension too many", "x.txt", b"2 4\na 1 0 5.5\nb 0 1 6.5\n")
    yield bad("more rows declared", "x.txt", b"3 2\na 1 0\nb 0 1\n")
    yield bad("fewer rows declared", "x.txt", b"1 2\na 1 0\nb 0 1\n")
    yield bad("`1_000` as a number", "x.txt", b"2 2\na 1_000 0\nb 0 1\n")
    yield bad("a word as a number", "x.txt", b"2 2\na one 0\nb 0 1\n")
    yield bad("not UTF-8", "x.txt", b"2 2\n\xff 1 0\nb 0 1\n")
    yield bad("truncated", "x.bin", b"2 2\na \0\0\x80\x3f\0\0\0\0b \0\0")
    yield bad("more rows than declared", "x.bin", b"1 1\na \0\0\x80\x3fb \0\0\x80\x3f")
    yield bad("a key with a space", "x.bin", b"1 2\nab cd \0\0\x80\x3f\0\0\x80\x3f")
    yield bad("a truncated gzip", "x.bin.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03abc")
    yield bad("a pickle that runs a command", "evil.kv", lambda folder: _evil(folder / "evil.kv"))
    yield bad("a truncated pickle", "x.kv", lambda folder: _cut(_kv(folder), folder / "x.kv"))
    yield bad("a pickle of a dict", "x.kv", pickle.dumps({"a": [1.0]}))
    yield bad("`x.kv.vectors.npy` missing", "x.kv", lambda folder: _apart(folder).unlink())
    yield bad("`x.kv.vectors.npy` a folder", "x.kv", lambda folder: _replaced(_apart(folder)).mkdir())
    yield bad("`x.kv.vectors.npy` a named pipe", "x.kv", lambda folder: os.mkfifo(_replaced(_apart(folder))))
    yield bad("`x.kv.vectors.npy` truncated", "x.kv", lambda folder: _cut(_apart(folder), _apart(folder)))
    yield bad(
        "a folder `x.npz.y.npy` beside a missing file", "x.npz", lambda folder: (folder / "x.npz.y.npy").mkdir()
    )


def other_vectors() -> Iterator[Bad]:
    """Yield invalid files for `--gate-vectors` in other formats."""
    bad = _bad_vectors

    def npy(shown: str, vectors: Any, **beside: bytes) -> Bad:
        """Return vectors in x.npy, with the content of `x.keys.<name>`."""

        def write(folder: Path) -> None:
            _save(folder / "x.npy", vectors)
            for name, content in beside.items():
                (folder / f"x.keys.{name}").write_bytes(content)

        return bad(shown, "x.npy", write)

    import numpy as np

    rows = np.eye(3)
    yield bad("an `.npz`", "x.npy", lambda folder: _copied(folder / "v.npz", folder / "x.npy"))
    yield npy("no file with keys", rows)
    yield npy("two files with keys", rows, txt=b"a\nb\nc\n", json=b'["a", "b", "c"]')
    yield npy("fewer keys than rows", rows, txt=b"a\nb\n")
    yield npy("an empty file with keys", rows, txt=b"")
    yield npy("an empty line in the keys", rows, txt=b"a\n\nc\n")
    yield npy("keys that are not UTF-8", rows, txt=b"a\nb\n\xff\n")
    yield npy("keys that are not JSON", rows, json=b"a\nb\nc\n")
    yield npy("keys that are a JSON object", rows, json=b'{"a": 0}')
    yield npy("`null` as a key", rows, json=b'["a", null, "c"]')
    yield npy("pickled objects", np.array([[None]], dtype=object), txt=b"a\n")
    yield npy("vectors of one dimension", np.ones(3), txt=b"a\nb\nc\n")
    yield bad("plain text", "x.safetensors", b"hello\n")
    yield bad("no keys", "x.safetensors", lambda folder: _safetensors(folder, vectors=rows))
    yield bad("two tensors", "x.safetensors", lambda folder: _safetensors(folder, a=rows, b=rows))
    yield bad("plain text", "x.faiss", b"hello\n")
    yield bad("plain text", "x.vec", b"hello\n")
    yield bad("plain text", "x.parquet", b"hello\n")
    yield bad("a frame without keys", "x.parquet", lambda folder: _parquet(folder, {"x": 1.0, "y": 2.0}))
    yield bad("a column of text", "x.parquet", lambda folder: _parquet(folder, {"key": "a", "x": 1.0, "name": "n"}))
    yield bad("lists of words", "x.parquet", lambda folder: _parquet(folder, {"key": "a", "x": ["one"]}))


def plays() -> Iterator[Bad]:
    """Yield invalid files for `--gate-playlists` with one row per play."""
    bad = _bad_playlists
    head = b"playlist_id,track,at\n"

    def timed(shown: str, rows: bytes, more: str = "") -> Bad:
        config = f"[model.columns]\ntime = 'at'\n{more}"
        return bad(
            shown, "x.csv", lambda folder: ((folder / "x.csv").write_bytes(head + rows), _config(config)(folder))
        )

    yield bad("empty", "x.csv", b"")
    yield bad("blank lines", "x.csv", b"\n\n")
    yield bad("a header alone", "x.csv", head)
    yield bad("one row per playlist", "x.csv", b"playlist_id,track_sequence\np,a b\n")
    yield bad("cells separated by semicolons", "x.csv", b"playlist_id;track\np;a\n")
    yield bad("a cell too few", "x.csv", head + b"p,a,1\np,b\n")
    yield bad("a comma in a cell that is not quoted", "x.csv", head + b"p,a, b,1\n")
    yield bad("an unclosed quote", "x.csv", head + b'p,"a,1\np,b,2\n')
    yield bad("not UTF-8", "x.csv", head + b"p,\xff,1\n")
    yield bad("no track", "x.csv", head + b"p,a,1\np,,2\n")
    yield bad("no `playlist_id`", "x.csv", head + b",a,1\n")
    yield timed("no time", b"p,a,1\np,b,\n")
    yield timed("a word as a time", b"p,a,1\np,b,noon\n")
    yield timed("a date among numbers", b"p,a,1\np,b,2026-01-31\n")
    yield timed("`hold_out` is a date, and times are numbers", b"p,a,1\n", "hold_out = 2026-01-31")
    yield timed("a setting of one row per playlist", b"p,a,1\n", "artist_sequence = 'at'")
    yield bad("lists as tracks", "x.parquet", lambda folder: _parquet(folder, {"playlist_id": "p", "track": ["a"]}))


def playlists() -> Iterator[Bad]:
    """Yield invalid files for `--gate-playlists`."""
    bad = _bad_playlists

    def rows(shown: str, *given: object) -> Bad:
        return bad(shown, "x.jsonl", "".join(json.dumps(row) + "\n" for row in given).encode())

    good: dict[str, object] = {"playlist_id": "p", "track_sequence": ["a", "b"]}
    yield bad("missing", "gone.jsonl")
    yield bad("a folder", "x.jsonl", lambda folder: (folder / "x.jsonl").mkdir())
    yield bad("a named pipe", "x.jsonl", lambda folder: os.mkfifo(folder / "x.jsonl"))
    yield bad("a named pipe", "x.parquet", lambda folder: os.mkfifo(folder / "x.parquet"))
    yield bad("a suffix that is not supported", "p.xlsx", b"x")
    yield bad(
        "no permission to read it", "p.jsonl", lambda folder: (folder / "p.jsonl").chmod(0), obeys_permissions=True
    )
    yield bad("empty", "x.jsonl", b"")
    yield bad("empty", "x.parquet", b"")
    yield bad("blank lines", "x.jsonl", b"\n\n")
    yield bad("not JSON", "x.jsonl", b"playlist_id,track_sequence\n")
    yield bad("half a line", "x.jsonl", b'{"playlist_id": "p", "track_seq')
    yield bad("`Infinity`", "x.jsonl", b'{"playlist_id": Infinity, "track_sequence": ["a"]}\n')
    yield bad("nested 100,000 deep", "x.jsonl", b"[" * 100_000 + b"]" * 100_000)
    yield bad("not UTF-8", "x.jsonl", b'{"playlist_id": "\xff", "track_sequence": ["a"]}\n')
    yield rows("a list per line", ["p", ["a"]])
    yield rows("no `track_sequence`", {"playlist_id": "p"})
    yield rows("no `playlist_id`", {"track_sequence": ["a"]})
    yield rows("a row without `playlist_id`", good, {"track_sequence": ["a"]})
    yield rows("`NaN` as `playlist_id`", {**good, "playlist_id": float("nan")})
    yield rows("a list as `playlist_id`", {**good, "playlist_id": ["p"]})
    yield rows("a string as `track_sequence`", {**good, "track_sequence": "a b"})
    yield rows("`null` as `track_sequence`", {**good, "track_sequence": None})
    yield rows("nested playlists", {**good, "track_sequence": [["a", "b"], ["c"]]})
    yield rows("objects as tracks", {**good, "track_sequence": [{"track": "a"}]})
    yield rows("`null` as a track", {**good, "track_sequence": ["a", None]})
    yield rows("fewer artists than tracks", {**good, "artist_sequence": ["x"]})
    yield rows("`track_test_x` alone", {**good, "track_test_x": ["a"]})
    yield rows("a list as `track_test_y`", {**good, "track_test_x": ["a"], "track_test_y": ["b"]})
    yield bad("JSON", "x.parquet", b'{"playlist_id": "p"}\n' * 10)
    yield bad("truncated", "x.parquet", lambda folder: _cut(_parquet(folder, good), folder / "x.parquet"))
    yield bad("no `track_sequence`", "x.parquet", lambda folder: _parquet(folder, {"playlist_id": "p"}))


def runs() -> Iterator[Bad]:
    """Yield unavailable runs of a Metaflow flow, and unavailable champions."""

    def bad(shown: str, status: int, *arguments: str, **more: Any) -> Bad:
        return Bad(shown, status, arguments, **more)

    yield bad("`--gate-flow=F` without a datastore", 1, "--gate-flow=F", without_datastore=True)
    yield bad("`--gate-flow=NoFlow`", 1, "--gate-flow=NoFlow")
    for name in ("no-flow", "../TinyFlow", "Tiny Flow", _LONG):
        shown = name if name != _LONG else "` and 300 characters`"
        yield bad(f"`--gate-flow={shown}`".replace("``", ""), 4, f"--gate-flow={name}")
    yield bad("`--gate-run=TinyFlow/1`", 1, "--gate-run=TinyFlow/1")
    for run in ("TinyFlow/", "TinyFlow/1/start", "TinyFlow/../x", "/1"):
        yield bad(f"`--gate-run={run}`", 4, f"--gate-run={run}")
    yield bad("`--gate-run` of a run that failed", 4, "--gate-run=TinyFlow/{failed}")
    yield bad("`--gate-tag=nosuchtag`", 1, "--gate-flow=TinyFlow", "--gate-tag=nosuchtag")
    yield bad("`--gate-namespace=user:carol`", 1, "--gate-flow=TinyFlow", "--gate-namespace=user:carol")
    yield bad(
        "`METAFLOW_DEFAULT_METADATA=junk`",
        1,
        "--gate-flow=TinyFlow",
        environment={"METAFLOW_DEFAULT_METADATA": "junk"},
        without_datastore=True,
    )
    yield bad(
        "a metadata service that does not answer",
        1,
        "--gate-flow=TinyFlow",
        environment={"METAFLOW_DEFAULT_METADATA": "service", "METAFLOW_SERVICE_URL": "http://127.0.0.1:9"},
        without_datastore=True,
    )
    yield bad("no artifact of that name", 1, "--gate-run=TinyFlow/{broken}")
    for artifact, shown in {
        "foreign_vectors": "an artifact of a module that is not installed",
        "test_metric": "an artifact that is a string",
        "final_dataset": "playlists as the vectors",
    }.items():
        text = f'[model]\nflow = "TinyFlow"\nvectors = "{artifact}"'
        yield bad(shown, 1, "--gate-run={broken}", make=_config(text))
    for vectors_, keys, shown in (
        ("array", "", "an array without keys"),
        ("array", "no_frame", "keys of an array that are a mapping"),
        ("sound_vectors", "array_keys", "keys of vectors that have keys"),
    ):
        text = f'[model]\nflow = "TinyFlow"\nvectors = "{vectors_}"' + (f'\nkeys = "{keys}"' if keys else "")
        yield bad(shown, 1, "--gate-run={broken}", make=_config(text))
    for artifact, shown in {"final_dataset": "a frame with other columns", "no_frame": "not a frame"}.items():
        text = f'[model]\nflow = "TinyFlow"\nvectors = "sound_vectors"\nplaylists = "{artifact}"'
        yield bad(f"playlists: {shown}", 1, "--gate-run={broken}", make=_config(text))
    for name, status, reference in (
        ("a tag that no run has", 1, "nosuchtag"),
        ("a run that does not exist", 1, "TinyFlow/1"),
        ("a run that failed", 4, "TinyFlow/{failed}"),
        ("a flow that does not exist", 1, "NoFlow/1"),
        ("a file that does not exist", 1, "gone.npz"),
        ("a file that cannot be read", 1, "bad.npz"),
        ("a folder named `x.kv`", 1, "x.kv"),
    ):
        yield bad(
            f"`--gate-champion`: {name}",
            status,
            "--gate-run=TinyFlow/{tagged}",
            f"--gate-champion={reference}",
            make=_bad_champions,
        )
    yield Bad("the recorded champion has changed", 1, make=_recorded_champion("c.npz"))
    yield Bad("the recorded champion was deleted", 1, make=_recorded_champion("gone.npz"))
    yield Bad("the record of the champion is damaged", 1, make=_recorded_champion(""))
    yield Bad(
        "`--gate-champion=none --gate-promote` with files, while there is a champion",
        4,
        (*FILES, "--gate-champion=none", "--gate-promote"),
        _recorded_champion("c.npz"),
    )
    yield Bad("`--gate-champion=champion` with files", 4, (*FILES, "--gate-champion=champion"))
    yield bad(
        "`--gate-champion=none --gate-promote` while there is a champion",
        4,
        "--gate-run=TinyFlow/{tagged}",
        "--gate-champion=none",
        "--gate-promote",
    )
    yield bad("an artifact whose data was deleted", 1, "--gate-run=TinyFlow/{older}")
    yield bad("an artifact whose data is damaged", 1, "--gate-run=TinyFlow/{newest}")


def versions() -> Iterator[Bad]:
    """Yield unavailable versions of MLflow's registry, and unavailable champions."""
    server = {**ENVIRONMENT, "MLFLOW_TRACKING_URI": "{registry}"}
    readable = _config('[model]\nvectors = "v.npz"\nplaylists = "p.jsonl"')

    def bad(shown: str, status: int, *arguments: str, **more: Any) -> Bad:
        return Bad(shown, status, arguments, **{"environment": server, "make": readable, **more})

    for reference in ("tiny", "tiny/1/2"):
        yield bad(f"`--gate-run=models:/{reference}`", 4, f"--gate-run=models:/{reference}")
    yield bad("`--gate-namespace` with a version", 4, "--gate-run=models:/tiny/1", "--gate-namespace=user:carol")
    yield bad("`MLFLOW_TRACKING_URI` is not set", 1, "--gate-run=models:/tiny/1", environment=ENVIRONMENT)
    yield bad(
        "a server that does not answer",
        1,
        "--gate-run=models:/tiny/1",
        environment={**server, "MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"},
    )
    for reference, shown in {
        "nosuch/1": "a model that does not exist",
        "tiny/99": "a version that does not exist",
        "tiny@nosuch": "an alias that does not exist",
        "empty/latest": "a model without a version",
    }.items():
        yield bad(f"{shown}: `--gate-run=models:/{reference}`", 1, f"--gate-run=models:/{reference}")
    yield bad("no artifact of that name", 1, "--gate-run=models:/tiny/1", make=None)
    yield bad(
        "an artifact that cannot be read",
        1,
        "--gate-run=models:/tiny/1",
        make=_config('[model]\nvectors = "bad.npz"\nplaylists = "p.jsonl"'),
    )
    yield bad(
        "`--gate-champion` of a version that does not exist",
        1,
        "--gate-run=models:/tiny/1",
        "--gate-champion=models:/tiny/99",
    )


def outputs() -> Iterator[Bad]:
    """Yield invalid outputs."""

    def bad(typed: str, shown: str = "", make: Callable[[Path], object] | None = None, **more: Any) -> Bad:
        elsewhere = "--gate-verdict" in typed or typed == "--junitxml=quality_checks"
        return Bad(f"`{typed}`{shown}", 4, (*FILES, *typed.split()), make, leaves_earlier=elsewhere, **more)

    for path in ("v.npz", "p.jsonl", "quality_checks.toml", "conftest.py", "pytest.ini"):
        yield bad(f"--gate-verdict={path}", make=_config(""))
    yield bad("--gate-verdict=quality_checks")
    yield bad("--gate-verdict=notes.md", ", a user file", _notes)
    yield bad("--gate-verdict=/dev/full")
    yield bad("--gate-verdict=/dev/null")
    yield bad("--gate-verdict=/proc/v.json")
    yield bad("--gate-verdict=v.npz/verdict.json")
    yield bad(
        "--gate-verdict=link.json",
        ", a link to the vectors",
        lambda folder: (folder / "link.json").symlink_to("v.npz"),
    )
    yield bad(
        "--gate-verdict=hard.json",
        ", a hard link to the vectors",
        lambda folder: (folder / "hard.json").hardlink_to(folder / "v.npz"),
    )
    yield bad(
        "--gate-verdict=loop.json",
        ", a link to itself",
        lambda folder: (folder / "loop.json").symlink_to("loop.json"),
    )
    yield bad(
        "--html=lost.html",
        ", a link into a missing folder",
        lambda folder: (folder / "lost.html").symlink_to("gone/x"),
    )
    yield bad("--gate-verdict=pipe.json", ", a named pipe", lambda folder: os.mkfifo(folder / "pipe.json"))
    yield bad("--gate-verdict=report.html --html=report.html")
    yield bad(
        "--gate-verdict=x.json",
        ", beside a user file named `x.tracks.csv`",
        lambda folder: (folder / "x.tracks.csv").write_text("mine\n"),
    )
    yield bad(
        "--gate-verdict=locked/x.json",
        ", in a read-only folder",
        lambda folder: (folder / "locked").mkdir(mode=0o555),
        obeys_permissions=True,
    )
    for typed in (
        "--html=v.npz",
        "--html=verdict.json",
        "--html=/etc/passwd/x.html",
        "--html=quality_checks",
        "--html=verdict.tracks.csv",
        "--html=/dev/full",
    ):
        yield bad(typed)
    yield bad("--html=notes.md", ", a user file", _notes)
    yield bad("--html=pipe.html", ", a named pipe", lambda folder: os.mkfifo(folder / "pipe.html"))
    for typed in (
        "--junitxml=verdict.json",
        "--junitxml=v.npz",
        "--junitxml=quality_checks",
        "--junitxml=verdict.duplicates.csv",
    ):
        yield bad(typed)
    yield bad("--junitxml=notes.md", ", a user file", _notes)
    yield bad("--junitxml=x.html --html=x.html")
    yield bad("--log-file=verdict.json")
    yield bad("--log-file=v.npz")
    yield Bad(
        "`GITHUB_STEP_SUMMARY=verdict.json`",
        4,
        environment={"GITHUB_STEP_SUMMARY": "verdict.json"},
        leaves_earlier=True,
    )


SECTIONS: Mapping[str, Callable[[], Iterator[Bad]]] = {
    "Options": options,
    "Config": configs,
    "Vectors": vectors,
    "Vectors in the formats of word2vec and gensim": word2vec_and_gensim,
    "Vectors in other formats": other_vectors,
    "Playlists": playlists,
    "Playlists with one row per play": plays,
    "Runs and champions": runs,
    "Versions of MLflow's registry": versions,
    "Outputs": outputs,
}


# -- files --


def _config(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "quality_checks.toml").write_text(text)


def _unreadable_config(folder: Path) -> None:
    (folder / "quality_checks.toml").write_text("")
    (folder / "quality_checks.toml").chmod(0)


def _notes(folder: Path) -> None:
    (folder / "notes.md").write_text("mine\n")


def _bad_champions(folder: Path) -> None:
    (folder / "bad.npz").write_text("x")
    (folder / "x.kv").mkdir()


def _recorded_champion(name: str) -> Callable[[Path], None]:
    """Return a function that records a champion of another content than that of its file; "" for a damaged record."""
    files = [{"role": "vectors", "path": name, "sha256": "0" * 64}] if name else []
    record = {"schema": 1, "kind": "champion", "files": files, "at": "2026-01-01T00:00:00+00:00"}

    def make(folder: Path) -> None:
        shutil.copy(folder / "v.npz", folder / "c.npz")
        (folder / ".embedgate").mkdir()
        (folder / ".embedgate" / "champion-000001.json").write_text(json.dumps(record))

    return make


def _socket(folder: Path, name: str) -> None:
    before = Path.cwd()
    os.chdir(folder)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(name)
    finally:
        os.chdir(before)


def _cut(whole: Path, cut: Path) -> None:
    content = whole.read_bytes()
    cut.write_bytes(content[: len(content) // 2])


def _save(path: Path, array: Any) -> None:
    import numpy as np

    with path.open("wb") as file:
        np.save(file, array)


def _savez(path: Path, **arrays: Any) -> None:
    import numpy as np

    np.savez(path, **arrays)


def _kv(folder: Path, sep_limit: int = 10_000_000) -> Path:
    import numpy as np
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(4)
    vectors.add_vectors(["a", "b", "c"], np.eye(3, 4, dtype="f4"))
    vectors.save(str(folder / "x.kv"), sep_limit=sep_limit)
    return folder / "x.kv"


def _apart(folder: Path) -> Path:
    """Write x.kv with its vectors in a separate file, and return the path of that file."""
    path = folder / "x.kv.vectors.npy"
    if not path.exists():
        _kv(folder, sep_limit=0)
    return path


def _replaced(path: Path) -> Path:
    path.unlink()
    return path


def _copied(path: Path, to: Path) -> None:
    to.write_bytes(path.read_bytes())


def _safetensors(folder: Path, **tensors: Any) -> None:
    from safetensors.numpy import save_file

    save_file(tensors, folder / "x.safetensors")


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch ran",)


def _evil(path: Path) -> None:
    path.write_bytes(pickle.dumps(_Evil()))


def _parquet(folder: Path, row: Mapping[str, object]) -> Path:
    import pandas as pd

    pd.DataFrame([row]).to_parquet(folder / "x.parquet")
    return folder / "x.parquet"


# -- the runs --


@contextmanager
def open_to_all() -> Iterator[Path]:
    """Create a temporary folder that every user may read."""
    with tempfile.TemporaryDirectory(prefix="bad-inputs-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


class BadRuns:
    """Gate runs on invalid inputs, with a datastore in which some data are damaged, and a registry of MLflow.

    Args:
        forked: client that starts gate runs.
        folder: folder for the files, which every user may read; see `open_to_all`.
        datastore: the datastore, which is copied.
    """

    def __init__(self, forked: ForkedGate, folder: Path, datastore: Datastore) -> None:
        self._forked = forked
        self._folder = folder
        self._template = _template(folder / "template")
        store = _damaged(datastore, folder / "store")
        self._roles = {name: getattr(datastore, name) for name in ("failed", "broken", "tagged", "older", "newest")}
        self._roles["root"] = str(store)
        self._server: MlflowServer | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the server of MLflow, if it was started."""
        if self._server is not None:
            self._server.kill()

    def rows(self, section: str) -> list[Row]:
        """Run the gate on each input of a section."""
        if section == "Versions of MLflow's registry" and self._server is None:
            self._server = _registry(self._folder)
            self._roles["registry"] = self._server.url
        place = Path(tempfile.mkdtemp(dir=self._folder))
        place.chmod(0o755)
        return [self._run(bad, place / f"case-{number}") for number, bad in enumerate(SECTIONS[section]())]

    def _run(self, bad: Bad, folder: Path) -> Row:
        shutil.copytree(self._template, folder)
        folder.chmod(0o777)
        (folder / "verdict.json").write_text(STALE)
        (folder / "verdict.json").chmod(0o666)
        if bad.make is not None:
            bad.make(folder)
        arguments = [_filled(each, self._roles) for each in bad.arguments]
        plain = [] if any("html" in each for each in arguments) else ["-p", "no:html"]
        environment = {name: _filled(value, self._roles) for name, value in bad.environment.items()}
        if not bad.without_datastore:
            environment["METAFLOW_DATASTORE_SYSROOT_LOCAL"] = self._roles["root"]
        prepared: dict[str, Any] = {"obey_permissions": True} if bad.obeys_permissions else {}
        ended = self._forked(
            folder,
            "quality_checks",
            *plain,
            *arguments,
            environment={"TZ": "UTC", "COLUMNS": "80", **environment},
            without_map_process=True,  # no run computes a map
            end_at_once=True,
            **prepared,
        )
        return _row(bad, folder, ended, self._roles)


def _template(folder: Path) -> Path:
    import numpy as np

    (folder / "quality_checks").mkdir(parents=True)
    shutil.copy(ROOT / "quality_checks" / "test_integrity.py", folder / "quality_checks")
    (folder / "conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom fixtures import *\n")
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = {_WITHOUT}\n")
    np.savez(folder / "v.npz", keys=np.array(["a", "b", "c"]), vectors=np.eye(3))
    (folder / "p.jsonl").write_text('{"playlist_id": "p", "track_sequence": ["a", "b", "c"]}\n')
    return folder


def _damaged(datastore: Datastore, root: Path) -> Path:
    """Copy a datastore, delete the vectors of `older`, and damage those of `newest`."""
    shutil.copytree(datastore.root / ".metaflow", root / ".metaflow", symlinks=True)
    flow = root / ".metaflow" / "TinyFlow"
    for described in flow.rglob("*_artifact_*.json"):
        described.write_text(described.read_text().replace(str(datastore.root), str(root)))
    for run, damage in ((datastore.older, Path.unlink), (datastore.newest, _overwrite)):
        (described,) = (flow / run).glob("end/*/_meta/0_artifact_final_vectors.json")
        sha = json.loads(described.read_text())["sha"]
        damage(flow / "data" / sha[:2] / sha)
    return root


def _registry(folder: Path) -> MlflowServer:
    """Start a server with a model of one version, and a model without a version."""
    for name in ("v.npz", "p.jsonl"):
        shutil.copy(folder / "template" / name, folder / name)
    (folder / "bad.npz").write_bytes(b"hello")
    server = MlflowServer(folder).start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its imports use deprecated features
        from mlflow import MlflowClient

        client = MlflowClient(server.url)
        for model in ("tiny", "empty"):
            client.create_registered_model(model)
        run = client.create_run(client.create_experiment("tiny")).info.run_id
        for name in ("v.npz", "p.jsonl", "bad.npz"):
            client.log_artifact(run, str(folder / name))
        client.set_terminated(run)
        client.create_model_version("tiny", f"runs:/{run}", run_id=run)
    return server


def _overwrite(blob: Path) -> None:
    blob.write_bytes(b"damaged content")


def _filled(text: str, roles: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: roles[found[1]], text)


def _row(bad: Bad, folder: Path, ended: Ended, roles: Mapping[str, str]) -> Row:
    violations = [] if ended.status == bad.status else [f"exit status {ended.status}, expected {bad.status}"]
    violations += [f"the output contains {word}" for word in ("Traceback", "INTERNALERROR") if word in ended.output]
    if (folder / "ran").exists():
        violations.append("the pickle ran")
    violations += [f"left {path.name}" for path in folder.rglob("*.partial")]
    kind, message = "usage", _usage_message(ended.output)
    written = folder / "verdict.json"
    text = written.read_text() if written.is_file() else None
    if ended.status == 1:
        verdict = json.loads(text or "{}")
        error = verdict.get("error") or {}
        kind, message = error.get("kind", ""), error.get("message", "")
        if verdict.get("verdict") != "failed" or not kind:
            violations.append("no failed verdict with an error")
    elif text is not None and not (bad.leaves_earlier and text == STALE):
        violations.append("a verdict is left")
    if not message:
        violations.append(f"no message: {ended.output[-500:]!r}")
    return Row(bad.shown, ended.status, kind, _normal(message, folder, roles), tuple(violations))


def _usage_message(output: str) -> str:
    errors = re.findall(r"^ERROR: (.*(?:\n  .*)?)", output, re.MULTILINE)
    if errors and errors[0].startswith("usage:"):
        errors = re.findall(r"^.*: error: (.*)", output, re.MULTILINE)
    if not errors:
        return ""
    first, _, second = errors[0].partition("\n")
    return f"{first} {second.strip()}" if first.endswith(":") else first


def _normal(message: str, folder: Path, roles: Mapping[str, str]) -> str:
    """Return the first line of a message, without what differs between machines and runs."""
    first, _, second = message.partition("\n")
    text = f"{first} {second.strip()}" if first.endswith(":") and second else first
    if "registry" in roles:
        text = text.replace(roles["registry"], "URL")
    for path, name in ((str(folder), "FOLDER"), (roles["root"], "STORE")):
        text = text.replace(f"{path}/", "" if name == "FOLDER" else "STORE/").replace(path, name)
    text = re.sub(r"\b\d{16}\b", "N", text)
    text = re.sub(r"\b(Python|gensim|numpy|pandas|metaflow) \d[\w.]*", r"\1 V", text)
    text = re.sub(r"x{20,}", "xxx", text).replace("xxx...xxx", "xxx...").replace("'xxx'...", "'xxx...'")
    for tail in _TAILS:
        text = re.sub(tail, r"\1...", text)
    text = re.sub(r"0x[0-9a-f]{6,}", "0x...", text)
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE].rstrip()} ..."


# -- the page --

HEAD = """# Errors

The messages of a gate run for bad input. See [verdict.md](verdict.md) for all exit statuses.

- **Exit status 4**: a usage error. The command line, the config or an output path is wrong. No model is tested and no
  verdict is written; a verdict.json of an earlier run is removed. The message is printed to stderr.
- **Exit status 1**: a flow, run, artifact or file is unavailable or invalid. The verdict is `failed`; the table shows
  its `error.kind` and `error.message`. Each kind is a class in `embedgate.errors`.

Each row is one run of `pytest quality_checks` in which only the input named in the first column is bad. Messages show
`FOLDER` for the directory in which pytest was started, `STORE` for the root of the datastore, `URL` for the address
of MLflow, `N` for a run ID, `V` for a version and `...` for text that depends on a library. Long messages end in
` ...`.

This page is generated by `python -m tests.integration.bad_inputs > docs/errors.md`, and a test compares it with the
messages of the gate.
"""


def page(rows: Mapping[str, Sequence[Row]]) -> str:
    """Return the content of docs/errors.md."""
    return "\n".join([HEAD, *(section(name, those) for name, those in rows.items())])


def section(name: str, rows: Sequence[Row]) -> str:
    """Return a section of the page."""
    lines = [f"## {name}", "", "| input | status | error kind | message |", "| --- | --- | --- | --- |"]
    lines += [f"| {_cell(row.shown)} | {row.status} | {row.kind} | {_cell(row.message)} |" for row in rows]
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "; ").replace("\0", "\\0")


def main() -> None:
    """Print the page to stdout and violations to stderr."""
    with (
        open_to_all() as folder,
        ForkedGate(environment_of(folder)) as forked,
        BadRuns(forked, folder, make_datastore(folder / "made", folder / "home")) as runs,
    ):
        rows = {name: runs.rows(name) for name in SECTIONS}
    sys.stdout.write(page(rows))
    for row in (each for those in rows.values() for each in those if each.violations):
        sys.stderr.write(f"{row.shown}: {'; '.join(row.violations)}\n")


if __name__ == "__main__":
    main()
