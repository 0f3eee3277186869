"""A campaign's report in words."""

from collections.abc import Mapping

from campaigns.reporting import Report, Row
from campaigns.statistics import Difference
from storage.repositories.outcomes import Outcome
from wording.texts import Markup, Texts

# Of these, the first that anybody did says best what a campaign was about.
MAIN: tuple[Outcome, ...] = ("ordered", "purchased", "booked", "draw_entered", "quiz_answered")
SEGMENTS = 12


Names = Mapping[str, str]
"""What groups of people have in common, by their number."""


def told(report: Report, texts: Texts, title: str = "", names: Names | None = None) -> str:
    """HTML. What makes all else doubtful comes first."""
    parts = [*_warnings(report, texts), _head(report, texts, title), _funnel(report, texts)]
    parts += [
        _changes(report, texts),
        _segments(report, texts, names or {}),
        _variants(report, texts),
    ]
    parts += [_costs(report, texts), _notes(report, texts)]
    return "\n\n".join(part for part in parts if part)


def main_outcome(report: Report) -> Outcome:
    """What of it is shown by segment: what most people did, where few bought or ordered."""
    rows = [row for row in report.rows if row.of == "share" and row.first and row.second]
    did = {row.outcome: row.first.did + row.second.did for row in rows if row.first and row.second}
    enough = [outcome for outcome in MAIN if did.get(outcome, 0) >= report.k]
    return enough[0] if enough else "booked"


def segment_name(segment: str, texts: Texts, names: Names) -> str:
    if segment in ("all", "none"):
        return texts(f"report-segment-{segment}")
    if segment in names:
        return texts("report-segment-named", segment=segment, tags=names[segment])
    return texts("report-segment", segment=segment)


def _warnings(report: Report, texts: Texts) -> list[str]:
    return [
        texts(f"report-mismatch-{name}", p=_p(one.p_value))
        for name, one in report.mismatches.items()
        if one.found
    ]


def _head(report: Report, texts: Texts, title: str) -> str:
    heading = report.heading
    if heading.campaign is None:
        lines = [texts("report-title-all")]
    else:
        name = heading.name or title or heading.item or ""
        lines = [texts.html("report-title", campaign=str(heading.campaign), name=name)]
    arms = {arm: _count(number, texts) for arm, number in report.arms.items()}
    lines.append(texts("report-arms", **arms))
    when = texts.when(heading.as_of)
    if heading.open_until is not None and heading.open_until > heading.as_of:
        lines.append(texts("report-open", when=when, until=texts.when(heading.open_until)))
    else:
        lines.append(texts("report-closed", when=when))
    return "\n".join(lines)


def _funnel(report: Report, texts: Texts) -> str:
    if report.heading.campaign is None or None in report.funnel.values():
        return ""
    first = report.funnel.get("drawn") or 0
    steps = [
        texts(
            "report-step", step=texts(f"outcome-{name}"), count=number, share=_share(number, first)
        )
        for name, number in report.funnel.items()
        if number and name != "drawn"
    ]
    return "\n".join([texts("report-funnel-head"), *steps]) if steps else ""


def _changes(report: Report, texts: Texts) -> str:
    if report.control is None:
        return texts("report-no-control")
    rows = [row for row in report.rows if row.scope == "item" or report.heading.campaign is None]
    lines = [line for row in rows if (line := _line(row, texts, texts(f"outcome-{row.outcome}")))]
    if not lines:
        return texts("report-changes-none")
    lines.insert(0, texts(f"report-changes-{report.control}"))
    if report.detectable is not None:
        points, booked = f"{100 * report.detectable:.1f}", texts("outcome-booked")
        lines.append(texts("report-detectable", points=points, outcome=booked))
    return "\n".join(lines)


def _segments(report: Report, texts: Texts, names: Names) -> str:
    outcome = main_outcome(report)
    lines = [
        line
        for row in report.segments
        if (row.outcome, row.of) == (outcome, "share")
        if (line := _line(row, texts, segment_name(row.segment, texts, names)))
    ]
    if not lines:
        return ""
    head = texts("report-segments", outcome=texts(f"outcome-{outcome}"))
    return "\n".join([head, *lines[:SEGMENTS]])


