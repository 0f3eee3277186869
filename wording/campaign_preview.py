"""What is looked at before a campaign is sent, in words: its findings, and whom it reaches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from campaigns.audience import Audience, Why, parse
from campaigns.audience_text import write
from campaigns.checking import Found
from storage.models import Campaign
from wording.texts import Markup, Texts

if TYPE_CHECKING:  # it takes seconds to import
    from campaigns.reach import Preview

MOST_FINDINGS = 15


def findings_text(found: Sequence[Found], texts: Texts) -> Markup:
    """Each with where it is, what and why, and a wording that passes, as HTML."""
    if not found:
        return Markup(texts("check-clean"))
    errors = sum(one.is_error for one in found)
    lines = [texts("check-found", errors=errors, warnings=len(found) - errors)]
    lines += [_finding(one, texts) for one in found[:MOST_FINDINGS]]
    if len(found) > MOST_FINDINGS:
        lines.append(texts("check-more", count=len(found) - MOST_FINDINGS))
    return Markup("\n\n".join(lines))


def _finding(one: Found, texts: Texts) -> str:
    mark = "❌" if one.is_error else "⚠️"
    where = " ".join(filter(None, (one.wording, (one.language or "").upper())))
    if one.finding is None:
        return f"{mark} " + texts.html(f"check-{one.code}", where=where)
    finding = one.finding
    return f"{mark} " + texts.html(
        "check-finding",
        where=where,
        quote=finding.quote or "—",
        why=texts.pick(dict(finding.why)) or finding.rule,
        instead=finding.suggestion or "—",
        code=finding.code,
        rule=finding.rule,
    )


def preview_text(campaign: Campaign, found: Preview, texts: Texts) -> Markup:
    """Whom it would reach, as HTML."""
    lines = [texts("preview-count", count=found.count, holdout=found.holdout)]
    if found.segments:
        shown = ", ".join(f"{number} ({size})" for number, size in found.segments)
        lines.append(texts("preview-segments", segments=shown))
    lines.append(texts("preview-held", cap=found.held.cap, quiet=found.held.quiet))
    lines.append(effect_text(found, texts))
    if found.people:
        audience = parse(campaign.segment)
        people = [
            texts.html("preview-person", number=n, why=why_text(one, audience, texts))
            for n, one in enumerate(found.people, start=1)
        ]
        lines.append("\n".join([texts("preview-people"), *people]))
    return Markup("\n\n".join(lines))


def effect_text(found: Preview, texts: Texts) -> str:
    base = f"{100 * found.base_rate:.1f}"
    if math.isinf(found.effect):
        return texts("preview-no-effect", base=base)
    return texts("preview-effect", base=base, points=f"{100 * found.effect:.1f}")


def why_text(one: Why, audience: Audience, texts: Texts) -> str:
    """Why a person is in an audience: the rules that hold for them, and how likely they are."""
    held = [write(Audience((audience.rules[place],))) for place in one.rules]
    told = " · ".join(held) or texts("preview-agreed")
    if one.probability is not None and one.base_rate:
        chance = f"{100 * one.probability:.1f}"
        told += " · " + texts("preview-chance", chance=chance, base=f"{100 * one.base_rate:.1f}")
    return told
