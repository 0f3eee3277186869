"""What a campaign breaks of the brand's and the law's rules, and what it lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.audience import parse
from services.brands import Finding
from services.brands.shelf import load
from storage.models import Campaign, Item, Variant
from storage.models.base import LANGUAGES
from storage.repositories import recipients

NAMED_PICTURE = 64


@dataclass(frozen=True, slots=True)
class Found:
    """`wording`: its letter, None where all of the campaign is meant. Without a `finding`, `code`
    says what it lacks: empty (a wording without a text), repeat (an audience by segment or
    likelihood is frozen, so it can't be repeated), past (its time is), until (rounds end before
    they begin), budget (all invites together cost more); nobody (there is nobody to write to now)
    is a warning: there may be when it is sent."""

    wording: str | None
    language: str | None
    finding: Finding | None = None
    code: str = ""

    @property
    def is_error(self) -> bool:
        if self.finding is None:
            return self.code != "nobody"
        return self.finding.severity == "error"


async def check(
    session: AsyncSession,
    campaign: Campaign,
    item: Item,
    variants: Sequence[Variant],
    now: datetime,
) -> list[Found]:
    """Errors first. Each text is held to the law's book, the campaign's brand's, else the item's,
    and those of the brands that it names."""
    books = await load(session)
    brand = campaign.brand or next(iter((item.brand or {}).values()), None)
    found = [Found(None, None, code=code) for code in _lacks(campaign, now)]
    people = await _audience_size(session, campaign, now)
    if people == 0:
        found.append(Found(None, None, code="nobody"))
    if campaign.budget_fen is not None and people is not None:
        cost = campaign.cost_fen + campaign.cost_each_fen * people * (1 - campaign.holdout)
        if cost > campaign.budget_fen:
            found.append(Found(None, None, code="budget"))
    for variant in variants:
        if not any(variant.text.values()):
            found.append(Found(variant.name, None, code="empty"))
        for language in LANGUAGES:
            text = variant.text.get(language, "")
            found += [Found(variant.name, language, one) for one in books.check(text, brand)]
        if variant.media:
            sha256 = variant.media.rpartition("/")[2][:NAMED_PICTURE]
            found += [Found(variant.name, None, one) for one in books.logos(sha256)]
    return sorted(found, key=lambda one: not one.is_error)


def _lacks(campaign: Campaign, now: datetime) -> Iterator[str]:
    begins = campaign.starts_at or now
    if campaign.every_days and not parse(campaign.segment).in_sql:
        yield "repeat"
    if begins < now:
        yield "past"
    if campaign.until is not None and campaign.until <= begins:
        yield "until"


async def _audience_size(session: AsyncSession, campaign: Campaign, now: datetime) -> int | None:
    """None for segments alone, which nobody has counted yet."""
    audience = parse(campaign.segment)
    if campaign.filled_to is None or audience.in_sql:
        return await recipients.size(session, campaign, now)
    return audience.likeliest
