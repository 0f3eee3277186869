"""Who is talking in a chat."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiogram.types import Message, ReplyParameters

from bot.exchanges import Exchanges
from bot.forms import Form, Forms
from services import people
from wording.texts import Texts, texts_for


@dataclass(slots=True)
class Person(people.Person):
    """The user of one update, whose words they read."""

    exchanges: Exchanges
    forms: Forms
    # Who writes in the name of a chat stays nobody: their row is never stored.
    anonymous: bool = False
    # The question that the message replies to the answer of.
    about: str | None = None
    texts: Texts = field(init=False)

    def __post_init__(self) -> None:
        self.texts = texts_for(self.row)

    def draws_rich(self, chat_id: int) -> bool:
        """Whether this person alone reads there, in an app that draws rich messages."""
        return self.row.draws_rich is True and chat_id == self.id

    async def show(
        self,
        message: Message,
        form: Form,
        *,
        free: Sequence[int] = (),
        below: ReplyParameters | None = None,
    ) -> list[int]:
        """Shows a form in the message's chat, as `Forms.show` does."""
        if message.bot is None:
            raise RuntimeError("the message belongs to no bot")
        chat_id = message.chat.id
        rich = self.draws_rich(chat_id)
        return await self.forms.show(
            message.bot, chat_id, form, self.texts, rich=rich, free=free, below=below
        )
