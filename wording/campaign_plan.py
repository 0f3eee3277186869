"""A plan in words."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from campaigns.proposing import Plan, Proposal
from wording.texts import Markup, Texts

SHOWN = 160


def plan_head(plan: Plan, texts: Texts) -> Markup:
    """What was planned for whom, and how far it can be trusted."""
    made, report = plan.assignment, plan.report
    lines = [
        texts.html(
            "plan-head",
            people=plan.people,
            invites=len(made.people),
            activities=plan.activities,
            days=plan.limits.days,
        )
    ]
    if plan.considered < plan.people:
        lines.append(texts("plan-considered", count=plan.considered))
    lines.append(
        texts(
            f"plan-basis-{report.basis}",
            invites=report.invites,
            rate=_percent(report.base_rate),
            skill=_percent(report.skill),
            brier=f"{report.brier:.4f}",
            base=f"{report.base_brier:.4f}",
        )
    )
    learned = "plan-moved" if plan.learned_from else "plan-moved-unknown"
    lines.append(texts(learned, count=plan.learned_from))
    if not plan.timed:
        lines.append(texts("plan-untimed"))
    more = made.value / made.greedy - 1 if made.greedy else 0.0
    lines.append(texts("plan-solved", more=_percent(more), gap=f"{100 * made.gap:.3f}"))
    return Markup("\n".join(lines))


def proposal_text(
    number: int, one: Proposal, texts: Texts, zone: ZoneInfo, segments: Mapping[int, str]
) -> Markup:
    """One proposal with its number; `segments` are their names."""
    whom = texts("plan-several")
    if one.segment is not None:
        whom = texts("plan-segment", id=str(one.segment), name=segments.get(one.segment, ""))
    lines = [
        texts.html(
            "plan-proposal",
            number=number,
            title=texts.pick(one.item.title),
            type=texts(f"type-{one.item.type}"),
            coupon=texts("plan-coupon") if one.kind == "coupon" else "",
        ),
        texts.html("plan-whom", count=len(one.user_ids), whom=whom),
        texts.html("plan-when", when=texts.when(one.starts_at, zone)),
        texts(
            "plan-expected",
            expected=f"{one.expected:.1f}",
            low=f"{one.low:.1f}",
            high=f"{one.high:.1f}",
            moved=f"{one.moved:.1f}",
        ),
    ]
    if one.seats is not None:
        lines.append(texts("plan-seats", count=one.seats))
    for wording in one.wordings:
        text = texts.pick(dict(wording.text))
        short = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
        lines.append(texts.html("plan-wording", name=wording.name, text=short))
    return Markup("\n".join(lines))


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
