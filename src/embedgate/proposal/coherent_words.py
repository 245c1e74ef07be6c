"""Words of playlist names that say which tracks a playlist contains.

The playlists are split into halves. In one half, each track gets a score for a word: how often the playlists that
contain it have the word in their name. In the other half, the scores of the tracks of a playlist are averaged, and
they should tell the playlists with the word from those without: for `jazz` they do, for `my` they do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from embedgate.material.query_sample import popularity_bins
from embedgate.proposal.name_words import Spellings, playlists_with
from embedgate.statistics import SEED, average_ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from embedgate.material.playlists import Playlists

MIN_PLAYLISTS = 4
"""Two in each half."""
LEVEL = 0.01
"""Probability that any of the words is called coherent by chance."""
_MAX_WORDS = 200
_MAX_PLAYLISTS = 50_000
_MAX_COPIES = 1_000  # playlists of a word among which copies are looked for
_MIN_USERS = 20
_ONE_PERCENT = 2.326  # standard normal quantile


@dataclass(frozen=True)
class CoherentGenre:
    """Words that mean the same playlists.

    Attributes:
        words: the most frequent first.
        playlists: number of playlists that any of them names.
        auc: how well the tracks of a playlist tell whether the first word is in its name, mean of the two halves.
    """

    words: tuple[str, ...]
    playlists: int
    auc: float

    @property
    def name(self) -> str:
        """The first word."""
        return self.words[0]


@dataclass(frozen=True, eq=False)
class WordEvidence:
    """The words that enough playlists have, and how well tracks predict them.

    Attributes:
        words: spellings of w words, the most frequent first.
        named: whether each playlist has each word, shape (p, w).
        scores: mean score of the tracks of each playlist, from the other half, shape (p, w).
        usable: whether a playlist counts for a word: no copy of another one that does, shape (p, w).
        half: half of each playlist, shape (p,).
        auc: mean of both halves, shape (w,).
        z: the same as a standard normal deviate, shape (w,).
    """

    words: tuple[Spellings, ...]
    named: NDArray[np.bool_] = field(repr=False)
    scores: NDArray[np.floating] = field(repr=False)
    usable: NDArray[np.bool_] = field(repr=False)
    half: NDArray[np.bool_] = field(repr=False)
    auc: NDArray[np.float64] = field(repr=False)
    z: NDArray[np.float64] = field(repr=False)

    @property
    def critical(self) -> float:
        """The deviate that a coherent word exceeds."""
        from scipy.special import ndtri  # noqa: PLC0415 - heavy

        return -float(ndtri(LEVEL / max(1, len(self.words))))

    @property
    def incoherent(self) -> list[str]:
        """The words that the tracks do not predict, the most frequent first."""
        return [words[0] for words, z in zip(self.words, self.z, strict=True) if z <= self.critical]

    def genres(self, most: int) -> list[CoherentGenre]:
        """Return genres of coherent words, those with the most evidence first.

        A word is left out if at least half of its playlists have another genre's word in their name (`heavy` beside
        `metal`). A word that the tracks cannot tell from that of a genre, and whose playlists the genre's scores
        predict, is another word of that genre (`edm` beside `electronic`).

        Args:
            most: number of genres; further words may only be added to them.
        """
        found: list[list[int]] = []
        for word in np.argsort(-self.z, kind="stable").tolist():
            if self.z[word] <= self.critical:
                break
            if any(self._share_with(word, other) >= 0.5 for genre in found for other in genre):
                continue
            alike = [genre for genre in found if self._is_alike(word, genre[0])]
            if len(alike) == 1:
                alike[0].append(word)
            elif not alike and len(found) < most and not self._is_entangled(word, found):
                found.append([word])
        for genre in found:  # named by the most frequent word
            genre.sort(key=lambda word: -int(self.named[:, word].sum()))
        return [
            CoherentGenre(
                tuple(spelling for word in genre for spelling in self.words[word]),
                int(self.named[:, genre].any(axis=1).sum()),
                float(self.auc[genre[0]]),
            )
            for genre in found
        ]

    def _share_with(self, word: int, other: int) -> float:
        both = self.named[:, word] & self.named[:, other]
        return float(both.sum() / max(1, self.named[:, word].sum()))

    def _is_alike(self, word: int, other: int) -> bool:
        return not self._differ(word, other) and self._predicts(word, other) and self._predicts(other, word)

    def _is_entangled(self, word: int, found: list[list[int]]) -> bool:
        """Return whether a word can be neither told from that of a genre nor added to it."""
        return any(not self._differ(word, genre[0]) for genre in found)

    def _differ(self, word: int, other: int) -> bool:
        """Return whether the tracks tell the playlists of two words from each other, at the level of 1 %.

        They must do so at least half as well as they tell the first word from all others: in many playlists, any
        difference is significant.
        """
        score = self.scores[:, word] - self.scores[:, other]
        only = self.named[:, word] != self.named[:, other]
        only &= np.where(self.named[:, word], self.usable[:, word], self.usable[:, other])
        auc, deviate = self._test(score, self.named[:, word], only)
        return deviate > _ONE_PERCENT and 2 * (auc - 0.5) >= self.auc[word] - 0.5

    def _predicts(self, word: int, other: int) -> bool:
        """Return whether the scores of a word predict the playlists that have the other word alone."""
        within = ~self.named[:, word] & self.usable[:, other]
        return self._test(self.scores[:, word], self.named[:, other], within)[1] > _ONE_PERCENT

    def _test(
        self, score: NDArray[np.floating], label: NDArray[np.bool_], within: NDArray[np.bool_]
    ) -> tuple[float, float]:
        """Return the AUC and the deviate of both halves."""
        first, second = (_auc(score[half], label[half]) for half in (self.half & within, ~self.half & within))
        return (first[0] + second[0]) / 2, (first[1] + second[1]) / sqrt(2)


def weigh_words(
    playlists: Playlists, number_of: NDArray[np.integer], tracks: int, user_separator: str = ""
) -> WordEvidence | None:
    """Measure how well tracks predict each word of the playlists' names.

    Playlists of one user are in the same half if there are enough users. Of the playlists of a word that share more
    than half of the larger one's tracks only one counts, since copies would predict each other. Scores are relative
    to tracks of the same popularity: a word for popular tracks is none.

    Args:
        playlists: p playlists with t distinct tracks.
        number_of: number in the vocabulary of each of the t tracks, -1 if it is not in it, shape (t,).
        tracks: size of the vocabulary.
        user_separator: see `Playlists.searched_names`.

    Returns:
        None if no word is in the names of enough playlists.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 - heavy

    names = playlists.searched_names(user_separator)
    rng = np.random.default_rng(SEED)
    drawn = np.sort(rng.permutation(len(playlists))[:_MAX_PLAYLISTS])
    found = playlists_with([names[number] for number in drawn])
    words = [word for word, where in found.items() if len(where) >= MIN_PLAYLISTS][:_MAX_WORDS]
    if not words:
        return None
    named = np.zeros((len(drawn), len(words)), dtype=bool)
    for column, word in enumerate(words):
        named[found[word], column] = True
    playlist, track = playlists.distinct_plays(number_of)
    listens = csr_array((np.ones(len(track), np.float32), (playlist, track)), shape=(len(playlists), tracks))[drawn]
    half = _halves([playlists.ids[number] for number in drawn], user_separator, rng)
    usable = np.ones_like(named)
    for column in range(len(words)):
        rows = np.flatnonzero(named[:, column])
        usable[rows[_copies(listens[rows])], column] = False
    scores = np.zeros(named.shape, dtype=np.float32)
    for learnt in (half, ~half):
        rows = np.flatnonzero(~learnt)
        scores[rows] = _scores(listens[np.flatnonzero(learnt)], (named & usable)[learnt], listens[rows])
    tests = [
        [
            _auc(scores[each & usable[:, word], word], named[each & usable[:, word], word])
            for word in range(len(words))
        ]
        for each in (half, ~half)
    ]
    auc, z = np.array(tests).transpose(2, 0, 1)
    return WordEvidence(tuple(words), named, scores, usable, half, auc.mean(axis=0), z.sum(axis=0) / sqrt(2))


