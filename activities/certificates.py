"""Certificates of whole courses: issued to who read them, checked by whoever has the code."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from activities.learning import progress
from services.content.library import Library
from services.people import Person
from storage.database import Database
from storage.models import Certificate, Order, PaidMonth
from storage.repositories import certificates, items, learning, memberships, orders

PREFIX = "cert_"
MOST_NAME = 40
NOT_ISSUED = Literal["not-owned", "unfinished", "nameless"]

_PUNCTUATION = " .'’-·•"
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Checked:
    """What whoever checks a code is told; `name` are initials, unless the holder shows it."""

    valid: bool
    course: str
    title: dict[str, str]
    issued_at: datetime
    revoked_at: datetime | None
    name: str


def proper_name(said: str) -> str | None:
    """A name as it may stand on a certificate: letters that can be printed; None for others."""
    name = " ".join(unicodedata.normalize("NFC", said).split())
    if not 1 <= len(name) <= MOST_NAME or not any(c.isalpha() for c in name):
        return None
    fine = all(_is_printed(c) and (c.isalpha() or c in _PUNCTUATION) for c in name)
    return name if fine else None


def _is_printed(letter: str) -> bool:
    """Whether the fonts of a certificate have it."""
    for encoding in ("latin-1", "gbk"):
        try:
            letter.encode(encoding)
        except UnicodeEncodeError:
            continue
        return True
    return letter in "’•"


def initials(name: str) -> str:
    """A. B. of a name in letters, the first character of a Chinese one."""
    if _HAN.match(name):
        return f"{name[0]}**"
    return " ".join(f"{word[0]}." for word in re.split(r"[ \-·•]+", name) if word[0].isalpha())


async def issue(
    person: Person, library: Library, course: str, language: str
) -> Certificate | NOT_ISSUED:
    """The person's certificate for a course that they read to its end, new or as it is."""
    if not (await progress(person, library, course, language)).finished:
        return "unfinished"
    lessons = len(library.lessons(course, language))
    async with person.database.write() as session:
        item = await items.get(session, course)
        known = await learning.learner(session, person.id)
        bought = await orders.owned(session, person.id, Order.item_id == course)
        month = await memberships.opened_by(session, person.id, course, person.now)
        if bought:  # locked, as a refund may be under way
            order = await session.get(Order, bought[0][0].id, with_for_update=True)
            opened_by = order.id if order is not None and order.status == "paid" else None
        else:
            paid = await session.get(PaidMonth, month, with_for_update=True) if month else None
            opened_by = paid.charge_id if paid is not None and paid.status == "paid" else None
        if item is None or opened_by is None:
            return "not-owned"
        if known is None or known.certificate_name is None:
            return "nameless"
        row = {
            "user_id": person.id,
            "item_id": course,
            "title": item.title,
            "name": known.certificate_name,
            "lessons": lessons,
            "opened_by": opened_by,
            "issued_at": person.now,
        }
        return await certificates.issue(session, row)


async def take_name(person: Person, course: str, name: str) -> None:
    """Keeps the name that a person wants, also on the certificate that they have of a course."""
    async with person.database.write() as session:
        await learning.set_names(session, person.id, certificate_name=name)
        await certificates.rename(session, person.id, course, name=name, shows=None)


async def show_name(person: Person, course: str, shows: bool) -> bool:
    """Whether who checks the code sees the whole name. False where there is no certificate."""
    async with person.database.write() as session:
        return await certificates.rename(session, person.id, course, name=None, shows=shows)


async def check(database: Database, code: str) -> Checked | None:
    """What a code stands for, however it is written; None where it stands for nothing."""
    plain = re.sub(r"[\s-]", "", code.removeprefix(PREFIX)).upper()
    if not re.fullmatch(f"[{certificates.LETTERS}]{{{certificates.LENGTH}}}", plain):
        return None
    async with database.read() as session:
        found = await certificates.get(session, plain)
    if found is None:
        return None
    return Checked(
        valid=found.revoked_at is None,
        course=found.item_id,
        title=found.title,
        issued_at=found.issued_at,
        revoked_at=found.revoked_at,
        name=found.name if found.shows_name else initials(found.name),
    )


def spelled(code: str) -> str:
    """A code in groups, as people read it."""
    return "-".join(code[n : n + 5] for n in range(0, len(code), 5))
