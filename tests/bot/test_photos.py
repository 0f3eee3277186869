"""Pictures of items: imported, checked, sent once and then by their name."""

import io
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from activities import photos as pictures
from playground.client import Person, PlaygroundClient
from services.brain import Brain
from services.people import set_draws_rich
from storage.models import Item, Photo
from storage.repositories import photos
from tests.bot.acts import agreed, change_item, open_item, rows, tap, with_button
from tests.bot.command_line import Run

COURSE = "course-winter"


@cache
def drawn(width: int = 80, height: int = 60, kind: str = "PNG", colour: str = "red") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(data, kind)
    return data.getvalue()


def item(name: str, **fields: Any) -> dict[str, Any]:
    text = {"zh": "标题", "en": "Title"}
    return {
        "id": name,
        "type": "book",
        "title": text,
        "summary": text,
        "description": text,
    } | fields


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures and what is none, beside a catalogue."""
    (tmp_path / "good.png").write_bytes(drawn())
    (tmp_path / "good.jpg").write_bytes(drawn(kind="JPEG"))
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "half.png").write_bytes(drawn(500, 500)[:300])
    (tmp_path / "long.png").write_bytes(drawn(2100, 100))
    (tmp_path / "wide.png").write_bytes(drawn(9000, 1100))
    (tmp_path / "sound.gif").write_bytes(drawn(kind="GIF"))
    (tmp_path / "big.png").write_bytes(b"\x00" * (pictures.MOST_BYTES + 1))
    return tmp_path


def imported(run: Run, folder: Path, *items: dict[str, Any]) -> Any:
    (folder / "c.yaml").write_text(yaml.safe_dump(list(items), allow_unicode=True), "utf-8")
    return run("catalog", "import", folder / "c.yaml", "--json")


def test_pictures_come_with_the_catalogue(run: Run, folder: Path) -> None:
    found = imported(run, folder, item("a", photo="good.png"), item("b", photo="good.jpg"))
    assert '"photos": 2' in found.stdout
    # Without a word of it a picture stays; an empty one takes it away.
    assert imported(run, folder, item("a"), item("b", photo="")).exit_code == 0
    assert "photos" not in imported(run, folder, item("b", photo="")).stdout


@pytest.mark.parametrize(
    ("photo", "told"),
    [
        ("text.png", "text.png is no whole JPEG, PNG, WEBP picture"),
        ("half.png", "half.png is no whole"),
        ("sound.gif", "sound.gif is no whole"),
        ("long.png", "long.png is 2100 × 100: width and height"),
        ("wide.png", "wide.png is 9000 × 1100"),
        ("big.png", "big.png has more than 10 MB"),
        ("none.png", "none.png can't be read: No such file"),
        ("../good.png", "lies outside the folder"),
        ("http://localhost/a.png", "http://localhost/a.png is no https address"),
        ("https://localhost:1/a.png", "https://localhost:1/a.png can't be fetched"),
        ("https://", "https:// can't be fetched"),
    ],
)
def test_what_is_no_picture_is_told_and_nothing_is_imported(
    run: Run, folder: Path, photo: str, told: str
) -> None:
    found = imported(run, folder, item("a", photo="good.png"), item("b", photo=photo))
    assert found.exit_code == 1
    assert "Nothing was imported" in found.stderr
    assert f"item b: photo: {told}" in found.stderr or told in found.stderr
    assert "items: []" in run("catalog", "export").stdout


async def give(brain: Brain, folder: Path, source: str = "good.png") -> None:
    found, faults = await pictures.load({COURSE: source}, folder)
    assert not faults
    async with brain.database.write() as session:
        await photos.save(session, found)


async def card(person: Person) -> Any:
    mark = person.now
    await person.start(f"item_{COURSE}")
    return await with_button(person, "item:", since=mark)


async def test_a_card_has_its_picture_which_is_uploaded_once(
    client: PlaygroundClient, brain: Brain, folder: Path
) -> None:
    await give(brain, folder)
    person = await agreed(client)
    (course,) = await rows(brain.database, Item, Item.id == COURSE)
    first, second = await card(person), await card(person)
    for shown in (first, second):
        assert shown["photo"][0]["width"] == 80
        assert course.title["en"] in shown["caption"]
    (row,) = await rows(brain.database, Photo)
    calls = await client.log(method="sendPhoto")
    assert [call["params"].get("photo") == row.file_id for call in calls] == [False, True]
    # What is done on the card is shown on it.
    mark = person.now
    await tap(person, second, f"item:fav:{COURSE}:link")
    edited = (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
    assert "♥ Saved" in str(edited["reply_markup"])
    assert (edited["message_id"], edited["caption"]) == (second["message_id"], second["caption"])
    # Another picture under the same item is another file; a name that is refused, too.
    (folder / "good.png").write_bytes(drawn(90, 60))
    await give(brain, folder)
    assert (await card(person))["photo"][0]["width"] == 90
    async with brain.database.write() as session:
        (row,) = await rows(brain.database, Photo)
        await photos.set_file_id(session, COURSE, row.sha256, row.bot_id, "no-such-file")
    for _ in range(2):  # the second card comes when the name of the first is noted
        assert (await card(person))["photo"][0]["width"] == 90
    (row,) = await rows(brain.database, Photo)
    assert row.file_id != "no-such-file"


async def test_a_text_too_long_for_a_caption_is_sent_as_text(
    client: PlaygroundClient, brain: Brain, folder: Path
) -> None:
    await give(brain, folder, "good.jpg")
    person = await agreed(client)
    shown = await card(person)
    long = {"zh": "长" * 1100, "en": "long " * 220}
    await change_item(brain.database, COURSE, description=long)
    # The card that is there can't hold it either.
    mark = person.now
    await tap(person, shown, f"item:fav:{COURSE}:link")
    again = await with_button(person, "item:fav", since=mark)
    assert "photo" not in again
    assert "long long" in again["text"]
    assert "photo" not in await card(person)
    assert "long long" in (await open_item(person, COURSE))["text"]


async def test_a_rich_card_has_the_picture_once_a_name_is_known(
    client: PlaygroundClient, brain: Brain, folder: Path
) -> None:
    await give(brain, folder)
    person = await agreed(client)
    plain = await card(person)
    await set_draws_rich(brain.database, person.id, True)
    mark = person.now
    await person.start(f"item_{COURSE}")
    shown = await person.wait_for(lambda e: "rich_message" in e.data.get("message", {}), since=mark)
    blocks = shown.data["message"]["rich_message"]["blocks"]
    assert [block["type"] for block in blocks][:2] == ["heading", "photo"]
    # A picture's message can't become a rich one: the card is sent anew, and rich it stays.
    mark = person.now
    await tap(person, plain, f"item:fav:{COURSE}:link")
    await person.wait_for(lambda e: "rich_message" in e.data.get("message", {}), since=mark)
