"""Titles as they are written in music catalogues."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from embedgate.material.folding import fold
from embedgate.material.titles import Title, parse_title

DUPLICATES = [
    ("Hello", "HELLO", "hello ", "Hello - Remastered", "Hello [Remastered]", "Hello (2011 Remaster)"),
    (
        "Bohemian Rhapsody",
        "Bohemian Rhapsody - 2011 Remaster",
        "Bohemian Rhapsody - Remastered 2011",
        "Bohemian Rhapsody (2015 Remastered Version)",
        "Bohemian Rhapsody - Remastered Version",
        "Bohemian Rhapsody - 2004 Digital Remaster",
        "Bohemian Rhapsody - Digitally Remastered 04",
        "Bohemian Rhapsody - Re-mastered 07",
        "Bohemian Rhapsody - Original Stereo Version; 2006 Remaster",
        "Bohemian Rhapsody - 2005 - Remaster",
        "Bohemian Rhapsody - 50th Anniversary Edition",
        "Bohemian Rhapsody - 40th Anniversary Version / 2010 Remastered",
        "Bohemian Rhapsody - 2012 Collection Remaster",
        "Bohemian Rhapsody - Mono / Remastered",
        "Bohemian Rhapsody - Remasterizado",
    ),
    (
        "Levels",
        "Levels - Radio Edit",
        "Levels (Radio Edit)",
        "Levels - Original Version",
        "Levels - Original Mix",
        "Levels - Single Version (Mono)",
        "Levels - Album Version",
        "Levels - UK Radio Edit",
        "Levels - U.S. Radio Edit",
        'Levels - 7" Version',
        "Levels - 7'' Original Edit",
        "Levels - Original Mix (Album Edit)",
        "Levels - Edit",
        "Levels - 2019 Mix",
        "Levels - Explicit Album Version",
        "Levels - Amended Album Version",
        "Levels [Mixed]",
        "Levels (Mix Cut)",
        "Levels - Stereo Mix",
        "Levels - Deluxe Edition",
        "Levels (Deluxe)",
        "Levels (Expanded Edition)",
        "Levels - Int'l Bonus Track",
        "Levels (Explicit)",
        "Levels [Clean]",
        "Levels (Official Video)",
        "Levels (Official Lyric Video) [HD]",
        "Levels - Non-LP Version",
        "Levels - Previously Unreleased",
    ),
    (
        "Danger Zone",
        'Danger Zone - From "Top Gun" Original Soundtrack',
        "Danger Zone - From “Top Gun”",
        "Danger Zone (From the Motion Picture Top Gun)",
        'Danger Zone - From "Top Gun" Soundtrack / Remastered 2006',
        "Danger Zone - Original Motion Picture Soundtrack",
        "Danger Zone - Top Gun Soundtrack Version",
        "Danger Zone (from the Netflix film 'Top Gun')",
        "Danger Zone (From The Vault)",
        "Danger Zone - OST Top Gun",
        'Danger Zone - Music From The Motion Picture "Top Gun"',
    ),
    (
        "SexyBack",
        "SexyBack (feat. Timbaland)",
        "SexyBack feat. Timbaland",
        "SexyBack ft. Timbaland",
        "SexyBack Featuring Timbaland - Main Version - Explicit",
        "SexyBack - feat. Timbaland",
        "SexyBack (with Timbaland)",
        "SexyBack (with The Roots)",
        "SexyBack (w/ Timbaland)",
        "SexyBack [Prod. by Timbaland]",
        "SexyBack (feat. Timbaland [of Magoo]) - Radio Edit [Remastered]",
        "SexyBack (Duet with Timbaland)",
    ),
    ("Don't Stop", "Dont Stop", "Don’t Stop", "Don´t Stop", "DON`T STOP!", "Don't… Stop"),
    ("S.O.S.", "SOS", "s.o.s"),
    ("Nice & Slow", "Nice and Slow", "Nice + Slow", "Nice ＆ Slow"),
    ("Café Tiësto", "Cafe Tiesto", "CAFÉ TIËSTO", "Cafe\u0301 Tie\u0308sto"),
    ("Smørrebrød Łódź", "Smorrebrod Lodz"),
    ("10,000 Hours", "10000 Hours"),
    ("Ke$ha P!nk", "Kesha Pink"),
    ("Ｈｅｌｌｏ　Ｗｏｒｌｄ", "Hello World", "Hello\u200b \u200eWorld\x00", "Hello\tWorld\n"),
    ("Елка", "Ёлка", "ЁЛКА"),
    ("קקטוס", "קַקטוּס"),
    ("Ταξίδι", "ΤΑΞΙΔΙ"),
    ("夜に駆ける", "夜に駆ける（Remastered）", "夜に駆ける【Radio Edit】"),
    ("Hold You (Hold Yuh)", "Hold You - Hold Yuh", "Hold You — Hold Yuh", "Hold You [Hold Yuh]"),
    (
        "Another Brick in the Wall, Pt. 2",
        "Another Brick in the Wall (Part II)",
        "Another Brick In The Wall - Part Two",
    ),
    (
        "(Sittin' On) The Dock of the Bay",
        "(Sittin’ On) the Dock of the Bay - Mono",
        "(Sittin' On) The Dock of the Bay [Remastered]",
    ),
    (
        "Shades - Live",
        "Shades (Live)",
        "Shades [Live Version]",
        "Shades – Ao Vivo",
        "Shades (feat. X) - Live / Remastered",
    ),
    ("Shades - Live at Wembley '86", "Shades (Live at Wembley, 86)", "Shades [Live in Wembley 86] - 2011 Remaster"),
    (
        "Shades - Tiësto Remix",
        "Shades (Tiesto Remix)",
        "Shades [TIËSTO REMIX] - Radio Edit",
        "Shades - Tiësto Radio Edit",
    ),
    ("Shades - Extended Mix", "Shades (Extended)", 'Shades - 12" Version', "Shades - Original 12-Inch Mix"),
    ("Peaches (Remix)", "Peaches (Remix) feat. Ludacris, Usher & Snoop Dogg", "Peaches - Remix; feat. Ludacris"),
    ("All Too Well (Taylor's Version)", "All Too Well (Taylor’s Version) (From The Vault)"),
    ("Jungle - Slowed + Reverb", "Jungle (slowed & reverb)", "Jungle - Slowed"),
]
"""Each row contains titles of one recording."""

VERSIONS = [
    ("Hello - Live", "hello", "live"),
    ("Hello - Remastered 2011 - Live", "hello", "live"),
    ("Bohemian Rhapsody - Live at Wembley '86", "bohemian rhapsody", "live:wembley 86"),
    ("Song 2 [Live from Spotify NYC]", "song 2", "live:spotify nyc"),
    ("Nothing - Live 1988", "nothing", "live:1988"),
    (
        "Stop That Train - Live At The Sundown Theatre, Edmonton, UK / May 1973",
        "stop that train",
        "live:sundown theatre edmonton uk may 1973",
    ),
    ("Elevation - 2005 Live From Milan", "elevation", "live:2005 milan"),
    (
        "Never Too Much - Live at Radio City Music Hall, New York",
        "never too much",
        "live:radio city music hall new york",
    ),
    ("Pardon Me - Acoustic; Live", "pardon me", "acoustic+live"),
    ("I'll Make Love to You - Live On MTV Unplugged", "ill make love to you", "live:mtv+unplugged"),
    ("Wicked Game - Recorded Live at Jungle City", "wicked game", "live:jungle city+session"),
    ("Papercut - Recorded at Spotify Studios NYC", "papercut", "session:spotify studios nyc"),
    ("Papercut - Radio 1 Session", "papercut", "session:1"),
    ("Papercut (BBC Session)", "papercut", "session:bbc"),
    ("Ignition - Remix", "ignition", "remix"),
    ("Waves - Robin Schulz Radio Edit", "waves", "remix:robin schulz"),
    ("Shades (Skrillex Remix)", "shades", "remix:skrillex"),
    ("Shades - Club Mix", "shades", "remix:club"),
    ("Shades - Purple Disco Machine Edit", "shades", "remix:purple disco machine"),
    ("Shades - Dirty South Remix", "shades", "remix:dirty south"),
    ("Shades - 2011 Remix", "shades", "remix:2011"),
    ("Shades - Tiësto Extended Remix", "shades", "extended+remix:tiesto"),
    ("Shades - Hollatronix Remix by Diplo", "shades", "remix:hollatronix diplo"),
    ("Shades - VIP Mix", "shades", "vip"),
    ("Shades (Dub) [feat. Maverick Sabre]", "shades", "dub"),
    ("SOS - Acoustic Piano", "sos", "acoustic+piano"),
    ("Ruin My Life - Piano Version", "ruin my life", "piano"),
    ("Ruin My Life - Orchestral Version", "ruin my life", "orchestral"),
    ("Ruin My Life (A Cappella)", "ruin my life", "acapella"),
    ("Ruin My Life - Stripped Back", "ruin my life", "stripped"),
    ("Over (Instrumental) - Bonus Track", "over", "instrumental"),
    ("Over (Karaoke Version)", "over", "karaoke"),
    ("Over - Demo Version", "over", "demo"),
    ("Over (The National Cover)", "over", "cover:national"),
    ("Let's Get It Up (as made famous by AC/DC)", "lets get it up", "cover:ac dc"),
    ("Over - Rehearsal", "over", "rehearsal"),
    ("Over - Outtake", "over", "outtake"),
    ("Over - Take 2", "over", "take:2"),
    ("Over - Alternate Take", "over", "alternate"),
    ("Over - Sped Up", "over", "sped up"),
    ("Over - Slowed + Reverb", "over", "slowed"),
    ("Over (Reprise)", "over", "reprise"),
    ("X Gon' Give It to Ya - Re-Recorded / Remastered", "x gon give it to ya", "rerecorded"),
    ("Bad Blood (Taylor's Version)", "bad blood", "version:taylors"),
    ("Despacito - Spanish Version", "despacito", "version:spanish"),
    ("Despacito (English Ver.)", "despacito", "version:english"),
    ("Leave (Get Out) - 2018", "leave get out", "version:2018"),
    ("Another Brick in the Wall, Pt. 2 - Live", "another brick in the wall part 2", "live"),
    ('Danger Zone - From "Top Gun" / Karaoke Version', "danger zone", "karaoke"),
    ("(I Can't Get No) Satisfaction - Live", "i cant get no satisfaction", "live"),
    ("Dance (A$$) Remix", "dance ass", "remix"),
    ("Live - Live", "live", "live"),
    ("??? (Live)", "???", "live"),
    ("猫 〜THE FIRST TAKE ver.〜", "猫", "version:first take"),
]
"""Title, song and version."""

WITHOUT_SUFFIX = [
    "Live", "(Live)", "- Live", "Demo", "Remix", "Radio Edit", "Stereo", "Mono", "Deluxe", "Clean",
    "Acoustic", "1999", "2011", "Instrumental", "Feat", "Featherstone", "With", "Part", "Live Forever",
    "Live and Let Die", "Cover Me", "Take Five", "Take On Me", "Remix to Ignition", "Alive", "Delivered",
    "Monody", "Demons", "With or Without You", "Dancing With Myself", "50 Ft", "Six Ft Under", "(feat. X)",
    "Stan (Don't Go)", "Stuck (In the Mix)", "Home (Run for Cover)", "Home (The Way We Live)",
    "Home (Live Your Life)", "Home (Dying to Live)", "Sleeping - With My Headphones On",
    "Broken (With You)", "Home (From Me to You)", "(I Can't Get No) Satisfaction",
    "(You Make Me Feel Like) A Natural Woman", "Violin Concerto in E Major - 1st Movement",
    "Born Slippy (Nuxx)", "Night Shift", "Drift Away", "No Small Feat", "Intro (Skit)",
    "Waka Waka (This Time for Africa)", "Clean Up (Mono No Aware)", "Swan Lake: Dance of the Swans",
    "Mozart - Sonata No. 16", "Beethoven - Piano Sonata No. 14", "Grand Theft Autumn / Where Is Your Boy",
]  # fmt: skip
"""Titles without a suffix."""

DISTINCT = [
    ("Another Brick in the Wall, Pt. 1", "Another Brick in the Wall, Pt. 2"),
    ("Pray - Pt. 1 / Remastered 2002", "Pray"),
    ("Stan (Don't Go)", "Stan"),
    ("🔥", "💔"),
    ("I ❤ You", "I You"),
    ("мой", "мои"),
    ("が", "か"),
    ("+", "-"),
    ("!!!", "???"),
    ("1+1", "11"),
    ("1.1", "11"),
    ("Hello - Live at Wembley", "Hello - Live in Paris"),
    ("Hello - Live", "Hello - Live in Paris"),
    ("Hello (Skrillex Remix)", "Hello (Tiësto Remix)"),
    ("Born Slippy - Nuxx / Remastered", "Born Slippy - Remastered"),
    ("Lord - Interlude", "Lord"),
    ("Letter to God (1974)", "Letter to God (1983)"),
    ("Hello - New Version", "Hello"),
    ("Demon", "Demo"),
]
"""Pairs of different recordings."""

FRAGMENTS = re.findall(
    r"\S+",
    "( ) [ 】 - – ' \" '' / ; ! ? $ & + … 1,000 a.b. 🔥 live remix feat. ft with from The Pt. II 12\" 2011 i x "
    "remaster re-mastered mix version tiësto и\u0306 が \u0301 w/ radio edit by cover of take 1 in",
)
TEXTS = st.one_of(
    st.text(),
    st.text(st.characters(categories=("L", "M", "N", "P", "S", "Z", "Cs", "Cf", "Cc"))),
    st.lists(st.sampled_from(FRAGMENTS)).map(" ".join),
)


def has_visible_character(text: str) -> bool:
    return any(unicodedata.category(character)[0] not in "ZC" for character in text)


@pytest.mark.parametrize("titles", DUPLICATES, ids=lambda titles: titles[0])
def test_titles_of_one_recording_are_equal(titles: tuple[str, ...]) -> None:
    assert {title: parse_title(title) for title in titles} == dict.fromkeys(titles, parse_title(titles[0]))


@pytest.mark.parametrize("titles", DUPLICATES, ids=lambda titles: titles[0])
def test_titles_of_different_recordings_differ(titles: tuple[str, ...]) -> None:
    assert sum(parse_title(others[0]) == parse_title(titles[0]) for others in DUPLICATES) == 1


@pytest.mark.parametrize(("title", "song", "version"), VERSIONS)
def test_title_is_split_into_song_and_version(title: str, song: str, version: str) -> None:
    assert parse_title(title) == Title(song, version)


@pytest.mark.parametrize("title", WITHOUT_SUFFIX)
def test_titles_without_suffix_keep_all_words(title: str) -> None:
    part_as_written = fold(title).replace("pt ", "part ")
    assert parse_title(title) == Title(part_as_written, "")


@pytest.mark.parametrize(("one", "other"), DISTINCT)
def test_similar_titles_of_different_recordings_differ(one: str, other: str) -> None:
    assert parse_title(one) != parse_title(other)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("AC/DC", "ac dc"),
        ("Florence + The Machine", "florence and the machine"),
        ("Guns N' Roses", "guns n roses"),
        ("A$AP Rocky", "asap rocky"),
        ("will.i.am", "will i am"),
        ("R.E.M.", "rem"),
        ("Sigur Rós", "sigur ros"),
        ("Måneskin", "maneskin"),
        ("Straße", "strasse"),
        ("İstanbul ılık", "istanbul ilik"),
        ("방탄소년단", "방탄소년단"),
        ("ｶﾞｷﾞ", "ガギ"),
        ("!!!", "!!!"),
        ("( )", "()"),
        ("®", "®"),
        ("", ""),
        (" \t\x00\u200b", ""),
    ],
)
def test_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("title", ["", " ", "\n", "\x00", "\u200b\u200e"])
def test_blank_title_has_no_song(title: str) -> None:
    assert parse_title(title) == Title("", "")


@given(TEXTS)
@example("( (-")
@example("\ud800")
@example("'re-\u0301")
def test_any_text_is_parsed(text: str) -> None:
    title = parse_title(text)
    assert title.song or not has_visible_character(text)
    assert "\0" not in title.song
    assert fold(text) or not has_visible_character(text)


@given(TEXTS)
def test_parsing_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    song = parse_title(text).song
    assert parse_title(song) == Title(song, "")


@given(TEXTS)
def test_case_is_ignored(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)
    assert parse_title(text.upper()) == parse_title(text.lower()) == parse_title(text)


@given(st.text(min_size=1))
def test_surrounding_white_space_is_ignored(text: str) -> None:
    assert parse_title(f" \u3000{text}\t") == parse_title(text)


@pytest.mark.parametrize(
    "piece",
    ["(", "()", "(a) ", "a - ", "- ", '"', '" ', "feat. ", "remaster ", "a.", "1,", "1 ", "$", ";", "(from the ",
     "\u0301\u0316", "é", "🔥", "  ", "take ", "re "],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{} x", "Song ({} x mix)", "Song - {} 1", "Song (x mix {})"])
def test_parsing_takes_linear_time(piece: str, frame: str) -> None:
    title = frame.format(piece * (100_000 // len(piece)))
    start = time.process_time()
    parse_title(title)
    assert time.process_time() - start < 2  # quadratic time would take minutes
