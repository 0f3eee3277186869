"""Campaigns in words: whom, what, when and at what cost."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.audience import parse
from campaigns.audience_text import write
from campaigns.drafting import MOST_TEXT
from storage.models import Campaign, Item, Variant
from storage.models.base import LANGUAGES
from wording.events import clock_time
from wording.items import shorten, yuan
from wording.tags import topic_name
from wording.texts import Markup, Texts


def audience_name(spec: Mapping[str, Any], texts: Texts) -> str:
    kind, value = spec["kind"], spec.get("value") or ""
    if kind == "rules":
        audience = parse(spec)
        return write(audience) if audience.rules or audience.likeliest else texts("segment-all")
    if kind == "topic":
        return texts("segment-topic", topic=topic_name(value, texts))
    if kind == "city":
        return texts("segment-city", city=value)
    return texts(f"segment-{kind}-{value}" if value else f"segment-{kind}")


def campaign_text(
    campaign: Campaign, item: Item, variants: Sequence[Variant], texts: Texts, zone: ZoneInfo
) -> Markup:
    """All that is approved of a campaign, as HTML; times by the reader's clock."""
    none = texts("campaign-none")
    lines = [
        texts.html(
            "campaign-head",
            campaign=str(campaign.id),
            name=campaign.name or texts("campaign-plain"),
            status=texts(f"broadcast-status-{campaign.status}"),
        ),
        texts.html("campaign-item", title=texts.pick(item.title)),
        texts.html("campaign-audience", audience=audience_name(campaign.segment, texts)),
        texts.html("campaign-wordings", wordings=", ".join(map(variant_name, variants)) or none),
        texts("campaign-holdout", share=share(campaign.holdout), days=campaign.window_days),
        texts("campaign-when", when=when(campaign, texts, zone)),
    ]
    if campaign.every_days:
        until = clock_time(campaign.until, zone, texts) if campaign.until else "none"
        lines.append(texts("campaign-repeat", days=campaign.every_days, until=until))
    week = campaign.most_a_week
    lines.append(texts("campaign-limits", most=week or 0, quiet=campaign.quiet or "none"))
    if campaign.cost_fen or campaign.cost_each_fen or campaign.budget_fen is not None:
        budget = "none" if campaign.budget_fen is None else yuan(campaign.budget_fen)
        fixed, each = yuan(campaign.cost_fen), yuan(campaign.cost_each_fen)
        lines.append(texts("campaign-costs", fixed=fixed, each=each, budget=budget))
    if campaign.paid:
        lines.append(texts("campaign-paid"))
    lines.append(texts("campaign-error-rate", share=share(campaign.error_rate)))
    if campaign.url is not None:
        lines.append(texts.html("campaign-url", url=campaign.url))
    if campaign.refused_because is not None:
        lines.append(texts.html("campaign-refused", why=campaign.refused_because or none))
    return Markup("\n".join(lines))


def wording_text(variant: Variant, texts: Texts, most: int = MOST_TEXT) -> Markup:
    """A wording in each of its languages, as HTML; `most` characters of each."""
    parts = [
        texts.html(
            "campaign-wording",
            name=variant.name,
            language=language.upper(),
            text=shorten(text, most),
        )
        for language in LANGUAGES
        if (text := variant.text.get(language))
    ]
    return Markup("\n\n".join(parts))


def variant_name(variant: Variant) -> str:
    """`A (ZH, EN, 🖼)`."""
    has = [language.upper() for language in LANGUAGES if variant.text.get(language)]
    return f"{variant.name} ({', '.join(has + ['🖼'] * bool(variant.media))})"


def when(campaign: Campaign, texts: Texts, zone: ZoneInfo) -> str:
    if campaign.starts_at is None:
        return texts("campaign-at-once")
    return clock_time(campaign.starts_at, zone, texts)


def share(part: float) -> str:
    """In per cent: `10`, `2.5`."""
    return f"{100 * part:g}"
