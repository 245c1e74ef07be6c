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
from embedgate.material.word_lists import read_words, simplified_han

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
    (
        "夜に駆ける",
        "夜に駆ける（Remastered）",
        "夜に駆ける【Radio Edit】",
        "夜に駆ける（リマスター）",
        "夜に駆ける - 2011年リマスター",
        "夜に駆ける（ﾃﾞｼﾞﾀﾙ･ﾘﾏｽﾀｰ･ﾊﾞｰｼﾞｮﾝ）",
        "夜に駆ける（アルバム・バージョン）",
        "夜に駆ける（モノラル）",
    ),
    ("夜曲（現場版）", "夜曲 (现场版)", "夜曲 - Live", "夜曲（演唱會版）", "夜曲（ライブ）", "夜曲 (라이브버전)"),
    (
        "淘汰",
        "淘汰 (重製版)",
        "淘汰 (重制版)",
        "淘汰 (2011數位重製版)",
        "淘汰（重製）",
        "淘汰 - 2011 重製",
        "淘汰 [豪華版]",
        "淘汰（單曲版）",
    ),
    ("後來的我們", "后来的我们", "後來的我們 - Remastered"),
    (
        "Катюша",
        "Катюша (ремастер)",
        "Катюша - Ремастер 2011",
        "Катюша (ремастированная версия)",
        "Катюша (при участии Хора)",
        'Катюша (из кинофильма "Весна")',
        'Катюша - Из к/ф "Весна"',
    ),
    ("Катюша (Концерт)", "Катюша - Live", "Катюша (Концертная версия)", "Катюша (живое исполнение)"),
    ("إنت عمري", "انت عمرى", "إِنْتَ عُمْري", "انـــت عمري", "إنت عمري (ريماستر)", "إنت عمري - ريماستر ٢٠١١"),
    ("إنت عمري (لايف)", "انت عمري - Live", "انت عمري (حفلة)"),
    ("آهات", "اهات"),
    ("رؤيا", "رويا"),
    ("노래", "노래 (리마스터)", "노래 - 2011 리마스터 버전", "노래 (리마스터버전)"),
    ("Lied", "Lied (Remastert)", "Lied - Geremasterd", "Lied - Remastrad", "Lied (Zremasterowany)"),
    ("Lied (Liveversion)", "Lied (Live)", "Lied - Konzertmitschnitt", "Lied (Canlı)", "Lied (na żywo)"),
    (
        "Chanson",
        "Chanson (Version remasterisée)",
        "Chanson - Remasterizada",
        "Chanson - Versione rimasterizzata",
        "Chanson - Remasterizado 2025/ Edición 40 Aniversario",
    ),
    ("Chanson (En public)", "Chanson - En concert", "Chanson (En vivo)", "Chanson (Dal vivo)", "Chanson (Ao vivo)"),
    ("The Matrix", "Matrix, The", "MATRIX, THE", "Matrix, The (Remastered)", "Matrix, The - Radio Edit"),
    ("L'Étranger", "Étranger, L'", "Etranger, L’"),
    ("Das Boot", "Boot, Das"),
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
    ("猫 ～ライブ～", "猫", "live"),
    ("猫（日本語版）", "猫", "version:日本语"),
    ("猫（武道館ライブ）", "猫", "live:武道馆"),
    ("猫（ライブ・アット・武道館）", "猫", "live:アット 武道馆"),
    ("猫（インストゥルメンタル）", "猫", "instrumental"),
    ("淘汰 (2019小巨蛋演唱會)", "淘汰", "live:2019小巨蛋"),
    ("淘汰 (國語版)", "淘汰", "version:国语"),
    ("淘汰 (伴奏)", "淘汰", "instrumental"),
    ("밤편지 (Inst.)", "밤편지", "instrumental"),
    ("猫 (TV size)", "猫", "excerpt"),
    ("猫（TVサイズ）", "猫", "excerpt"),
    ("猫 - Off Vocal Ver.", "猫", "instrumental"),
    ("猫 -2014リマスター-", "猫", ""),
    ("Катюша - Концерт в Москве", "катюша", "live:в москве"),
    ("إنت عمري - حفلة القاهرة", "انت عمري", "live:القاهره"),
    ("Canción (En Vivo Desde Buenos Aires)", "cancion", "live:desde buenos aires"),
    ("Lied (Akustikversion)", "lied", "acoustic"),
    ("เพลง (แสดงสด)", "เพลง", "live"),
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
    "猫（ライブラリー）", "猫（出会い）", "猫（重製人生）", "ライブ", "現場", "Концерт", "Концерт для скрипки",
    "Concierto de Aranjuez", "Romanze (für Violine & Orchester)", "Vivo (Vivo por ti)", "Tyler, The Creator",
    "The, A", "Oh (Me, The)",
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
    ("夜曲（現場版）", "夜曲"),
    ("猫（ライブ）", "猫"),
    ("Катюша (Концерт)", "Катюша"),
    ("Катюша - Концерт 1", "Катюша - Концерт 2"),
    ("猫（英語版）", "猫（日本語版）"),
    ("ماء", "ما"),
    ("The Matrix", "Matrix"),
    ("Toy Story 2", "Toy Story 3"),
    ("Phone 128 GB", "Phone 256 GB"),
    ("Phone - 128 GB", "Phone - 256 GB"),
    ("Phone (128 GB)", "Phone (256 GB)"),
]
"""Pairs of different recordings."""

