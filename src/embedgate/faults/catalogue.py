"""All faults and harmless changes, in the order in which they are reported."""

from __future__ import annotations

from embedgate.faults import corrupted, harmless, misaligned, training, vocabulary
from embedgate.faults.fault import Fault

_SHARES = (0.005, 0.02, 0.05, 0.2, 1.0)
_UP_TO_HALF = (0.005, 0.02, 0.05, 0.2, 0.5)
_PARTS = (0.1, 0.25, 0.5, 0.75, 1.0)

FAULTS: tuple[Fault, ...] = (
    Fault(
        id="misaligned.keys",
        accident="Keys and vectors are exported from two lists whose order differs.",
        severity="share of the tracks",
        ladder=_SHARES,
        change=misaligned.keys_shuffled,
    ),
    Fault(
        id="misaligned.within_genres",
        accident="Shards by genre are sorted again before the export.",
        severity="share of each genre's tracks",
        ladder=_SHARES,
        change=misaligned.keys_shuffled_within_genres,
    ),
    Fault(
        id="misaligned.within_artists",
        accident="A join by artist name alone assigns an artist's vectors to any of its tracks.",
        severity="share of each artist's tracks",
        ladder=_PARTS,
        change=misaligned.keys_shuffled_within_artists,
    ),
    Fault(
        id="misaligned.shifted",
        accident="A row is lost or a header is read as a row: all rows behind it belong to the next key.",
        severity="share of the rows",
        ladder=_SHARES,
        change=misaligned.rows_shifted,
    ),
    Fault(
        id="misaligned.two_runs",
        accident="Shards of two training runs are concatenated: each has its own coordinate system.",
        severity="share of the tracks",
        ladder=_UP_TO_HALF,
        change=misaligned.rows_of_another_run,
    ),
    Fault(
        id="training.undertrained",
        accident="The training stops early, or the learning rate is too low.",
        severity="share of the training that is missing",
        ladder=(0.25, 0.5, 0.75, 0.9, 0.97),
        change=training.undertrained,
    ),
    Fault(
        id="training.genre_untrained",
        accident="The playlists of a genre are missing in the training data.",
        severity="share of the genre's signal that is lost",
        ladder=_PARTS,
        change=training.genre_untrained,
    ),
    Fault(
        id="training.artist_untrained",
        accident="The data of an artist are filtered out: a licence, or a wrong id.",
        severity="share of the artist's signal that is lost",
        ladder=_PARTS,
        change=training.artist_untrained,
    ),
    Fault(
        id="training.no_signal",
        accident="Tracks are shuffled between playlists before training: co-occurrence has no meaning.",
        severity="share of the signal that is lost",
        ladder=_PARTS,
        change=training.no_signal,
    ),
    Fault(
        id="training.popularity_only",
        accident="Without subsampling or with skewed negative sampling, a model learns plays alone.",
        severity="share of the signal that is replaced by popularity",
        ladder=_PARTS,
        change=training.popularity_only,
    ),
    Fault(
        id="training.hubs",
        accident="Playlists of bots contain a few popular tracks beside arbitrary ones.",
        severity="share of the tracks",
        ladder=_SHARES,
        change=training.hubs,
    ),
    Fault(
        id="training.collapsed",
        accident="Too few negative samples, or a divergent learning rate: all vectors get one direction.",
        severity="share of the way to the common direction",
        ladder=(0.25, 0.5, 0.75, 0.9, 0.99),
        change=training.collapsed,
    ),
    Fault(
        id="training.stale",
        accident="An old artifact is deployed again: tracks that are new in the playlists have no vector.",
        severity="share of the playlists that are newer than the model",
        ladder=(0.1, 0.25, 0.5, 0.75, 0.9),
        change=training.stale,
    ),
    Fault(
        id="corrupted.noise",
        accident="Vectors are anonymized, compressed or quantized too strongly.",
        severity="standard deviations of noise",
        ladder=(0.25, 0.5, 1.0, 2.0, 4.0),
        change=corrupted.noise,
    ),
    Fault(
        id="corrupted.signs",
        accident="Shards of a factorization are joined whose components have opposite signs.",
        severity="share of the tracks",
        ladder=_UP_TO_HALF,
        change=corrupted.signs_flipped,
    ),
    Fault(
        id="corrupted.dimensions",
        accident="A column of the export is sorted, or comes from another file.",
        severity="share of the dimensions",
        ladder=(0.05, 0.1, 0.25, 0.5, 1.0),
        change=corrupted.dimensions_corrupted,
    ),
    Fault(
        id="corrupted.rank",
        accident="Vectors pass through a projection, or most dimensions were never trained.",
        severity="share of the principal components that is lost",
        ladder=(0.25, 0.5, 0.75, 0.9, 1.0),
        change=corrupted.rank_truncated,
    ),
    Fault(
        id="corrupted.zero_rows",
        accident="Missing vectors are filled with zeros.",
        severity="share of the tracks",
        ladder=_SHARES,
        change=corrupted.zero_rows,
    ),
    Fault(
        id="corrupted.nan_rows",
        accident="A division by zero, or an overflow of half precision.",
        severity="share of the tracks",
        ladder=_SHARES,
        change=corrupted.nan_rows,
    ),
    Fault(
        id="corrupted.constant_rows",
        accident="Missing vectors are filled with the mean.",
        severity="share of the tracks",
        ladder=_SHARES,
        change=corrupted.constant_rows,
    ),
    Fault(
        id="vocabulary.lost",
        accident="A partition of the training data is missing, or min_count is too high.",
        severity="share of the tracks",
        ladder=_UP_TO_HALF,
        change=vocabulary.tracks_lost,
    ),
    Fault(
        id="vocabulary.most_played_lost",
        accident="A filter of outliers or stop words removes the most frequent keys.",
        severity="number of tracks",
        ladder=(1, 5, 20, 50, 100),
        change=vocabulary.most_played_lost,
    ),
    Fault(
        id="vocabulary.genre_lost",
        accident="A filter removes a part of the catalogue.",
        severity="share of the genre's tracks",
        ladder=_PARTS,
        change=vocabulary.genre_lost,
    ),
    Fault(
        id="vocabulary.duplicates",
        accident="One recording is ingested with several ids.",
        severity="share of the tracks",
        ladder=_SHARES,
        change=vocabulary.duplicates_added,
    ),
    Fault(
        id="vocabulary.normalized",
        accident="Keys are normalized in training and not in the playlists, or ids are read as decimal numbers.",
        severity="share of the keys",
        ladder=_SHARES,
        change=vocabulary.keys_normalized,
    ),
)
HARMLESS: tuple[Fault, ...] = (
    Fault(
        id="harmless.rotated",
        accident="Every training has its own coordinate system.",
        severity="none",
        ladder=(1.0,),
        change=harmless.rotated,
    ),
    Fault(
        id="harmless.scaled",
        accident="Another learning rate or a normalization changes the lengths of all vectors.",
        severity="factor",
        ladder=(0.01, 100.0),
        change=harmless.scaled,
    ),
    Fault(
        id="harmless.reordered",
        accident="The export writes the rows in another order.",
        severity="none",
        ladder=(1.0,),
        change=harmless.reordered,
    ),
    Fault(
        id="harmless.half_precision",
        accident="Vectors are stored as float16.",
        severity="none",
        ladder=(1.0,),
        change=harmless.half_precision,
    ),
    Fault(
        id="harmless.eight_bits",
        accident="Vectors are stored as int8.",
        severity="none",
        ladder=(1.0,),
        change=harmless.eight_bits,
    ),
    Fault(
        id="harmless.dimension_added",
        accident="The model has one dimension more.",
        severity="none",
        ladder=(1.0,),
        change=harmless.dimension_added,
    ),
)
BY_ID = {fault.id: fault for fault in (*FAULTS, *HARMLESS)}
