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
        self._asked: OrderedDict[tuple[int, int | None], deque[tuple[datetime, str]]] = (
            OrderedDict()
        )

    def note(self, user_id: int, group: int | None, text: str, now: datetime) -> None:
        asked = self._asked.setdefault((user_id, group), deque(maxlen=TURNS))
        asked.append((now, text))
        self._asked.move_to_end((user_id, group))
        while len(self._asked) > REMEMBERED or self._oldest() <= now - WINDOW:
            self._asked.popitem(last=False)

    def since(self, user_id: int, group: int | None, moment: datetime) -> list[str]:
        """What a person asked in a chat after a moment, oldest first."""
        return [text for when, text in self._asked.get((user_id, group), ()) if when > moment]

    def forget(self, user_id: int) -> None:
        for key in [key for key in self._asked if key[0] == user_id]:
            del self._asked[key]

    def _oldest(self) -> datetime:
        return next(iter(self._asked.values()))[-1][0]
