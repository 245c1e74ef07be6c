"""The list of checks: id, severity, where the bound comes from. docs/checks.md is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb, inf
from typing import TYPE_CHECKING, Literal

from embedgate.config import Severity, covers
from embedgate.errors import ConfigError
from embedgate.judgement.bands import Band
from embedgate.judgement.bounds import Bound, at_least, at_most
from embedgate.measures.genre_pairs import MOST_PAIRS
from embedgate.measures.map_faithfulness import LEAST_TRUSTWORTHINESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedgate.config import Config, Settings

Per = Literal["model", "genre", "pair", "known"]
Kind = Literal["at_least", "at_most"]
_UNBOUNDED = (-inf, inf)
_RANGE_OF = {
    "count": (0.0, inf),
    "share": (0.0, 1.0),
    "number": (0.0, 1.0),
    "factor": (0.0, inf),
    "difference": (-1.0, 1.0),
    "spreads": (-inf, inf),
}
"""Smallest and largest value by unit, unless a check says otherwise."""
COLLAPSE = 0.8
"""Mean cosine: 0.23 to 0.56 in sound spaces, 0.91 after one epoch instead of fifteen, 1 when all is one."""
LEAST_PLAYS, LEAST_PLAYLISTS = 0.01, 0.10
_SMALLEST = 5e-324


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is fixed about a check.

    Attributes:
        id: family and name; one check a genre, pair or known track adds its slug in brackets.
        question: the question, as docs and report put it.
        severity: unless the user says otherwise.
        severity_held_out: where it differs when the playlists were kept out of training.
        severity_calibrated: where the band was calibrated on retrains.
        bound: a documented constant, where there is one; the user's bound replaces it.
        own_direction: which bound the user may set; left out, that of `bound` or `band`, else a lower one.
        own_range: the smallest and the largest value of the measure; left out, that of its unit.
        band: how far a retrain may be from the champion, for a check that compares with it.
        null: whether the measure comes with what chance gives.
        unit: how to print the value.
        per: what the check is repeated over.
    """

    id: str
    question: str
    severity: Severity = "fail"
    severity_held_out: Severity | None = None
    severity_calibrated: Severity = "fail"
    bound: Bound | None = None
    own_direction: Kind | None = None
    own_range: tuple[float, float] | None = None
    band: Band | None = None
    null: bool = False
    unit: Literal["count", "share", "number", "factor", "difference", "spreads"] = "number"
    per: Per = "model"

    @property
    def family(self) -> str:
        """What stands before the first dot."""
        return self.id.partition(".")[0]

    @property
    def direction(self) -> Kind | None:
        """Which bound the user may set; None for the user's own checks, which take either."""
        if self.family == "custom":
            return None
        given = self.bound or self.band
        return self.own_direction or (given.kind if given is not None else "at_least")

    @property
    def range(self) -> tuple[float, float]:
        """The smallest and the largest value that the measure can have."""
        return self.own_range or (_UNBOUNDED if self.family == "custom" else _RANGE_OF[self.unit])

    def clipped(self, limit: float) -> float:
        """Return the number in the measure's range that is nearest to a limit."""
        low, high = self.range
        return min(max(limit, low), high)

    def default_severity(self, *, held_out: bool) -> Severity:
        """Severity for the role that the playlists have."""
        return self.severity_held_out if held_out and self.severity_held_out else self.severity


_NONE = at_most(0, "null", constant=True)

