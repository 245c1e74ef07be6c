"""The engine: the result of any shipped check, each measured and judged once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from embedgate.judgement.check_measures import CheckInput, measure, own_bound
from embedgate.judgement.checks import cases, check_of
from embedgate.judgement.outcomes import Result, judge

if TYPE_CHECKING:
    from embedgate.judgement.checks import Check


class Engine:
    """Measures and judges checks when they are asked for.

    Args:
        given: the model's measurements, the settings and the earlier champions.
    """

    def __init__(self, given: CheckInput) -> None:
        self._given = given
        self._results: dict[str, Result] = {}

    def result(self, check_id: str) -> Result:
        """Return the result of a shipped check; a second call returns the same one.

        Args:
            check_id: with its slug, such as `separation.space[rock]`.

        Raises:
            KeyError: if there is no such check.
        """
        if check_id not in self._results:
            self._results[check_id] = self._evaluate(check_id)
        return self._results[check_id]

    def _evaluate(self, check_id: str) -> Result:
        started = time.perf_counter()
        check, settings = check_of(check_id), self._given.settings
        subject = self._subject(check_id, check)
        result = judge(
            check_id,
            check,
            measure(check.id, subject, self._given),
            settings.of_check(check_id),
            held_out=settings.model.playlists_role == "held_out",
            own_bound=own_bound(check.id, subject, self._given),
            calibrated=settings.bands.limit_of(check_id),
        )
        return result.lasting(time.perf_counter() - started)

    def _subject(self, check_id: str, check: Check) -> object:
        slug = check_id.removeprefix(check.id).strip("[]")
        return dict(cases(check.per, self._given.settings))[slug]