def _variants(report: Report, texts: Texts) -> str:
    outcomes: tuple[Outcome, ...] = ("opened", main_outcome(report))
    lines = []
    for row in report.variants:
        if row.outcome in outcomes and row.of == "share":
            name = texts(
                "report-pair",
                outcome=texts(f"outcome-{row.outcome}"),
                first=row.names[0],
                second=row.names[1],
            )
            lines.append(_line(row, texts, name))
    lines = [line for line in lines if line]
    return "\n".join([texts("report-variants"), *lines]) if lines else ""


def _line(row: Row, texts: Texts, name: str) -> str:
    """One difference; "" where there is none to tell of, or nobody did it."""
    found = row.difference
    if found is None or row.first is None or row.second is None:
        return ""
    if not row.first.did + row.second.did:
        return ""
    if row.of == "share":
        rates = [f"{100 * one.did / one.people:.1f}\u202f%" for one in (row.first, row.second)]
        scale, unit = 100.0, texts("report-unit-share")
    else:
        rates = [f"{one.paid / one.people:,.2f}" for one in (row.first, row.second)]
        scale, unit = 1.0, texts(f"report-unit-{row.of}")
    return texts.html(
        "report-line",
        name=name,
        first=rates[0],
        second=rates[1],
        difference=f"{scale * found.value:+,.1f}",
        low=f"{scale * found.always_low:+,.1f}",
        high=f"{scale * found.always_high:+,.1f}",
        unit=unit,
        verdict=Markup(_verdict(found, texts)),
    )


def _verdict(found: Difference, texts: Texts) -> str:
    if found.verdict != "inconclusive":
        return texts(f"report-verdict-{found.verdict}")
    if found.needed is None:
        return texts("report-inconclusive")
    return texts("report-inconclusive-needed", people=_rounded(found.needed))


def _costs(report: Report, texts: Texts) -> str:
    costs = report.costs
    if costs is None:
        return ""
    lines = [texts("report-costs", cost=_yuan(costs.fen))]
    if costs.stars or costs.cny:
        lines.append(texts("report-revenue", stars=f"{costs.stars:,.0f}", cny=f"{costs.cny:,.0f}"))
    if costs.fen:
        each = [
            texts("report-each", outcome=texts(f"outcome-{name}"), cost=_yuan(fen))
            for name, fen in costs.each_fen.items()
        ]
        lines += [texts("report-cost-each", each=" · ".join(each))] if each else []
    for extra in costs.extra:
        if extra.cost_fen is not None:
            line = texts(
                "report-extra",
                outcome=texts(f"outcome-{extra.outcome}"),
                people=f"{extra.people:,.0f}",
                low=f"{extra.low:,.0f}",
                high=f"{extra.high:,.0f}",
            )
            if costs.fen:
                line += texts("report-extra-cost", cost=_yuan(extra.cost_fen))
            lines.append(line)
    return "\n".join(lines) if len(lines) > 1 or costs.fen else ""


def _notes(report: Report, texts: Texts) -> str:
    lines = [texts("report-how")] if report.control or report.variants else []
    if report.segments or len(report.variants) > 1:
        lines.append(texts("report-corrected"))
    if any(row.difference and row.difference.method == "cuped" for row in report.rows):
        lines.append(texts("report-cuped"))
    if report.hidden:
        lines.append(texts("report-hidden", count=report.hidden, k=report.k))
    return "\n".join(f"<i>{line}</i>" for line in lines)


def _count(number: int | None, texts: Texts) -> str:
    return texts("report-few") if number is None else f"{number:,}"


def _share(number: int, whole: int) -> str:
    return f"{100 * number / max(whole, 1):.1f}\u202f%"


def _p(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def _yuan(fen: float) -> str:
    return f"{fen / 100:,.2f}"


def _rounded(people: int) -> str:
    """Two digits: it is an estimate."""
    size = 10 ** max(len(str(people)) - 2, 0)
    return f"{-(-people // size) * size:,}"
