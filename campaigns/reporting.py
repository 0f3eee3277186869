"""The report of a campaign, as codes and numbers: whatever shows it, shows these and no more.

A group of fewer than `k` people is not told of, and neither is a second one that would give it away
by subtraction from a sum that is told: who the few are may be known, and so what they did.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal

from campaigns import statistics
from campaigns.outcomes import Counted, Scope, is_paid
from campaigns.statistics import Difference, Mismatch, Moments
from storage.models import Campaign
from storage.repositories.outcomes import OF_INVITES, OUTCOMES, Cell, Outcome

K = 10
Control = Literal["holdout", "global"]


@dataclass(frozen=True, slots=True)
class Group:
    """How many people there are, how many did it, and what they paid in all (Stars, or CNY)."""

    people: int
    did: int
    paid: float


@dataclass(frozen=True, slots=True)
class Row:
    """Two groups beside each other; one that is None is not told of.

    `segment` is "all", a number, or "none"; `names` are the groups': "treated" and the control, or
    two variants. `of` is "share", "stars" or "cny". `p_corrected` is for the number of rows of one
    outcome (Holm).
    """

    outcome: Outcome
    scope: Scope
    of: Literal["share", "stars", "cny"]
    segment: str
    names: tuple[str, str]
    first: Group | None
    second: Group | None
    difference: Difference | None
    p_corrected: float | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """How many more did it because of the campaign (at the least and at most), and what each of
    these cost in fen; None unless there are surely some."""

    outcome: Outcome
    people: float
    low: float
    high: float
    cost_fen: float | None


@dataclass(frozen=True, slots=True)
class Costs:
    """`each_fen`: by outcome what one cost, of all who did it among the invited."""

    fen: int
    each_fen: Mapping[Outcome, float]
    stars: float
    cny: float
    extra: Sequence[Extra]


@dataclass(frozen=True, slots=True)
class Heading:
    """`campaign` is None where all are reported together. `open_until`: acts count until then."""

    campaign: int | None
    name: str
    item: str | None
    status: str | None
    launched_at: datetime | None
    window_days: int | None
    open_until: datetime | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """`funnel`: what became of the invited, by step. `hidden`: of so many groups nothing is told.
    `detectable`: the smallest rise of the first outcome's share that these sizes can show."""

    heading: Heading
    control: Control | None
    arms: Mapping[str, int | None]
    mismatches: Mapping[Literal["arms", "variants"], Mismatch]
    funnel: Mapping[str, int | None]
    rows: Sequence[Row]
    segments: Sequence[Row]
    variants: Sequence[Row]
    costs: Costs | None
    sends: Sequence[tuple[str, int]]
    detectable: float | None
    hidden: int
    k: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What was drawn: the campaign's holdout, and its variants' weights."""

    holdout: float
    weights: Mapping[str, int]


def told(sizes: Mapping[str, int], k: int) -> set[str]:
    """Groups, which make up a whole that is told, that may be told of.

    Those under k people are left out, and then the smallest of the others until what is left out
    are several groups, of k people together: else the whole less the rest would tell of them.

    Example:
        >>> sorted(told({"a": 90, "b": 40, "c": 4}, 10))
        ['a']
    """
    order = sorted((name for name in sizes if sizes[name]), key=lambda name: (sizes[name], name))
    out = [name for name in order if sizes[name] < k]
    while out and len(out) < len(order) and (len(out) < 2 or sum(sizes[n] for n in out) < k):
        out.append(order[len(out)])
    return set(order) - set(out)


class Reporting:
    """Makes one report."""

    def __init__(self, counted: Counted, planned: Planned | None, k: int = K) -> None:
        self.counted = counted
        self.planned = planned
        self.k = k
        arms = [arm for arm in ("holdout", "global") if self._people(arm=arm)]
        self.control: Control | None = arms[0] if arms else None  # type: ignore[assignment]
        self.variants = sorted({cell.variant for cell in counted.sizes if cell.variant})
        self.segment_names = sorted({_name(cell.segment) for cell in counted.sizes}, key=_order)

    def _people(self, **fields: object) -> int:
        return self.counted.people(_among(**fields))

    def arms(self) -> Mapping[str, int | None]:
        found = {arm: self._people(arm=arm) for arm in ("treated", "holdout", "global")}
        return {arm: None if 0 < n < self.k else n for arm, n in found.items()}

    def mismatches(self) -> Mapping[Literal["arms", "variants"], Mismatch]:
        """Sizes against what was drawn; who is in the global holdout was drawn before."""
        if self.planned is None:
            return {}
        share = self.planned.holdout
        arms = {arm: self._people(arm=arm) for arm in ("treated", "holdout")}
        found = {"arms": statistics.mismatch(arms, {"treated": 1 - share, "holdout": share})}
        weights = self.planned.weights
        if len(weights) > 1:
            sizes = {name: self._people(arm="treated", variant=name) for name in weights}
            found["variants"] = statistics.mismatch(sizes, weights)
        return found  # type: ignore[return-value]

    def funnel(self, sent: int | None) -> Mapping[str, int | None]:
        invited = self._people(arm="treated")
        steps: dict[str, int | None] = {"drawn": invited}
        if sent is not None:
            steps["sent"] = sent
        for outcome in OUTCOMES:
            if (outcome, "item") in self.counted.acts:
                steps[outcome] = self.counted.of(outcome, "item", _among(arm="treated")).did
        return steps if invited >= self.k else dict.fromkeys(steps)

    def rows(self) -> Sequence[Row]:
        """Treated people beside the control, of all outcomes."""
        names = ("treated", self.control or "holdout")
        groups = {name: _among(arm=name) for name in names}
        shown = {name for name in names if self._people(arm=name) >= self.k}
        return [
            self._row(kind, "all", names, groups, shown, statistics.ALPHA)
            for kind in self._kinds()
            if kind[0] not in OF_INVITES
        ]

    def segments(self) -> Sequence[Row]:
        """The same by segment, all of whose intervals hold at once."""
        if self.control is None or self.segment_names in ([], ["none"]):
            return []
        names = ("treated", self.control)
        shown = {
            arm: told(
                {s: self._people(arm=arm, segment=_number(s)) for s in self.segment_names}, self.k
            )
            for arm in names
        }
        alpha = statistics.shared(statistics.ALPHA, len(self.segment_names))
        found: list[Row] = []
        for kind in self._kinds():
            if kind[0] in OF_INVITES or kind[1] != "item":
                continue
            rows = [
                self._row(
                    kind,
                    segment,
                    names,
                    {arm: _among(arm=arm, segment=_number(segment)) for arm in names},
                    {arm for arm in names if segment in shown[arm]},
                    alpha,
                )
                for segment in self.segment_names
            ]
            found += _corrected(rows)
        return found

    def compared(self) -> Sequence[Row]:
        """Each two variants, all of whose intervals hold at once; none is called the better one
        by its rate alone."""
        pairs = list(combinations(self.variants, 2))
        sizes = {name: self._people(arm="treated", variant=name) for name in self.variants}
        shown = told(sizes, self.k)
        alpha = statistics.shared(statistics.ALPHA, len(pairs))
        found: list[Row] = []
        for kind in self._kinds():
            if kind[1] != "item":
                continue
            groups = {name: _among(arm="treated", variant=name) for name in self.variants}
            rows = [self._row(kind, "all", pair, groups, shown, alpha) for pair in pairs]
            found += _corrected(rows)
        return found

    def hidden(self) -> int:
        """Of how many groups with people in them nothing is told."""
        arms = sum(number is None for number in self.arms().values())
        parts = [
            {s: self._people(arm=arm, segment=_number(s)) for s in self.segment_names}
            for arm in ("treated", self.control)
            if arm and self.segment_names != ["none"]
        ]
        if self.variants:
            parts.append({v: self._people(arm="treated", variant=v) for v in self.variants})
        return arms + sum(sum(map(bool, one.values())) - len(told(one, self.k)) for one in parts)

    def costs(self, fen: int, rows: Sequence[Row]) -> Costs | None:
        invited = self._people(arm="treated")
        if invited < self.k:
            return None

        def of(outcome: Outcome, *, money: bool = False) -> Moments:
            return self.counted.of(outcome, "item", _among(arm="treated"), money=money)

        did = {outcome: of(outcome).did for outcome in OUTCOMES}
        extra = [
            Extra(
                row.outcome,
                row.difference.value * invited,
                row.difference.always_low * invited,
                row.difference.always_high * invited,
                fen / (row.difference.value * invited)
                if row.difference.verdict == "more"
                else None,
            )
            for row in rows
            if row.difference and row.scope == "item" and row.of == "share"
        ]
        each = {outcome: fen / number for outcome, number in did.items() if number}
        stars, cny = of("purchased", money=True).y, of("ordered", money=True).y
        return Costs(fen, each, stars, cny, extra)

    def detectable(self) -> float | None:
        """At the control's own rate of what this campaign is most about."""
        if self.control is None or not {"treated", self.control} <= {
            arm for arm, n in self.arms().items() if n is not None
        }:
            return None
        sizes = self._people(arm="treated"), self._people(arm=self.control)
        scope: Scope = "item" if ("booked", "item") in self.counted.acts else "any"
        group = self.counted.of("booked", scope, _among(arm=self.control))
        # A rate that nobody has yet is taken as the one that one more person would give.
        base = max(group.did, 1) / max(group.n, 1)
        found = statistics.detectable_effect(*sizes, base, peeking=True)
        return found if found < 1 else None

    def _kinds(self) -> list[tuple[Outcome, Scope, Literal["share", "stars", "cny"]]]:
        kinds: list[tuple[Outcome, Scope, Literal["share", "stars", "cny"]]] = []
        for outcome, scope in self.counted.acts:
            kinds.append((outcome, scope, "share"))
            if is_paid(outcome):
                kinds.append((outcome, scope, "stars" if outcome == "purchased" else "cny"))
        return kinds

    def _row(
        self,
        kind: tuple[Outcome, Scope, Literal["share", "stars", "cny"]],
        segment: str,
        names: tuple[str, str],
        groups: Mapping[str, Callable[[Cell], bool]],
        shown: set[str],
        alpha: float,
    ) -> Row:
        outcome, scope, of = kind
        money = of != "share"
        pair = [self.counted.of(outcome, scope, groups[name], money=money) for name in names]
        first, second = (
            Group(one.n, one.did, one.y if money else 0.0) if name in shown else None
            for one, name in zip(pair, names, strict=True)
        )
        found = None
        if first is not None and second is not None:
            found = statistics.difference(pair[0], pair[1], money=money, alpha=alpha)
        return Row(outcome, scope, of, segment, names, first, second, found)


