"""Who is talking in a chat."""

from dataclasses import dataclass, field

from bot.exchanges import Exchanges
from services import people
from wording.texts import Texts, language_of


@dataclass(slots=True)
class Person(people.Person):
    """The user of one update, whose words they read."""

    exchanges: Exchanges
    # Who writes in the name of a chat stays nobody: their row is never stored.
    anonymous: bool = False
    # The question that the message replies to the answer of.
    about: str | None = None
    texts: Texts = field(init=False)

    def __post_init__(self) -> None:
        self.texts = Texts(language_of(self.row.language, self.row.telegram_language))
