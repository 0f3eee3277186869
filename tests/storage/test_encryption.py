"""Names and numbers are kept encrypted on both databases, under keys that can be changed."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.encryption import (
    EncryptionError,
    Keys,
    NoKey,
    kept_secret,
    make_key,
    read_key,
)
from storage.models import Lead
from storage.repositories import dealers, inbox, items, leads, rekeying, rights, users
from tests.storage.rows import NOW, item, user

NAME, PHONE = "王小明", "+8613800138000"
OLD, NEW = read_key(make_key()), read_key(make_key())


def dealer(dealer_id: str = "north") -> dict[str, object]:
    return {"id": dealer_id, "name": {"zh": "北城", "en": "North"}, "city": "北京", "brand": None}


async def agreed(database: Database, *people: int) -> None:
    drive = item("drive-s5", type="test_drive", price_stars=0, dealer_id="north")
    async with database.write() as session:
        await dealers.save(session, [dealer()], {})
        await items.save(session, [drive])
        await users.save(session, [user(one) for one in people])
    for one in people:
        async with database.write() as session:
            found = await items.get(session, "drive-s5")
            assert found is not None
            assert await leads.agree(session, one, found, "1", "…", NOW)


async def handed(database: Database, user_id: int, phone: str = PHONE) -> int:
    async with database.write() as session:
        lead = await leads.hand_over(session, user_id, NAME, phone, NOW, NOW - timedelta(hours=1))
        assert lead is not None
        return lead.id


async def stored(database: Database) -> list[tuple[bytes, bytes, bytes]]:
    async with database.read() as session:
        rows = await session.execute(text("SELECT name, phone, phone_lookup FROM leads"))
        return [tuple(bytes(cell) for cell in row) for row in rows]  # type: ignore[misc]


async def test_a_row_holds_nothing_in_clear_and_is_found_by_its_number(
    database: Database,
) -> None:
    database.unlock(Keys([NEW]))
    await agreed(database, 1, 2)
    first, second = await handed(database, 1), await handed(database, 2)
    ((name, phone, lookup), (_, other, same)) = await stored(database)
    assert NAME.encode() not in name
    assert PHONE[1:].encode() not in phone
    assert phone != other, "equal numbers don't look equal"
    assert lookup == same
    async with database.read() as session:
        found = await leads.with_phone(session, PHONE)
        data = await rights.export(session, 1)
    assert [lead.id for lead, _ in found] == [first, second]
    assert [(row["name"], row["phone"]) for row in data["leads"]] == [(NAME, PHONE)]


async def test_a_number_that_is_handed_over_is_wiped_with_its_consent(database: Database) -> None:
    database.unlock(Keys([NEW]))
    await agreed(database, 1)
    lead = await handed(database, 1)
    async with database.write() as session:
        assert await leads.withdraw(session, 1, NOW, lead) == [lead]
        assert await leads.withdraw(session, 1, NOW, lead) == []
    async with database.read() as session:
        rows = await session.execute(text("SELECT name, phone, phone_lookup, status FROM leads"))
        assert [tuple(row) for row in rows] == [(None, None, None, "withdrawn")]


async def test_keys_rotate_in_batches_and_go_on_where_they_were_stopped(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.unlock(Keys([OLD]))
    await agreed(database, *range(1, 6))
    for one in range(1, 6):
        await handed(database, one, f"+861380013800{one}")
    monkeypatch.setattr(rekeying, "BATCH", 2)
    database.unlock(Keys([NEW, OLD]))
    async with database.write() as session:  # one batch, and then a stop
        assert await rekeying._batch(session) == 2
    async with database.read() as session:
        for one in range(1, 6):
            assert len(await leads.with_phone(session, f"+861380013800{one}")) == 1
    assert await rekeying.rotate(database) == 3
    assert await rekeying.rotate(database) == 0
    database.unlock(Keys([NEW]))
    async with database.read() as session:
        rows = await leads.whole(session)
        assert {lead.phone for lead, _ in rows} == {f"+861380013800{n}" for n in range(1, 6)}
        assert len(await leads.with_phone(session, "+8613800138003")) == 1


async def test_without_its_key_nothing_is_read_or_written(database: Database) -> None:
    database.unlock(Keys([OLD]))
    await agreed(database, 1)
    await handed(database, 1)
    database.unlock(Keys([NEW]))
    async with database.read() as session:
        with pytest.raises(EncryptionError, match="rotate-keys"):
            await leads.whole(session)
    database.unlock(None)
    with pytest.raises(NoKey, match="chezhi db make-key"):
        await rekeying.rotate(database)


async def test_the_inbox_seals_numbers_before_they_are_handled(database: Database) -> None:
    """An update is written down before anything is done with it, and a crash leaves it there."""
    update = {
        "update_id": 7,
        "message": {
            "text": " +86 138-0013-8000 ",
            "contact": {"phone_number": PHONE, "vcard": f"TEL:{PHONE}", "first_name": "A"},
            "reply_to_message": {"contact": {"phone_number": PHONE}, "text": "制动液多久换？"},
        },
    }
    database.unlock(Keys([NEW]))
    async with database.write() as session:
        await inbox.receive(session, 1, [update], NOW)
    async with database.read() as session:
        raw = str(await session.scalar(text("SELECT payload FROM inbox")))
        (row,) = await inbox.left_open(session, 1)
    assert "8000" not in raw
    assert "first_name" in raw
    assert row.payload == update
    database.unlock(None)
    async with database.write() as session:
        await inbox.receive(session, 1, [update | {"update_id": 8}], NOW)
    async with database.read() as session:
        session.expire_all()
        rows = await inbox.left_open(session, 1)
    assert [
        each.payload["message"]["contact"]["phone_number"] for each in rows if each.payload
    ] == [
        "",
        "",
    ]


def test_a_value_is_read_only_where_it_belongs_and_as_it_was_written() -> None:
    keys = Keys([NEW, OLD])
    sealed = keys.encrypt(PHONE, "leads.phone")
    assert keys.decrypt(sealed, "leads.phone") == PHONE
    assert Keys([OLD, NEW]).decrypt(sealed, "leads.phone") == PHONE
    for data, about in (
        (sealed, "leads.name"),
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), "leads.phone"),
        (sealed[:10], "leads.phone"),
        (b"", "leads.phone"),
    ):
        with pytest.raises(EncryptionError):
            keys.decrypt(data, about)


def test_a_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "encryption.key"
    key = make_key()
    assert kept_secret(file, key) == key
    assert kept_secret(file, make_key()) == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    for wrong in ("", "secret", key[:-2], key + "=", "é" * 44):
        with pytest.raises(ValueError, match="make-key"):
            read_key(wrong)


def test_a_lead_says_nothing_of_itself_in_a_log() -> None:
    assert PHONE not in repr(Lead(name=NAME, phone=PHONE))
