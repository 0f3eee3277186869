"""What a lead's changes amount to: its state now, and the outcomes that stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, get_args

Mark = Literal["reached", "came", "drove", "offered", "ordered", "lost"]
MARKS: tuple[Mark, ...] = get_args(Mark)
Outcome = Literal["test_driven", "ordered"]


class Change(NamedTuple):
    """One row of `lead_changes`, as far as it matters here."""

    id: int
    status: str
    amount: int | None
    undoes: int | None
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Stage:
    """`outcomes`: the change by which each came about."""

    status: str
    amount: int | None
    outcomes: dict[Outcome, Change]


def stage(changes: Sequence[Change]) -> Stage:
    """Reads changes in the order in which things happened, whenever they were told; what was undone
    counts for nothing.

    A test drive stands until the lead goes back to before it; an order until anything else comes.
    """
    undone = {change.undoes for change in changes if change.undoes is not None}
    told = [c for c in changes if c.undoes is None and c.id not in undone]
    status, amount = "new", None
    outcomes: dict[Outcome, Change] = {}
    for change in sorted(told, key=lambda one: (one.happened_at, one.id)):
        status, amount = change.status, change.amount
        if status != "ordered":
            outcomes.pop("ordered", None)
        if status in ("new", "reached", "came"):
            outcomes.pop("test_driven", None)
        if status == "drove":
            outcomes["test_driven"] = change
        elif status == "ordered":
            outcomes["ordered"] = change
    return Stage(status, amount, outcomes)
