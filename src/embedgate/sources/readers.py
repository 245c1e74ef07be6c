"""Find readers by suffix: those of embedgate, and those that other packages install as entry points.

An entry point of the group `embedgate.readers` is named for what it reads and for its suffix: `vectors.ann`,
`playlists.avro`. It refers to a function from a path to vectors or playlists, which is imported when a file with this
suffix is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn, TypeVar

from embedgate.errors import ArtifactUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.metadata import EntryPoint
    from pathlib import Path

T = TypeVar("T")
Role = Literal["vectors", "playlists"]

GROUP = "embedgate.readers"
_NAME = re.compile(r"(vectors|playlists)((?:\.[a-z0-9_-]+)+)")


@dataclass(frozen=True)
class InstalledReader:
    """A reader that another package installs.

    Attributes:
        entry_point: where the function is.
    """

    entry_point: EntryPoint

    def __str__(self) -> str:
        """Return the name of the reader in messages."""
        package = self.entry_point.dist
        of = f" of {package.name} {package.version}" if package else ""
        return f"the reader {self.entry_point.name!r}{of} ({self.entry_point.value})"

    def read(self, path: Path) -> object:
        """Import the function, and read a file with it.

        Raises:
            ArtifactUnreadable: if the function cannot be imported, or raises.
        """
        doing = "could not be imported"
        try:
            function = self.entry_point.load()
            doing = "failed"
            return function(path)
        except MemoryError:
            raise
        except Exception as error:  # code of another package may raise anything; the message names it
            cause = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
            raise ArtifactUnreadable(
                f"file {path}: {self} {doing}: {cause:.300}. Report this to the authors of that package, or save the "
                "file in another format"
            ) from error


def with_installed(
    role: Role, built_in: Mapping[str, Callable[[Path], T]], convert: Callable[[object, str], T]
) -> dict[str, Callable[[Path], T]]:
    """Return the readers of a role by suffix: the given ones, and those that are installed.

    A suffix with several readers is refused when it is read: which of them reads it would depend on the environment.

    Args:
        role: what is read.
        built_in: the readers of embedgate by suffix.
        convert: function from what an installed reader returns, and its name in messages, to what is read.
    """

    def reader_of(found: InstalledReader) -> Callable[[Path], T]:
        return lambda path: convert(found.read(path), f"file {path}, read by {found},")

    readers = dict(built_in)
    for suffix, found in _installed(role):
        if suffix in readers:
            readers[suffix] = _refusal(suffix, found)
        else:
            readers[suffix] = reader_of(found)
    return readers


def misnamed() -> list[str]:
    """Return the installed readers whose names do not say what they read."""
    return [str(found) for found in _all() if _NAME.fullmatch(found.entry_point.name) is None]


def _installed(role: Role) -> Iterator[tuple[str, InstalledReader]]:
    for found in _all():
        named = _NAME.fullmatch(found.entry_point.name)
        if named is not None and named[1] == role:
            yield named[2], found


def _all() -> Iterator[InstalledReader]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - only a run that reads files needs it

    yield from map(InstalledReader, sorted(entry_points(group=GROUP)))


def _refusal(suffix: str, found: InstalledReader) -> Callable[[Path], NoReturn]:
    def refuse(path: Path) -> NoReturn:
        raise ArtifactUnreadable(
            f"file {path}: there are several readers for {suffix}, one of which is {found}. "
            "Uninstall it, or give the file another suffix"
        )

    return refuse
