"""docs/titles.md, from the parser of titles and its word lists: `python scripts/titles_page.py > docs/titles.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedgate.material.titles import parse_title
from embedgate.material.word_lists import read_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LANGUAGES = {
    "ja": "Japanese",
    "zh": "Chinese",
    "ko": "Korean",
    "ru": "Russian",
    "uk": "Ukrainian",
    "ar": "Arabic",
    "hi": "Hindi",
    "th": "Thai",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "it": "Italian",
    "nl": "Dutch",
    "scandinavian": "Swedish, Norwegian, Danish",
    "pl": "Polish",
    "tr": "Turkish",
}
AS_WRITTEN = {
    "bonustrack": "bonus track",
    "coverof": "cover of",
    "lofi": "lo-fi",
    "rerecorded": "re-recorded",
    "spedup": "sped up",
    "taken": "take 2",
}
"""How titles write words that the parser replaces."""
SAME = {
    "a remaster or an anniversary edition": ("Levels", "Levels - 2011 Remaster", "Levels (50th Anniversary Edition)"),
    "a form of release": ("Levels", "Levels - Radio Edit", "Levels - Single Version (Mono)", "Levels [Explicit]"),
    "guests and producers": ("SexyBack", "SexyBack (feat. Timbaland)", "SexyBack [Prod. by Timbaland]"),
    "the film that a song is from": ("Danger Zone", 'Danger Zone - From "Top Gun" Original Soundtrack'),
    "spelling": ("Café Tiësto", "CAFE TIESTO"),
    "an article at the end": ("The Matrix", "Matrix, The"),
    "the number of a part": ("Another Brick in the Wall, Pt. 2", "Another Brick in the Wall (Part II)"),
    "the same concert": ("Shades - Live at Wembley '86", "Shades [Live in Wembley 86] - 2011 Remaster"),
    "other languages": ("夜に駆ける", "夜に駆ける（リマスター）", "夜に駆ける（アルバム・バージョン）"),
    "a concert in another language": ("夜曲（現場版）", "夜曲 - Live", "夜曲（ライブ）"),
}
APART = {
    "a live recording": ("Hello", "Hello - Live", "Hello - Live at Wembley", "Hello - Live in Paris"),
    "a remix": ("Shades", "Shades - Remix", "Shades (Skrillex Remix)", "Shades (Tiësto Remix)", "Shades - Club Mix"),
    "an arrangement": ("Over", "Over - Acoustic", "Over (Instrumental)", "Over (Karaoke Version)", "Over - Demo"),
    "a new recording": ("Bad Blood", "Bad Blood (Taylor's Version)", "Bad Blood - Re-Recorded"),
    "a language": ("猫", "猫（日本語版）", "猫（英語版）"),
    "a part": ("Another Brick in the Wall, Pt. 1", "Another Brick in the Wall, Pt. 2"),
    "an unknown suffix": ("Lord", "Lord - Interlude"),
    "words that only look like a suffix": ("Home", "Home (The Way We Live)", "Home (Run for Cover)"),
    "a suffix at the start": ("Natural Woman", "(You Make Me Feel Like) A Natural Woman"),
}
HEAD = """# Titles

Duplicates are tracks of one artist whose titles name the same recording and whose vectors are close
(`[duplicates] cosine`). A title is parsed into a song and a version, from its suffix: text in brackets or after a
dash, but not at the start. Two titles name the same recording if both are equal.

- **Words about the release** are dropped: remaster, radio edit, mono, deluxe, soundtrack, guests.
- **Words about the recording** are the version: live, remix, demo, acoustic, a language. The name of a concert or a
  remixer belongs to the version.
- **All other words** belong to the song. If in doubt, two titles are different: a duplicate that is not found costs
  less than a track that is dropped by mistake.

Spelling is folded first: case, accents, punctuation, width, traditional and simplified Han, Arabic spelling.

`[duplicates] versions = "none"` turns these words off, for items that are not music: `TV 55` and `TV 55 - HD` are two
items. Only spelling is folded.

The page is generated from the parser and its word lists, `embedgate/material/words/versions.toml`, which states the
sources of the words. To see how a title is parsed:

    from embedgate.material.titles import parse_title

    print(parse_title("Levels - 2011 Remaster"))      # Title(song='levels', version='')
"""


def page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *_examples(), *_words()])


def _examples() -> Iterator[str]:
    for title, groups in (("The same recording", SAME), ("Different recordings", APART)):
        yield f"## {title}\n\n| what differs | title | song | version |\n| --- | --- | --- | --- |"
        for what, titles in groups.items():
            for number, each in enumerate(titles):
                parsed = parse_title(each)
                version = f"`{parsed.version}`" if parsed.version else ""
                yield f"| {'' if number else what} | `{each}` | `{parsed.song}` | {version} |"
        yield ""


def _words() -> Iterator[str]:
    words = read_words("versions")
    versions = {**words["kinds"], "with another word, such as `Club Mix`": " ".join(words["forms"].values())}
    yield "## Words\n\n| version | words |\n| --- | --- |"
    for kind, listed in {**versions, "dropped": words["other"]["release"]}.items():
        shown = [AS_WRITTEN.get(word, word) for word in listed.split() if word != "inconcert"]
        yield f"| {kind} | {', '.join(shown)} |"
    yield "\n## Words of other languages\n"
    yield "| language | dropped | of a version |\n| --- | --- | --- |"
    dropped = {*words["other"]["release"].split(), *words["other"]["filling"].split(), "feat", "inspired by"}
    for language, name in LANGUAGES.items():
        tables = [words[table].get(language, {}) for table in ("translated", "alone")]
        yield f"| {name} | {_listed(tables, dropped, inside=True)} | {_listed(tables, dropped, inside=False)} |"
    yield ""


def _listed(tables: list[Mapping[str, list[str]]], dropped: set[str], *, inside: bool) -> str:
    """Return the words whose English word is dropped, or the others."""
    return ", ".join(
        word
        for table in tables
        for english, translations in table.items()
        if (english in dropped) == inside
        for word in translations
    )


if __name__ == "__main__":
    print(page(), end="")
