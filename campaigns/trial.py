"""A campaign's invites sent to its own staff: just as they will look, once for each wording."""

from typing import Literal

from campaigns.acts import log_act
from campaigns.broadcast import Invite
from campaigns.planning import Planning
from services.messenger import Messenger
from services.people import Person
from services.permissions import require
from storage.models import Variant


async def send_to_oneself(
    planning: Planning,
    messenger: Messenger,
    by: Person,
    campaign_id: int,
    use: Literal["preview", "test"],
) -> bool:
    """False for a campaign that isn't there for this person; a test is noted in the audit log.

    Raises Forbidden, and Undelivered where an invite would not arrive with anybody.
    """
    require(by.row, use)
    whole = await planning.read(by, campaign_id)
    if whole is None:
        return False
    wordings: list[Variant | None] = list(whole.variants)
    for variant in wordings or [None]:
        await messenger.send(by.id, Invite(campaign_id, whole.item, variant))
    if use == "test":
        async with planning.database.write() as session:
            await log_act(session, by, "test-sent", campaign_id, digest=whole.digest)
    return True
