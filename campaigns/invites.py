"""What people set going by tapping an invite."""

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.broadcast import invited
from services.attribution import came_by
from services.people import Person
from services.permissions import may
from storage.database import Database
from storage.models import Campaign
from storage.repositories import campaigns, outcomes, signals, users


class Invites:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def open_invite(
        self, person: Person, campaign_id: int, message_id: int
    ) -> Campaign | None:
        """What a tapped invite is of; the tap is noted, unless it was a preview's. None for who
        wasn't invited."""
        async with self.database.read() as session:
            campaign = await campaigns.get(session, campaign_id)
            real = await campaigns.is_invite(session, campaign_id, person.id, message_id)
            theirs = real or await outcomes.is_invited(session, campaign_id, person.id)
        if not theirs and not may(person.row, "test"):
            return None
        if campaign is not None and real:
            async with self.database.write() as session:
                await _note_arrival(session, person, campaign, message_id)
            await came_by(person, "campaign", str(campaign.id), campaign.item_id)
            await person.note("invite_opened", "item", campaign.item_id, campaign_id=campaign.id)
        return campaign

    async def refuse_invites(self, person: Person, campaign_id: int, message_id: int) -> bool:
        """No more invites for this person. False where staff tapped a preview."""
        async with self.database.write() as session:
            campaign = await campaigns.get(session, campaign_id)
            # An invite whose campaign is gone is still one; the button keeps its promise.
            if campaign is not None:
                real = await campaigns.is_invite(session, campaign_id, person.id, message_id)
                if may(person.row, "test") and not real:
                    return False
                await _note_arrival(session, person, campaign, message_id)
            await users.change(session, person.id, invites=False)
        await person.note("opted_out", "invites", "all", campaign_id=campaign_id)
        return True


async def _note_arrival(
    session: AsyncSession, person: Person, campaign: Campaign, message_id: int
) -> None:
    """Whoever taps an invite has it, also if that was in doubt."""
    if may(person.row, "test") or not message_id:  # staff may have tapped a preview
        return
    if await campaigns.has_arrived(session, campaign.id, person.id, message_id, person.now):
        told = invited(campaign.id, person.id, campaign.item_id, person.now)
        await signals.record(session, [told])
