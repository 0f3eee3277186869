"""`chezhi campaign plan`."""

from typing import Annotated, Any

import typer

from bot.cli.context import (
    DataDir,
    Failure,
    Json,
    errors,
    open_brain,
    open_database,
    run,
    settings,
    show,
)
from services.people import Person
from services.permissions import Forbidden, may
from storage.database import Database
from storage.repositories import users

SHOWN = 12


def mount(app: typer.Typer) -> None:
    app.command()(run(plan))


async def plan(
    as_json: Json = False,
    budget: Annotated[
        int | None, typer.Option(metavar="FEN", min=0, help="What all invites may cost, in fen.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="Days that are planned.")] = 14,
    cap: Annotated[int, typer.Option(min=1, max=20, help="Invites a person gets in a week.")] = 3,
    cost: Annotated[int, typer.Option(metavar="FEN", min=0, help="What an invite costs.")] = 10,
    write: Annotated[bool, typer.Option("--write", help="Make drafts of it, for --by.")] = False,
    by: Annotated[
        int | None, typer.Option(metavar="USER", help="Whose drafts these are (Telegram id).")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Proposes what to invite whom to, when and in which words, and what may come of it."""
    if write and by is None:
        raise typer.BadParameter("--write needs --by USER: whose drafts they are.")
    # These take seconds to import, and few commands need them.
    from campaigns.proposing import Limits, Proposing

    given = settings(data_dir)
    limits = Limits(days=days, cap=cap, budget_fen=budget, cost_fen=cost)
    async with open_database(given) as database:
        writer = await _writer(database, by) if by is not None else None
        async with open_brain(given, database) as brain:
            proposing = Proposing.over(brain)
            if not as_json:
                errors.print("Planning…")
            made = await proposing.plan(brain.clock(), limits)
            drafted: list[int] = []
            if write and writer is not None:
                for one in made.proposals:
                    writer.now = brain.clock()
                    try:
                        campaign = await proposing.write(writer, one, limits)
                    except Forbidden as error:
                        raise Failure(str(error)) from error
                    if campaign is not None:
                        drafted.append(campaign)
    show(_told(made, drafted), as_json, _lines)


async def _writer(database: Database, user_id: int) -> Person:
    """Raises Failure where nobody of this id may write campaigns."""
    from services.clock import utc_now
    from services.recent import Recent

    async with database.read() as session:
        row = await users.get(session, user_id)
    if row is None or not may(row, "create"):
        raise Failure(f"User {user_id} may not write campaigns: give the role marketer or admin.")
    return Person(row, database, f"cli:{utc_now().timestamp()}", utc_now(), Recent())


def _told(made: Any, drafted: list[int]) -> dict[str, Any]:
    report, solved = made.report, made.assignment
    return {
        "people": made.people,
        "considered": made.considered,
        "activities": made.activities,
        "prediction": {
            "basis": report.basis,
            "past_invites": report.invites,
            "base_rate": report.base_rate,
            "judged": report.judged,
            "brier": report.brier,
            "base_brier": report.base_brier,
            "skill": report.skill,
            "log_loss": report.log_loss,
            "base_log_loss": report.base_log_loss,
            "reliability": [
                {
                    "count": one.count,
                    "predicted": one.predicted,
                    "observed": one.observed,
                    "low": one.low,
                    "high": one.high,
                }
                for one in report.bins
            ],
        },
        "learned_from": made.learned_from,
        "assignment": {
            "invites": len(solved.people),
            "value": solved.value,
            "greedy": solved.greedy,
            "bound": solved.bound,
            "gap": solved.gap,
        },
        "proposals": [
            {
                "item": one.item.id,
                "type": one.item.type,
                "kind": one.kind,
                "segment": one.segment,
                "people": len(one.user_ids),
                "send_at": one.starts_at.isoformat(),
                "event_at": one.item.starts_at.isoformat() if one.item.starts_at else None,
                "seats": one.seats,
                "expected": one.expected,
                "low": one.low,
                "high": one.high,
                "moved": one.moved,
                "wordings": [
                    {"name": w.name, "style": w.style, "text": dict(w.text)} for w in one.wordings
                ],
            }
            for one in made.proposals
        ],
        "drafts": drafted,
    }


def _lines(told: dict[str, Any]) -> str:
    predicted, solved = told["prediction"], told["assignment"]
    basis = {
        "model": f"a model, Brier {predicted['brier']:.4f} against {predicted['base_brier']:.4f} "
        f"of the base rate (skill {predicted['skill']:.1%})",
        "base": "the base rate: the model was no better on the last invites",
        "prior": "a prior: there are too few past invites",
    }[predicted["basis"]]
    moved = f"{told['learned_from']} campaigns with a holdout" if told["learned_from"] else "nobody"
    lines = [
        f"{told['people']} people, {told['activities']} activities, {solved['invites']} invites.",
        f"Predicted by {basis}; base rate {predicted['base_rate']:.1%} "
        f"of {predicted['past_invites']} past invites. Who is moved is known from {moved}.",
        f"Worth {solved['value']:.2f}, greedily {solved['greedy']:.2f}, "
        f"at most {solved['bound']:.2f} (gap {solved['gap']:.3%}).",
    ]
    for one in predicted["reliability"]:
        lines.append(
            f"   predicted {one['predicted']:.3f}  seen {one['observed']:.3f} "
            f"({one['low']:.3f} to {one['high']:.3f})  of {one['count']}"
        )
    for one in told["proposals"][:SHOWN]:
        whom = "several segments" if one["segment"] is None else f"segment {one['segment']}"
        lines.append(
            f"{one['item']} ({one['type']}) for {one['people']} of {whom} at {one['send_at']}: "
            f"{one['expected']:.1f} responses ({one['low']:.1f} to {one['high']:.1f}), "
            f"{one['moved']:.1f} moved"
        )
    if (rest := len(told["proposals"]) - SHOWN) > 0:
        lines.append(f"… and {rest} more: --json shows all.")
    if told["drafts"]:
        lines.append("Drafts: " + ", ".join(map(str, told["drafts"])))
    return "\n".join(lines)