def _halves(ids: Sequence[str], separator: str, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw half of the users, or of the playlists if there are no users, or few have most of the playlists."""
    owners = [playlist.partition(separator)[0] if separator else playlist for playlist in ids]
    _, owner, sizes = np.unique(np.array(owners, dtype=object), return_inverse=True, return_counts=True)
    if len(sizes) < _MIN_USERS or sizes.max() > len(ids) / 4:
        owner = np.arange(len(ids))
    return np.asarray((rng.permutation(int(owner.max()) + 1) % 2 == 0)[owner])


def _copies(listens: csr_array) -> list[int]:
    """Return the rows most of whose tracks are those of an earlier row that is not returned itself."""
    some = listens[:_MAX_COPIES]
    sizes = np.asarray(some.sum(axis=1)).ravel()
    alike = 2 * (some @ some.T).toarray() > np.maximum.outer(sizes, sizes)
    copies: list[int] = []
    kept = np.ones(len(sizes), dtype=bool)
    for row in range(1, len(sizes)):
        if alike[row, :row][kept[:row]].any():
            kept[row] = False
            copies.append(row)
    return copies


def _scores(learnt: csr_array, named: NDArray[np.bool_], judged: csr_array) -> NDArray[np.floating]:
    """Return the mean score of the tracks of each judged playlist for each word.

    The score of a track is the logarithm of the share of its playlists that have the word, relative to all playlists
    (with one pseudo-count) and to the tracks of the same popularity.
    """
    plays = np.asarray(learnt.sum(axis=0)).ravel()
    share = np.maximum(named.mean(axis=0), 1e-9).astype(np.float32)
    score = np.log((learnt.T @ named.astype(np.float32) + share) / (plays[:, None] + 1) / share)
    bins = np.unique_inverse(popularity_bins(plays.astype(np.int64))).inverse_indices
    sums = np.zeros((int(bins.max(initial=0)) + 1, score.shape[1]), dtype=np.float64)
    np.add.at(sums, bins, score)
    score -= (sums / np.maximum(np.bincount(bins), 1)[:, None])[bins]
    lengths = np.maximum(np.asarray(judged.sum(axis=1)).ravel(), 1)
    return np.asarray((judged @ score) / lengths[:, None])


def _auc(score: NDArray[np.floating], label: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the AUC and its standard normal deviate under permuted labels (Mann and Whitney 1947)."""
    inside, outside = int(label.sum()), int((~label).sum())
    if not inside or not outside:
        return 0.5, 0.0
    auc = (float(average_ranks(score)[label].sum()) - inside * (inside + 1) / 2) / (inside * outside)
    return auc, (auc - 0.5) / sqrt((inside + outside + 1) / (12 * inside * outside))
