"""The tables of recorded candidates."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from benchmarks.power.sets import side_by_side
from benchmarks.power.targets import noticed, precision, rows
from embedgate.statistics import binomial_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_STRATA = ("sparse", "dense", "no artists", "few epochs", "other algorithm")


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Return the tables as Markdown: harmless candidates by stratum and by kind, harmful ones by kind."""
    lines = sorted(lines, key=lambda line: line["world"])
    unsound = [line for line in lines if "unsound" in line]
    judged = with_usual_warnings([line for line in lines if "unsound" not in line])
    harmless = [line for line in judged if not line["harmful"]]
    harmful = [line for line in judged if line["harmful"]]
    worlds = len({line["world"] for line in judged})
    parts = [
        f"{worlds} worlds; {len(unsound)} more were left out: their training learns nothing from the playlists.",
        "\n## Harmless candidates\n",
        "| candidates | number | stopped | 95 % interval | warned |",
        "| --- | --- | --- | --- | --- |",
        _harmless("all", harmless),
        *(_harmless(name, [line for line in harmless if name in line["strata"]]) for name in _STRATA),
        *(_harmless(kind, of_kind) for kind, of_kind in by_kind(harmless)),
        "",
        _checks("stopped by", harmless, "failed"),
        _checks("warned by", harmless, "warned"),
        "\n## Faults\n",
        "| fault | number | stopped | 95 % interval | stopped or warned | named | precision | recall | invisible |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_fault(kind, of_kind) for kind, of_kind in by_kind(harmful)),
        "\n## Targets\n",
        "| target | candidates | share | 95 % interval | target | |",
        "| --- | --- | --- | --- | --- | --- |",
        *(row.markdown() for row in rows(judged, _STRATA)),
        precision(judged),
        *side_by_side(judged, _STRATA),
    ]
    return "\n".join(parts)


def with_usual_warnings(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the checks that warn for every sound retrain of a world: a property of the world, not of a candidate."""

    def checks(line: dict[str, Any]) -> list[str]:
        return [shown.partition("=")[0] for shown in line["warned"]]

    usual: dict[int, set[str]] = {}
    for line in lines:
        if not line["harmful"]:
            usual[line["world"]] = usual.get(line["world"], set(checks(line))) & set(checks(line))
    return [{**line, "warned": checks(line), "usual": sorted(usual[line["world"]])} for line in lines]


def by_kind(lines: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the kinds in the order of their first candidates, each with its candidates."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        kinds.setdefault(line["kind"], []).append(line)
    return list(kinds.items())


def _share(lines: Sequence[dict[str, Any]], holds: Callable[[dict[str, Any]], bool]) -> tuple[int, str]:
    count = sum(map(holds, lines))
    if not lines:
        return 0, "–"
    low, high = binomial_interval(count, len(lines))
    return count, f"{low:.1%} to {high:.1%}"


def _harmless(name: str, lines: Sequence[dict[str, Any]]) -> str:
    stopped, interval = _share(lines, lambda line: bool(line["failed"]))
    warned = sum(bool(line["warned"]) and not line["failed"] for line in lines)
    return f"| {name} | {len(lines)} | {stopped} | {interval} | {warned} |"


def _fault(kind: str, lines: Sequence[dict[str, Any]]) -> str:
    told = [line for line in lines if line["visible"] is not False]
    stopped, interval = _share(told, lambda line: bool(line["failed"]))
    noticing = sum(map(noticed, told))
    named = sum(line["named"] for line in told)
    precision, recall = (_mean(line[name] for line in told) for name in ("precision", "recall"))
    return (
        f"| {kind} | {len(told)} | {stopped} | {interval} | {noticing} | {named} | {precision} | {recall} | "
        f"{len(lines) - len(told)} |"
    )


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.2f}" if known else "–"


def _checks(verb: str, lines: Sequence[dict[str, Any]], outcome: str) -> str:
    counted = Counter(shown.partition("[")[0].partition("=")[0] for line in lines for shown in line[outcome])
    return f"{verb}: {', '.join(f'{check} {times}' for check, times in counted.most_common()) or 'nothing'}"
