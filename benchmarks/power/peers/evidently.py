"""Evidently: drift of embeddings, with its default method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from evidently.metrics.embeddings import ModelDriftMethod

if TYPE_CHECKING:
    from pathlib import Path

_BOOTSTRAPPED_BELOW = 1000


def compare(champion: Path, candidate: Path) -> tuple[bool, float]:
    """Return whether drift is detected, and the ROC AUC of a classifier that tells the two spaces apart.

    `EmbeddingsDrift` computes the same score, and a t-SNE picture, which takes a minute and is not needed.
    """
    reference, current = (_frame(file) for file in (champion, candidate))
    method = ModelDriftMethod(bootstrap=len(reference) < _BOOTSTRAPPED_BELOW)
    score, detected, _ = method(current, reference)
    return bool(detected), float(score)


def _frame(file: Path) -> pd.DataFrame:
    return pd.DataFrame(np.load(file)).rename(columns=str)
