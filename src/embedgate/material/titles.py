"""Temporary."""
from dataclasses import dataclass
@dataclass(frozen=True, slots=True)
class Title:
    song: str
    version: str
def fold(text: str) -> str: return text.casefold().strip()
def parse_title(title: str) -> Title:
    return Title(fold(title.split(' - ')[0].split(' (')[0]), '')
