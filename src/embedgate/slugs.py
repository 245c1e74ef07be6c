"""Short ASCII names for check ids."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_LENGTH = 40


def slug(text: str) -> str:
    """Return an ASCII slug: lower case, without accents, with one dash in place of other characters.

    The slug of a name without ASCII letters and digits is a short hash of it.
    """
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    short = re.sub(r"[^a-z0-9]+", "-", ascii_.lower()).strip("-")[:_MAX_LENGTH].rstrip("-")
    return short or "x" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def unique_slugs(texts: Iterable[str]) -> list[str]:
    """Return one slug per text; see `unique`."""
    return unique(map(slug, texts))


def unique(names: Iterable[str]) -> list[str]:
    """Return the names; the next free number is appended to a name that is already used."""
    taken: set[str] = set()
    found = []
    for plain in names:
        candidate = plain
        number = 2
        while candidate in taken:
            candidate = f"{plain}-{number}"
            number += 1
        taken.add(candidate)
        found.append(candidate)
    return found
