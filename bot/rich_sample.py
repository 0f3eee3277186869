"""The sample by which a person's app proves that it draws rich messages."""

import logging

from aiogram.exceptions import TelegramAPIError
from aiogram.types import (
    InputRichBlockFooter,
    InputRichBlockParagraph,
    InputRichBlockSectionHeading,
    InputRichBlockTable,
    Message,
    RichBlockTableCell,
)

from bot.buttons import Buttons
from bot.callbacks import Drawing
from bot.people import Person
from bot.rich import button_blocks, rich_message

log = logging.getLogger(__name__)


async def offer_sample(message: Message, person: Person) -> None:
    """A small rich message with a button in it: whoever taps that has an app that draws it."""
    texts, keyboard = person.texts, Buttons()
    keyboard.button(text=texts("drawing-seen"), callback_data=Drawing(act="seen"))
    rows = [[texts(f"drawing-{name}-{side}") for side in ("left", "right")] for name in ("a", "b")]
    cells = [
        [RichBlockTableCell(text=text, align="left", valign="top") for text in row] for row in rows
    ]
    shown = rich_message(
        [
            InputRichBlockSectionHeading(text=texts("drawing-title"), size=3),
            InputRichBlockParagraph(text=texts("drawing-text")),
            InputRichBlockTable(cells=cells, is_bordered=True),
            InputRichBlockFooter(text=texts("drawing-how")),
            *button_blocks(keyboard.rows()),
        ]
    )
    # Said in a message that every app shows, since the sample may be an empty bubble.
    await message.answer(texts("drawing-offer"))
    try:
        await message.answer_rich(shown)
    except TelegramAPIError as error:
        # Whatever is wrong with it, or with a server that is older than these messages.
        log.info("The sample of a rich message was not sent: %s", error)
        await message.answer(texts("drawing-refused"))
