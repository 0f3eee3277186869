"""A report for programs: as JSON, and as CSV with a row for each two groups."""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from campaigns.reporting import Group, Report, Row

COLUMNS = (
    "outcome",
    "scope",
    "of",
    "segment",
    "first",
    "second",
    "first_people",
    "first_did",
    "first_paid",
    "second_people",
    "second_did",
    "second_paid",
    "difference",
    "always_low",
    "always_high",
    "low",
    "high",
    "p_value",
    "p_corrected",
    "alpha",
    "method",
    "verdict",
    "needed",
)


def as_json(report: Report) -> dict[str, Any]:
    """All of a report, ready for JSON; a group that isn't told of is null."""
    found: dict[str, Any] = {
        "heading": {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(report.heading).items()
        },
        "control": report.control,
        "arms": dict(report.arms),
        "mismatches": {
            name: {"p_value": one.p_value, "found": one.found}
            for name, one in report.mismatches.items()
        },
        "funnel": dict(report.funnel),
    }
    for name in ("rows", "segments", "variants"):
        found[name] = [_row(row) for row in getattr(report, name)]
    found["costs"] = asdict(report.costs) if report.costs else None
    found["sends"] = [{"hour": hour, "sent": number} for hour, number in report.sends]
    return found | {"detectable": report.detectable, "hidden": report.hidden, "k": report.k}


def as_csv(report: Report) -> str:
    """Its rows: overall, by segment, by variant; a group that isn't told of has empty fields."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in (*report.rows, *report.segments, *report.variants):
        writer.writerow(_row(row))
    return out.getvalue()


def _row(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(COLUMNS)
    found |= {"outcome": row.outcome, "scope": row.scope, "of": row.of, "segment": row.segment}
    for place, name, group in zip(
        ("first", "second"), row.names, (row.first, row.second), strict=True
    ):
        found[place] = name
        found |= {f"{place}_{field}": value for field, value in _group(group).items()}
    if row.difference is not None:
        told = asdict(row.difference)
        found |= {"difference": told.pop("value"), **told, "verdict": row.difference.verdict}
    found["p_corrected"] = row.p_corrected
    return found


def _group(group: Group | None) -> Mapping[str, float | None]:
    return asdict(group) if group is not None else dict.fromkeys(("people", "did", "paid"))
