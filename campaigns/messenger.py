"""What campaigns need from a chat; `bot` implements it on Telegram."""

from typing import Protocol

from storage.models import Item


class Blocked(Exception):
    """The person has blocked the bot or deleted their account: nobody to write to."""


class SlowDown(Exception):
    """The messenger asks to wait, and has not sent the message."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Rejected(Exception):
    """The messenger refused this message and has not sent it."""


class NotSent(Exception):
    """The messenger failed and has certainly not sent the message: it may be sent again."""


class Unanswered(Exception):
    """No clear answer came: the message may have arrived or not."""


class Messenger(Protocol):
    async def invite(self, user_id: int, campaign_id: int, item: Item) -> int:
        """Sends one invite and returns the message's id. Raises one of the errors above."""
        ...
