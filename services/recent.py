"""The last questions of people who didn't agree to a profile: in memory, a restart forgets them."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

# What is looked back to: so many questions, none older than this, none before /new.
TURNS = 3
WINDOW = timedelta(minutes=30)
# Of so many people and chats, those who asked last.
REMEMBERED = 2000


class Recent:
    """Questions by person and chat (`group` is None in a private one)."""

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[int, int | None], deque[tuple[datetime, str, int]]] = (
            OrderedDict()
        )

    def note(
        self, user_id: int, group: int | None, text: str, question: int, now: datetime
    ) -> None:
        """Remembers a question as it was understood, and its id."""
        asked = self._asked.setdefault((user_id, group), deque(maxlen=TURNS))
        asked.append((now, text, question))
        self._asked.move_to_end((user_id, group))
        while len(self._asked) > REMEMBERED or self._oldest() <= now - WINDOW:
            self._asked.popitem(last=False)

    def since(self, user_id: int, group: int | None, moment: datetime) -> list[str]:
        """What a person asked in a chat after a moment, oldest first."""
        asked = self._asked.get((user_id, group), ())
        return [text for when, text, _ in asked if when > moment]

    def newest(self, user_id: int, moment: datetime) -> int | None:
        """The id of what they asked last in the private chat, after a moment."""
        asked = self._asked.get((user_id, None))
        return asked[-1][2] if asked and asked[-1][0] > moment else None

    def forget(self, user_id: int) -> None:
        for key in [key for key in self._asked if key[0] == user_id]:
            del self._asked[key]

    def _oldest(self) -> datetime:
        return next(iter(self._asked.values()))[-1][0]
