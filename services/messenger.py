"""What any service may send a person, and how that can fail; `bot` implements it on Telegram."""

from dataclasses import dataclass
from typing import Any, Protocol


class Undelivered(Exception):
    """Whatever keeps a message from its person."""


class Blocked(Undelivered):
    """The person has blocked the bot or deleted their account: nobody to write to."""


class SlowDown(Undelivered):
    """The messenger asks to wait, and has not sent the message."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Rejected(Undelivered):
    """The messenger refused this message and has not sent it."""


class NotSent(Undelivered):
    """The messenger failed and has certainly not sent the message: it may be sent again."""


class Unanswered(Undelivered):
    """No clear answer came: the message may have arrived or not."""


@dataclass(frozen=True, slots=True)
class What:
    """What a service has to say: ids and rows. A face puts it into the reader's words."""


@dataclass(frozen=True, slots=True)
class Notice(What):
    """A message of the catalogue, by its key, with its values; a text in each language is one."""

    key: str
    values: dict[str, Any]


class Messenger(Protocol):
    """Each method raises one of the errors above."""

    async def send(self, to: int, what: What) -> int:
        """Sends a message to a person and returns its id."""
        ...

    async def edit(self, to: int, message_id: int, what: What) -> bool:
        """Puts `what` in the place of a message. False where there is no such message any more;
        what stands there already is no error."""
        ...

    async def renew(self, to: int, charge_id: str, *, renews: bool) -> None:
        """Ends or takes up the renewals of a person's subscription, told by one of its charges."""
        ...

    async def pay_back(self, to: int, charge_id: str) -> bool:
        """Refunds a charge, which may have been done before. False for one that never was."""
        ...
