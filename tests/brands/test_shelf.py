import asyncio

import pytest

from services.brands import shelf
from services.brands.book import BookError
from storage.database import Database
from storage.repositories import brands
from tests.brands.books import SMALL
from tests.storage.rows import NOW

SECOND = SMALL.replace("震耳欲聋: 安静", "嘈杂: 安静")


async def brought(database: Database, text: str) -> shelf.Imported:
    return await shelf.bring_in(database, "acme.yaml", text.encode(), NOW, by=7)


async def breaks(database: Database, text: str) -> list[str]:
    async with database.read() as session:
        books = await shelf.load(session)
    return [finding.rule for finding in books.check(text, "acme")]


async def test_a_book_holds_from_its_import_on(database: Database) -> None:
    assert await breaks(database, "震耳欲聋") == []
    assert await brought(database, SMALL) == ("acme", 1, True, 3)
    assert await breaks(database, "震耳欲聋") == ["loud"]
    assert await brought(database, SECOND) == ("acme", 2, True, 3)
    assert await breaks(database, "震耳欲聋") == []
    assert await breaks(database, "嘈杂") == ["loud"]


async def test_the_same_file_again_is_no_new_version(database: Database) -> None:
    await brought(database, SMALL)
    assert await brought(database, SMALL) == ("acme", 1, False, 3)


async def test_a_book_with_a_fault_changes_nothing(database: Database) -> None:
    await brought(database, SMALL)
    with pytest.raises(BookError):
        await brought(database, SECOND + "more: 3\n")
    assert await breaks(database, "震耳欲聋") == ["loud"]
    async with database.read() as session:
        assert len(await brands.versions(session, "acme")) == 1


async def test_an_earlier_version_is_gone_back_to(database: Database) -> None:
    await brought(database, SMALL)
    await brought(database, SECOND)
    assert await shelf.go_back(database, "acme", None, NOW) == 1
    assert await breaks(database, "震耳欲聋") == ["loud"]
    assert await shelf.go_back(database, "acme", 2, NOW) == 2
    for brand, version in (("acme", 9), ("other", None)):
        with pytest.raises(shelf.UnknownVersion):
            await shelf.go_back(database, brand, version, NOW)


async def test_after_going_back_the_next_import_is_a_version_of_its_own(
    database: Database,
) -> None:
    await brought(database, SMALL)
    await brought(database, SECOND)
    await shelf.go_back(database, "acme", 1, NOW)
    third = SMALL.replace("震耳欲聋: 安静", "刺耳: 安静")
    assert (await brought(database, third)).version == 3
    # The newest again, from an earlier one: it is in force without another version.
    await shelf.go_back(database, "acme", 1, NOW)
    assert await brought(database, third) == ("acme", 3, False, 3)
    assert await breaks(database, "刺耳") == ["loud"]


async def test_imports_at_once_follow_one_another(database: Database) -> None:
    texts = [SMALL.replace("安静", f"安静{n}") for n in range(6)]
    done = await asyncio.gather(*(brought(database, text) for text in texts))
    assert sorted(one.version for one in done) == [1, 2, 3, 4, 5, 6]


async def test_old_versions_are_forgotten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "KEEP", 2)
    for n in range(4):
        await brought(database, SMALL.replace("安静", f"安静{n}"))
    async with database.read() as session:
        assert [row.version for row in await brands.versions(session, "acme")] == [4, 3]
