"""Writing a campaign: its fields, its wordings and their pictures, while it is a draft."""

import asyncio
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession

from activities.photos import PhotoError, check
from campaigns.acts import log_act
from campaigns.audience import parse
from campaigns.planning import is_shown
from campaigns.typed import FIELDS
from services.people import Person
from services.permissions import require
from services.settings import Settings
from storage.database import Database
from storage.models import Campaign
from storage.models.base import LANGUAGES
from storage.repositories import campaigns, drafts, items

Changed = Literal["changed", "old", "not-offered", "many", "long", "picture"]
LETTERS = "ABCDEF"
# Above the item's card, which has about as much.
MOST_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a new campaign begins with."""

    quiet: str | None = None
    most_a_week: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.quiet_hours or None, settings.invites_a_week)


class Drafting:
    """Each method raises Forbidden. `media`: the folder for pictures, by their contents' hash."""

    def __init__(self, database: Database, media: Path, defaults: Defaults) -> None:
        self.database = database
        self.media = media
        self.defaults = defaults

    async def create(
        self,
        by: Person,
        item_id: str,
        name: str,
        segment: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> int | None:
        """The new draft's id; None where the item can't be had. Raises ValueError for an audience
        that is none."""
        require(by.row, "create")
        segment = dict(segment or {"kind": "all"})
        parse(segment)
        defaults = {"quiet": self.defaults.quiet, "most_a_week": self.defaults.most_a_week}
        async with self.database.write() as session:
            if await items.on_offer_now(session, item_id, by.now) is None:
                return None
            campaign = await drafts.create(
                session,
                by.id,
                item_id,
                by.now,
                name=name,
                segment=segment,
                **(defaults | _known(values)),
            )
            await log_act(session, by, "created", campaign.id)
            return campaign.id

    async def change(self, by: Person, campaign_id: int, **values: Any) -> Changed:
        """Sets fields. Raises ValueError for an audience that is none."""
        require(by.row, "edit")
        if "segment" in values:
            parse(values["segment"])
        known = {name: values[name] for name in ("segment", "item_id", "brand") if name in values}
        async with self.database.write() as session:
            if await self._draft(session, by, campaign_id) is None:
                return "old"
            item_id = values.get("item_id")
            if item_id and await items.on_offer_now(session, item_id, by.now) is None:
                return "not-offered"
            rest = _known({name: values[name] for name in values if name not in known})
            await drafts.change(session, campaign_id, **known, **rest)
            await self._edited(session, by, campaign_id, *values)
        return "changed"

    async def word(
        self, by: Person, campaign_id: int, name: str, language: str, text: str
    ) -> Changed:
        """Sets a wording in one language, empty for none; a new letter adds one."""
        require(by.row, "edit")
        text = text.strip()
        if len(text) > MOST_TEXT:
            return "long"
        async with self.database.write() as session:
            if await self._draft(session, by, campaign_id) is None:
                return "old"
            there = {
                variant.name: variant for variant in await campaigns.variants(session, campaign_id)
            }
            if name not in LETTERS or language not in LANGUAGES:
                return "many"
            texts = dict(there[name].text) if name in there else {}
            texts = {k: v for k, v in {**texts, language: text}.items() if v}
            row = {"campaign_id": campaign_id, "name": name, "text": texts}
            await drafts.put_variant(session, row)
            await self._edited(session, by, campaign_id, f"wording-{name}")
        return "changed"

    async def picture(self, by: Person, campaign_id: int, name: str, data: bytes | None) -> Changed:
        """Puts a picture above a wording, or takes it away."""
        require(by.row, "edit")
        media = None
        if data is not None:
            try:
                media = await asyncio.to_thread(self._keep, data)
            except PhotoError:
                return "picture"
        async with self.database.write() as session:
            if await self._draft(session, by, campaign_id) is None:
                return "old"
            there = {
                variant.name: variant for variant in await campaigns.variants(session, campaign_id)
            }
            if name not in LETTERS:
                return "many"
            text = there[name].text if name in there else {}
            row = {"campaign_id": campaign_id, "name": name, "text": text}
            await drafts.put_variant(session, row | {"media": media, "file_id": None})
            await self._edited(session, by, campaign_id, f"picture-{name}")
        return "changed"

    async def drop_wording(self, by: Person, campaign_id: int, name: str) -> Changed:
        require(by.row, "edit")
        async with self.database.write() as session:
            if await self._draft(session, by, campaign_id) is None:
                return "old"
            await drafts.drop_variant(session, campaign_id, name)
            await self._edited(session, by, campaign_id, f"wording-{name}")
        return "changed"

    async def reopen(self, by: Person, campaign_id: int) -> Changed:
        """Makes a draft of what was submitted, approved or scheduled: it needs a new approval."""
        require(by.row, "edit")
        async with self.database.write() as session:
            campaign = await drafts.locked(session, campaign_id)
            if campaign is None or not campaign.name or not is_shown(by, campaign):
                return "old"
            if campaign.status not in drafts.BEFOREHAND[1:]:
                return "old"
            gone = dict.fromkeys(("submitted_at", "approved_by", "approved_at", "approved_digest"))
            await drafts.change(session, campaign_id, status="draft", **gone)
            await log_act(
                session, by, "edited", campaign_id, what=["reopened"], was=campaign.status
            )
        return "changed"

    async def _draft(self, session: AsyncSession, by: Person, campaign_id: int) -> Campaign | None:
        campaign = await drafts.locked(session, campaign_id)
        if campaign is None or campaign.status != "draft" or not campaign.name:
            return None
        return campaign if is_shown(by, campaign) else None

    async def _edited(
        self, session: AsyncSession, by: Person, campaign_id: int, *what: str
    ) -> None:
        await drafts.change(session, campaign_id, edited_by=by.id)
        await log_act(session, by, "edited", campaign_id, what=sorted(what))

    def _keep(self, data: bytes) -> str:
        """Stores a picture as it is; its path under the data folder. Raises PhotoError."""
        check(data, "picture")
        with Image.open(io.BytesIO(data)) as image:
            name = f"{hashlib.sha256(data).hexdigest()}.{(image.format or '').lower()}"
        self.media.mkdir(parents=True, exist_ok=True)
        half = self.media / f"{name}.half"
        half.write_bytes(data)
        half.replace(self.media / name)
        return f"{self.media.name}/{name}"


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ValueError for what is no field."""
    for name in values:
        if name not in FIELDS and name != "brand":
            raise ValueError(f"{name!r} is no field of a campaign: use {', '.join(FIELDS)}.")
    return dict(values)
