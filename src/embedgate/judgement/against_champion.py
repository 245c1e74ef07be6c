"""All that the champion's checks measure and judge, at once: for figures, calibration and benchmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from embedgate.judgement.checks import CHECKS, Check, cases
from embedgate.judgement.outcomes import judge
from embedgate.measures.champion import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from embedgate.config import Settings
    from embedgate.judgement.outcomes import Result
    from embedgate.measures.comparison import Comparison
    from embedgate.measures.measurement import Measurement


class Measured(NamedTuple):
    """What one check measured; its id has its slug."""

    check_id: str
    check: Check
    measurement: Measurement


def measured(
    found: Comparison, settings: Settings, wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[Measured]:
    """Measure what each of the champion's checks measures, where its id is wanted."""
    for check in CHECKS:
        if check.id in MEASURES:
            for slug, subject in cases(check.per, settings):
                check_id = f"{check.id}[{slug}]" if slug else check.id
                if wanted(check_id):
                    genre = subject if isinstance(subject, str) else None
                    yield Measured(check_id, check, MEASURES[check.id](found, genre))


def judged(found: Comparison, settings: Settings, wanted: Callable[[str], bool] = lambda _: True) -> list[Result]:
    """Judge them as the checks do."""
    return [
        judge(
            check_id,
            check,
            measurement,
            settings.of_check(check_id),
            held_out=found.pair.candidate.held_out,
            calibrated=settings.bands.limit_of(check_id),
        )
        for check_id, check, measurement in measured(found, settings, wanted)
    ]