def _corrected(rows: Sequence[Row]) -> list[Row]:
    there = [row for row in rows if row.difference is not None]
    values = statistics.holm([row.difference.p_value for row in there if row.difference])
    corrected = dict(zip(map(id, there), values, strict=True))
    return [replace(row, p_corrected=corrected.get(id(row))) for row in rows]


def report(
    counted: Counted,
    campaign: Campaign | None,
    weights: Mapping[str, int],
    statuses: Mapping[str, int],
    sends: Sequence[tuple[str, int]],
    now: datetime,
    k: int = K,
) -> Report:
    """The report of a campaign, or with None of all together, who were held from all of them."""
    planned = Planned(campaign.holdout, weights) if campaign else None
    made = Reporting(counted, planned, k)
    rows = made.rows()
    sent = statuses.get("sent", 0) if campaign else None
    costs = None
    if campaign is not None:
        fen = campaign.cost_fen + campaign.cost_each_fen * (sent or 0)
        costs = made.costs(fen, rows)
    return Report(
        heading=_heading(campaign, now),
        control=made.control,
        arms=made.arms(),
        mismatches=made.mismatches(),
        funnel=made.funnel(sent),
        rows=rows,
        segments=made.segments(),
        variants=made.compared(),
        costs=costs,
        sends=[(hour, number) for hour, number in sends if hour in told(dict(sends), k)],
        detectable=made.detectable(),
        hidden=made.hidden(),
        k=k,
    )


def _heading(campaign: Campaign | None, now: datetime) -> Heading:
    if campaign is None:
        return Heading(None, "", None, None, None, None, None, now)
    last = campaign.finished_at or now
    return Heading(
        campaign.id,
        campaign.name,
        campaign.item_id,
        campaign.status,
        campaign.launched_at,
        campaign.window_days,
        last + timedelta(days=campaign.window_days),
        now,
    )


def _among(**fields: object) -> Callable[[Cell], bool]:
    return lambda cell: all(getattr(cell, name) == value for name, value in fields.items())


def _name(segment: int | None) -> str:
    return "none" if segment is None else str(segment)


def _number(name: str) -> int | None:
    return None if name == "none" else int(name)


def _order(name: str) -> tuple[bool, int]:
    return name == "none", 0 if name == "none" else int(name)