CHECKS: tuple[Check, ...] = (
    Check(id="integrity.finite", question="Is every number of every vector finite?", bound=_NONE, unit="count"),
    Check(id="integrity.zero_rows", question="Has every vector a direction?", bound=_NONE, unit="count"),
    Check(id="integrity.repeated_keys", question="Does every key stand once?", bound=_NONE, unit="count"),
    Check(id="integrity.constant_dimensions", question="Does every dimension vary?", bound=_NONE, unit="count"),
    Check(id="integrity.identical_rows", question="Has every track a vector of its own?", bound=_NONE, unit="count"),
    Check(id="vocabulary.size", question="How many tracks have a vector?", unit="count"),
    Check(
        id="vocabulary.coverage",
        question="What share of plays is of tracks that have a vector?",
        bound=at_least(LEAST_PLAYS, "null", constant=True),
        unit="share",
    ),
    Check(
        id="vocabulary.playlists",
        question="What share of playlists holds a track that has a vector?",
        bound=at_least(LEAST_PLAYLISTS, "null", constant=True),
        unit="share",
    ),
    Check(
        id="vocabulary.top",
        question="How many of the most played tracks have no vector?",
        severity_held_out="warn",
        bound=_NONE,
        unit="count",
    ),
    Check(
        id="neighbours.known",
        question="Has a track that you know the neighbours that you expect?",
        unit="count",
        per="known",
    ),
    Check(
        id="neighbours.known_rate",
        question="What share of the known tracks holds?",
        severity="warn",
        unit="share",
    ),
    Check(
        id="neighbours.same_artist",
        question="Are neighbours by the same artist more often than chance gives?",
        null=True,
        unit="factor",
    ),
    Check(
        id="neighbours.co_listening",
        question="Are tracks of one playlist nearer than tracks of like popularity paired at random?",
        null=True,
    ),
    Check(
        id="retrieval.hit_rate",
        question="Is the next track among the ten nearest of the last one?",
        null=True,
        unit="share",
    ),
    Check(id="retrieval.ndcg", question="Does the next track stand high among them?", severity="warn", null=True),
    Check(
        id="retrieval.popularity",
        question="Does the space foretell the next track better than the charts?",
        severity="warn",
        bound=at_least(0, "null", constant=True),
        own_range=(-1, 1),
        unit="share",
    ),
    Check(
        id="duplicates.rate",
        question="What share of tracks are copies of another?",
        own_direction="at_most",
        unit="share",
    ),
    Check(
        id="duplicates.recall",
        question="Is a copy among the ten nearest of its twin?",
        severity="warn",
        null=True,
        unit="share",
    ),
    Check(
        id="duplicates.identical_directions",
        question="Does any track point exactly where a different recording points?",
        severity="warn",
        bound=_NONE,
        unit="count",
    ),
    Check(
        id="separation.tag_coverage",
        question="What share of tracks bears a genre that can be judged?",
        bound=at_least(_SMALLEST, "null", constant=True),
        unit="share",
    ),
    Check(id="separation.space", question="Does a genre keep together in the space?", null=True, per="genre"),
    Check(id="separation.map", question="Does a genre keep together on the map?", null=True, per="genre"),
    Check(id="separation.pair", question="Are two genres told apart?", severity="warn", null=True, per="pair"),
    Check(
        id="separation.accuracy",
        question="How many tracks do their neighbours call by the right genre?",
        severity="warn",
        null=True,
        unit="share",
    ),
    Check(id="separation.silhouette", question="How compact are the genres?", severity="warn", own_range=(-1, 1)),
    Check(
        id="map.faithfulness",
        question="Does the map show the neighbourhoods of the space?",
        bound=at_least(LEAST_TRUSTWORTHINESS, "null", constant=True),
    ),
    Check(
        id="geometry.collapse",
        question="Do the vectors point in different directions?",
        bound=at_most(COLLAPSE, "null", constant=True),
        own_range=(-1, 1),
    ),
    Check(
        id="geometry.effective_rank", question="How many dimensions are used?", severity="warn", own_range=(0, inf)
    ),
    Check(
        id="geometry.hubness",
        question="Are some tracks everybody's neighbours?",
        severity="warn",
        own_direction="at_most",
        own_range=_UNBOUNDED,
    ),
    Check(
        id="geometry.antihubs",
        question="What share of tracks is nobody's neighbour?",
        severity="warn",
        own_direction="at_most",
        unit="share",
    ),
    Check(
        id="geometry.norm_popularity",
        question="Does the length of a vector follow its track's plays?",
        severity="warn",
        own_direction="at_most",
        own_range=(-1, 1),
    ),
    Check(
        id="champion.match_auc",
        question="Is a track nearer to where the champion has it than strangers are?",
        band=Band(kind="at_least", limit=0.9, rest=1),
    ),
    Check(
        id="champion.misplaced",
        question="How many tracks fell out of their neighbourhood?",
        band=Band(kind="at_most", limit=0.002, of="n", least=2),
        unit="count",
    ),
    Check(
        id="champion.lost",
        question="What share of plays is of tracks that the champion knows and that have no vector now?",
        band=Band(kind="at_most", limit=0.005),
        unit="share",
    ),
    Check(
        id="champion.churn",
        question="What share of plays is of tracks that only one of the two knows?",
        severity="warn",
        severity_calibrated="warn",
        band=Band(kind="at_most", limit=None, least=0.01),
        unit="share",
    ),
    Check(
        id="champion.overlap",
        question="What share of the ten nearest is the same as in the champion?",
        severity="warn",
        severity_calibrated="warn",
        band=Band(kind="at_least", limit=None, rest=1),
        unit="share",
    ),
    Check(
        id="champion.genre_displacement",
        question="Have the tracks of a genre moved farther than regions of like size do?",
        band=Band(kind="at_most", limit=1, of="critical"),
        unit="spreads",
        per="genre",
    ),
    Check(
        id="champion.genre_accuracy",
        question="Are a genre's tracks called by its name less often than in the champion?",
        severity="warn",
        band=Band(kind="at_least", limit=-0.15, of="scale"),
        unit="difference",
        per="genre",
    ),
    Check(
        id="champion.accuracy",
        question="Do neighbours call fewer tracks by the right genre than in the champion?",
        band=Band(kind="at_least", limit=-0.15, of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.same_artist",
        question="Are fewer neighbours by the same artist than in the champion?",
        band=Band(kind="at_least", limit=-0.4, of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.co_listening",
        question="Are tracks of one playlist less near than in the champion?",
        band=Band(kind="at_least", limit=-0.15, of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.hit_rate",
        question="Is the next track found less often than by the champion?",
        band=Band(kind="at_least", limit=-0.5, of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.ndcg",
        question="Does the next track stand lower than in the champion?",
        severity="warn",
        band=Band(kind="at_least", limit=-0.15, of="scale"),
        unit="difference",
    ),
    Check(
        id="champion.new_duplicates",
        question="What share of tracks are new keys for recordings that have another?",
        band=Band(kind="at_most", limit=0.01),
        unit="share",
    ),
    Check(
        id="champion.mean_cosine",
        question="Has the space narrowed since the champion?",
        band=Band(kind="at_most", limit=0.15),
        own_range=(-2, 2),
        unit="difference",
    ),
    Check(
        id="champion.effective_rank",
        question="Is less of the space used than in the champion?",
        band=Band(kind="at_least", limit=0.75, rest=1),
        own_range=(0, inf),
    ),
    Check(
        id="champion.regression",
        question="How much of its lead over chance has a measure lost since the best champion there was?",
        severity="warn",
        severity_calibrated="warn",
        band=Band(kind="at_most", limit=0.15),
        own_range=_UNBOUNDED,
        unit="share",
    ),
)

_BY_ID = {check.id: check for check in CHECKS}
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(check.family for check in CHECKS))


def check_of(check_id: str) -> Check:
    """The check behind an id, with or without a slug in brackets.

    An id of the user's own (`custom.*`) is a check without default bound.

    Raises:
        KeyError: if there is no such check.
    """
    plain = check_id.partition("[")[0]
    if plain.startswith("custom."):
        return Check(id=plain, question="A check of your own.")
    return _BY_ID[plain]


def expected_ids(settings: Settings) -> Iterator[str]:
    """Every id that a whole gate run has, in the order of the checks."""
    for check in CHECKS:
        slugs = [slug for slug, _ in cases(check.per, settings)]
        for slug in slugs:
            yield f"{check.id}[{slug}]" if slug else check.id


def cases(per: Per, settings: Settings) -> list[tuple[str, object]]:
    """Slug and subject of each repetition; one without a slug where there is nothing, or too much, to repeat over."""
    found: list[tuple[str, object]] = []
    if per == "genre":
        found = [(slug, genre) for genre, slug in settings.genre_slugs.items()]
    elif per == "pair":
        slugs = settings.genre_slugs
        many = comb(len(slugs), 2) > MOST_PAIRS  # then one check measures the hardest pairs
        found = (
            [] if many else [(f"{slugs[one]}~{slugs[other]}", (one, other)) for one, other in combinations(slugs, 2)]
        )
    elif per == "known":
        found = [(slug, slug) for slug in settings.known_track_of]
    return found or [("", None)]


def reject_unknown_ids(config: Config) -> None:
    """Make sure that every entry of `[checks]` speaks of a check that there is.

    Entries below `custom` are left to the end of the run, when the user's own checks are known.

    Raises:
        ConfigError: names the file, the entry and the nearest valid ids.
    """
    import difflib  # noqa: PLC0415 - only for the message

    settings = config.settings
    ids = list(expected_ids(settings))
    for check_id in settings.bands.limits:
        if check_id not in (*ids, *_BY_ID) or check_of(check_id).band is None:
            raise ConfigError(
                f"{config.shown}: [bands.limits] has {check_id!r}, and no check of that id compares with the "
                "champion: run `embedgate calibrate` again, or take the line out"
            )
    for entry in settings.checks:
        if entry == "custom" or entry.startswith("custom."):
            continue
        as_id = settings.as_id(entry)
        if any(covers(as_id, check_id) for check_id in ids):
            continue
        valid = [*ids, *_BY_ID, *FAMILIES]
        near = difflib.get_close_matches(as_id, valid, n=1, cutoff=0.4)
        hint = f"; did you mean `{near[0]}`?" if near else f"; the families are {', '.join(FAMILIES)}"
        raise ConfigError(f'{config.shown}: unknown check "{entry}" in [checks]{hint}')


def reject_wrong_bounds(config: Config) -> None:
    """Make sure that each bound of the user can be reached by its measure and is on the side that matters.

    Raises:
        ConfigError: names the file, the key, and what is valid.
    """
    settings = config.settings
    for check_id in expected_ids(settings):
        entry = settings.bound_entry(check_id)
        check = check_of(check_id)
        if entry is None or check.direction is None:
            continue
        user = settings.checks[entry]
        kind: Kind = "at_least" if user.at_least is not None else "at_most"
        limit = user.at_least if user.at_least is not None else user.at_most
        where = f'{config.shown}: [checks."{entry}"] {kind} = {limit:g}'
        if kind != check.direction:
            raise ConfigError(
                f"{where} is against the direction of {check_id}: set {check.direction}, {_numbers(check)}"
            )
        if not _within(limit, check):
            raise ConfigError(f"{where} is outside the range of {check_id}: set {_numbers(check)}")
    for check_id, limit in settings.bands.limits.items():
        check = check_of(check_id)
        if not _within(limit, check):
            raise ConfigError(
                f'{config.shown}: [bands.limits] "{check_id}" = {limit:g} is outside the range of {check_id}: set '
                f"{_numbers(check)}, or run `embedgate calibrate` again"
            )


def _within(limit: float | None, check: Check) -> bool:
    low, high = check.range
    return limit is not None and low <= limit <= high


def _numbers(check: Check) -> str:
    low, high = check.range
    if high < inf:
        return f"a number from {low:g} to {high:g}"
    return "any number" if low == -inf else f"a number from {low:g} upwards"
