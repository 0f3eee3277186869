"""The message catalogue: every word that users read, in Fluent files, Chinese and English."""

import html
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_date

from services.clock import ZONE
from services.zones import zone_named
from storage.models.base import LANGUAGES

LOCALES = Path(__file__).parent / "locales"
# fluent.runtime 0.4 raises for a value of more than 2,500 characters; a longer one takes its place
# in the message afterwards. Unicode keeps these two characters out of every text.
LONG = 2000
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"


class Markup(str):
    """HTML that was escaped already."""

    __slots__ = ()


class Texts:
    """One language's messages, to a reader who lives by the clock of `zone`.

    Example:
        >>> Texts("en")("unknown-command")
        "I don't know this command. /help lists what I can do."

    Raises KeyError for a message that isn't in the catalogue, and ValueError when an argument that
    it needs is missing: a hole in the catalogue is a defect, never something to show.
    """

    def __init__(self, language: str, zone: ZoneInfo = ZONE) -> None:
        self.language = language if language in LANGUAGES else "en"
        self.zone = zone
        self._bundle = _bundle(self.language)

    def __call__(self, key: str, **values: Any) -> str:
        pattern = self._bundle.get_message(key).value if self._bundle.has_message(key) else None
        if pattern is None:
            raise KeyError(f"{key!r} is not in the {self.language} catalogue")
        long = {
            f"{_OPEN}{name}{_CLOSE}": (name, value)
            for name, value in values.items()
            if isinstance(value, str) and len(value) > LONG
        }
        short = {name: mark for mark, (name, _) in long.items()}
        found, errors = self._bundle.format_pattern(pattern, values | short)
        if errors:
            raise ValueError(f"{key!r} in {self.language}: {errors[0]}")
        text = str(found)
        for mark, (_, value) in long.items():
            text = text.replace(mark, value)
        return text

    def html(self, key: str, **values: Any) -> str:
        """The message for parse_mode HTML: the values are escaped, the catalogue's own tags stay.

        A value that is HTML already is passed as `Markup`.
        """
        return self(
            key,
            **{
                name: value
                if isinstance(value, Markup) or not isinstance(value, str)
                else html.escape(value, quote=False)
                for name, value in values.items()
            },
        )

    def when(self, moment: datetime, zone: ZoneInfo | None = None) -> str:
        """A date and time as people here write it, by the reader's clock, or that of a zone."""
        local = moment.astimezone(zone or self.zone)
        return self("when", when=fluent_date(local, dateStyle="medium", timeStyle="short"))

    def pick(self, localised: dict[str, str] | None) -> str:
        """The right one of an item's texts, or the other language's where this one is missing."""
        if not localised:
            return ""
        return localised.get(self.language) or next(iter(localised.values()))


class Reader(Protocol):
    """What of a person says in which words and by which clock they are told something."""

    @property
    def language(self) -> str | None: ...
    @property
    def telegram_language(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...
    @property
    def city(self) -> str | None: ...


def texts_for(reader: Reader) -> Texts:
    language = language_of(reader.language, reader.telegram_language)
    return Texts(language, zone_named(reader.zone, reader.city))


@cache
def _bundle(language: str) -> FluentBundle:
    # Isolating marks are for mixed-direction scripts; here they'd only break copied text.
    bundle = FluentBundle([language], use_isolating=False)
    bundle.add_resource(FluentResource((LOCALES / f"{language}.ftl").read_text("utf-8")))
    return bundle


def language_of(chosen: str | None, telegram_language: str | None) -> str:
    """The user's own choice, else Telegram's language: Chinese for any zh, else English."""
    if chosen in LANGUAGES:
        return chosen
    return "zh" if (telegram_language or "zh").lower().startswith("zh") else "en"
