"""Playlist names as people write them: with a genre, without one, and with decoys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

_GENRE_WORDS: Mapping[str, Sequence[str]] = {
    "rock": ("rock", "Rock", "ROCK", "HardRock", "classic rock", "Indie Rock"),
    "metal": ("metal", "Metal", "METAL", "Heavy Metal", "ThrashMetal"),
    "pop": ("pop", "Pop", "POP", "PowerPop", "synth pop"),
    "rap": ("rap", "Rap", "RAP", "Hip Hop", "hip-hop", "HipHop", "hip hop"),
    "rnb": ("R&B", "r&b", "RnB", "rnb"),
    "country": ("country", "Country", "COUNTRY", "OutlawCountry"),
    "electronic": ("electronic", "Electronic", "EDM", "edm", "electro"),
    "jazz": ("jazz", "Jazz", "JAZZ", "CoolJazz", "vocal jazz"),
    "classical": ("classical", "Classical", "classical music"),
    "latin": ("latin", "Latin", "LATIN", "LatinHeat"),
}
_FRAMES = (
    "{}",
    "{} ",
    "my {}",
    "90s {}",
    "best of {}",
    "{} - best of",
    "{} classics",
    "{} 🎸",
    "🔥 {} 🔥",
    "{} workout",
    "{} roads",
    "{} caviar",
    "{} (2019)",
    "old school {}",
    "100% {}",
    "{}, mostly",
    "{}/favourites",
    "#{}",
    "Friday - {}",
    "{} for the road",
    "Dad's {}",
    "{}_mix",
)
_NEUTRAL = (
    "Summer 2019",
    "roadtrip",
    "chill",
    "💔",
    "liked",
    "Monday - gym",
    "car",
    "sleep 😴",
    "party",
    "mix",
    "for Anna",
    "study - night",
    "wedding",
    "throwback",
    "2007",
    "running",
    "☀️",
    "good stuff",
    "new",
    "kitchen",
    "l'été",
    "rainy days",
    "oldies but goldies",
    "work - focus",
    "favs <3",
)
DECOYS = (
    "trap house",
    "therapy",
    "wrapped 2023",
    "scrap",
    "rocket league",
    "rockets & sparklers",
    "popcorn night",
    "population me",
    "jazzercise",
    "countryside",
    "metallic blue",
    "platinum hits",
    "classically yours",
    "graph paper",
)
_USERS = ("mia", "tom", "lena", "dj", "user", "anna", "k8", "sam", "rio", "zoe", "max", "noor", "yuki", "pablo")


def name_of_user(rng: np.random.Generator) -> str:
    """Draw a user name such as `mia_87`, without a dash."""
    return f"{_USERS[rng.integers(len(_USERS))]}_{rng.integers(1, 10_000)}"


def name_with_genre(genre: str, rng: np.random.Generator) -> str:
    """Draw a name that contains the genre as a word: `90s Rock`, `HardRock`, `hip-hop - best of`."""
    words = _GENRE_WORDS[genre]
    return _FRAMES[rng.integers(len(_FRAMES))].format(words[int(rng.integers(len(words)))])


def name_with_two_genres(first: str, second: str, rng: np.random.Generator) -> str:
    """Draw a name such as `rock & pop`."""
    joiner = (" & ", " + ", " / ", " and ")[int(rng.integers(4))]
    return f"{_GENRE_WORDS[first][0]}{joiner}{_GENRE_WORDS[second][0]}"


def name_without_genre(rng: np.random.Generator) -> str:
    """Draw a neutral name, or a decoy that contains a genre only as a part of another word."""
    if rng.random() < 0.2:
        return DECOYS[rng.integers(len(DECOYS))]
    return _NEUTRAL[rng.integers(len(_NEUTRAL))]
