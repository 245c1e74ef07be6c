"""Search the files of the repository for the phrases in banned_phrases.txt.

    python scripts/banned_phrases.py

Exits with 1 if there are any. Case, line breaks and underscores make no difference.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SEARCHED = ("*.py", "*.md", "*.toml", "*.js", "*.html", "*.jinja", "*.css", "*.yml", "*.yaml")


@dataclass(frozen=True)
class BannedPhrase:
    """A line `regular expression => replacement` of banned_phrases.txt."""

    pattern: re.Pattern[str]
    replacement: str

    @classmethod
    def parse(cls, line: str) -> BannedPhrase:
        """Let each space of the expression also match a line break with a comment sign, and an underscore."""
        phrase, replacement = line.split(" => ")
        pattern = phrase.replace(" ", r"[\s#*_]+")
        return cls(re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.IGNORECASE), replacement.strip())


def banned_phrases() -> list[BannedPhrase]:
    """Read banned_phrases.txt."""
    lines = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    return [BannedPhrase.parse(line) for line in lines if line and not line.startswith("#")]


def find(text: str, phrases: list[BannedPhrase]) -> Iterator[tuple[int, str, str]]:
    """Yield the line number, the text and the replacement of each banned phrase in a text."""
    for phrase in phrases:
        for match in phrase.pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), phrase.replacement


def main(root: Path = ROOT) -> int:
    """Print every banned phrase in the files that git tracks. Return the exit status."""
    phrases = banned_phrases()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *SEARCHED], cwd=root, check=True, capture_output=True, text=True
    )
    found = [
        f"{name}:{line}: {phrase!r} is a banned phrase; write: {replacement}"
        for name in listed.stdout.split("\0")[:-1]
        for line, phrase, replacement in sorted(find((root / name).read_text(encoding="utf-8"), phrases))
    ]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
