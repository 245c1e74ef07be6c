"""deepchecks: multivariate drift of a frame whose columns are the dimensions, with its default condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from deepchecks.tabular import Dataset
from deepchecks.tabular.checks import MultivariateDrift

if TYPE_CHECKING:
    from pathlib import Path


def compare(champion: Path, candidate: Path) -> tuple[bool, float]:
    """Return whether the condition is broken, and the drift score: 2 AUC - 1 of a classifier of the two spaces."""
    check = MultivariateDrift().add_condition_overall_drift_value_less_than()
    # the importance of dimensions takes minutes, is only displayed, and does not change the score
    found = check.run(_data(champion), _data(candidate), with_display=False, feature_importance_timeout=0)
    return not found.passed_conditions(), float(found.value["domain_classifier_drift_score"])


def _data(file: Path) -> Dataset:
    return Dataset(pd.DataFrame(np.load(file)).rename(columns=str), cat_features=[])