ITEMS = [
    ("TV 55", "TV 55 - HD"),
    ("Speaker - Mono", "Speaker - Stereo"),
    ("Phone 128 GB", "Phone 256 GB"),
    ("Phone (128 GB)", "Phone"),
    ("Toy Story 2", "Toy Story 3"),
    ("Toy Story (1995)", "Toy Story (2025)"),
    ("Game - Deluxe Edition", "Game"),
    ("Film - Live", "Film"),
    ("Kabel (Version 2)", "Kabel"),
    ("映画（リマスター）", "映画"),
]
"""Pairs of different items that are no music."""

TRANSLATED = [
    (language, english, word)
    for table in ("translated", "alone")
    for language, words in read_words("versions")[table].items()
    for english, translations in words.items()
    for word in translations
]

FRAGMENTS = re.findall(
    r"\S+",
    "( ) [ 】 - – ' \" '' / ; ! ? $ & + … 1,000 a.b. 🔥 live remix feat. ft with from The Pt. II 12\" 2011 i x "
    "remaster re-mastered mix version tiësto и\u0306 が \u0301 w/ radio edit by cover of take 1 in "
    "ライブ リマスター版 現場版 重製 演唱會 Концерт ремастер ريماستر أغنية إ ى ٢ 라이브버전 en vivo , The A L' "
    "liveversion แสดงสด",
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


@pytest.mark.parametrize(("language", "english", "word"), TRANSLATED)
def test_translated_word_is_read_as_the_english_word(language: str, english: str, word: str) -> None:
    """Unknown words beside `Mono` would belong to the song."""
    as_in_english = parse_title(f"Song - {english} Mono".replace("inconcert", "live"))

    assert as_in_english.song == "song"
    assert parse_title(f"Song - {word} Mono") == as_in_english, language


@pytest.mark.parametrize(
    ("word", "english"), [(word, english) for _, english, word in TRANSLATED if english in ("edit", "mix", "version")]
)
def test_translated_forms_name_a_version_with_a_distinguishing_word(word: str, english: str) -> None:
    assert parse_title(f"Song - 7 {word}") == parse_title(f"Song - 7 {english}")
    assert parse_title(f"Song - 7 {word}").version in ("remix:7", "version:7")


@pytest.mark.parametrize(("one", "other"), ITEMS)
def test_titles_of_other_items_have_no_versions(one: str, other: str) -> None:
    assert parse_title(one, "none") != parse_title(other, "none")
    assert parse_title(one, "none") == Title(fold(one), "")


def test_article_is_moved_in_titles_of_other_items() -> None:
    assert parse_title("Matrix, The (1999)", "none") == parse_title("The Matrix (1999)", "none")


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
        ("周杰倫", "周杰伦"),
        ("أم كلثوم", "ام كلثوم"),
        ("مکه", "مكه"),
        ("٢٠١١", "2011"),
        ("२०११", "2011"),
        ("Beatles, The", "the beatles"),
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
def test_titles_of_other_items_are_parsed_idempotently(text: str) -> None:
    song = parse_title(text, "none").song
    assert parse_title(song, "none").song == song


def test_simplified_characters_are_not_simplified_further() -> None:
    pairs = simplified_han()
    assert len(pairs) > 2000
    assert pairs.keys().isdisjoint(pairs.values())


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
     "\u0301\u0316", "é", "🔥", "  ", "take ", "re ", ", the", ", the ",
     "live", "ライブ", "ライ", "版", "라이브", "en vivo "],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{} x", "Song ({} x mix)", "Song - {} 1", "Song (x mix {})"])
def test_parsing_takes_linear_time(piece: str, frame: str) -> None:
    title = frame.format(piece * (100_000 // len(piece)))
    start = time.process_time()
    parse_title(title)
    assert time.process_time() - start < 2  # quadratic time would take minutes
