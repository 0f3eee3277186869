"""Brand rules on the command line, in catalogue files, and over what a generator says."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.client import PlaygroundClient
from services.brain import Brain
from services.brands import shelf
from services.clock import utc_now
from services.settings import Settings
from tests.bot.command_line import SAMPLE, Run, many, one
from tests.bot.conftest import settings_in
from tests.retrieval.openai_server import ModelServer, serving

BOOK = SAMPLE / "brands" / "yunridge.yaml"
QUOTE = "制动液会吸收空气里的水分，一般每两年更换一次。"
BORNE, BREAKS = "制动液每两年更换一次。", "制动液会吸收空气里的水分。"
FLUID = """\
brand: fluid
title: {zh: 制动液, en: Fluid}
names:
- write: 制动液
bans:
- id: absorbs
  find: {吸收空气里的水分: 吸湿}
"""


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with serving(ModelServer([BORNE + "[1]", BREAKS, "[1]"])) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, prepared: Path, server: ModelServer) -> Settings:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return settings_in(tmp_path).model_copy(update={"generator": f"openai:{server.url}#m"})


async def worded(client: PlaygroundClient) -> str:
    person = await client.persona(first_name="小雨", language_code="zh")
    await person.send("制动液多久换一次？")
    await person.wait_text("一般每两年更换一次")
    event = await person.wait_for(lambda event: event.name == "edit")
    return str(event.data["message"]["text"])


async def test_what_a_model_says_is_shown_where_no_book_speaks_against_it(
    client: PlaygroundClient,
) -> None:
    assert (await worded(client)).startswith(f"{BORNE}[1] {BREAKS}[1]")


async def test_what_a_model_says_against_a_book_gives_way_to_the_source_s_own_words(
    client: PlaygroundClient, brain: Brain
) -> None:
    await shelf.bring_in(brain.database, "fluid.yaml", FLUID.encode(), utc_now())
    text = await worded(client)
    assert text.startswith(f"{BORNE}[1] {QUOTE}[1]")
    assert f"{BREAKS}[1]" not in text


def test_a_book_is_imported_listed_exported_and_gone_back_from(run: Run, tmp_path: Path) -> None:
    assert one(run("brand", "import", str(BOOK), "--json"))["version"] == 1
    text = BOOK.read_text("utf-8").replace("most: 1", "most: 2")
    second = tmp_path / "second.yaml"
    second.write_text(text, "utf-8")
    assert one(run("brand", "import", str(second), "--json"))["new"]
    assert run("brand", "export", "yunridge").stdout == text
    assert [row["version"] for row in many(run("brand", "versions", "yunridge", "--json"))] == [
        2,
        1,
    ]
    assert one(run("brand", "rollback", "yunridge", "--json")) == {
        "brand": "yunridge",
        "version": 1,
    }
    assert run("brand", "export", "yunridge").stdout == BOOK.read_text("utf-8")
    assert [row["version"] for row in many(run("brand", "list", "--json"))] == [1]
    refused = run("brand", "rollback", "yunridge", "9")
    assert refused.exit_code == 1
    assert "1, 2" in refused.stderr


def test_a_book_with_a_fault_is_told_by_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("brand: x\ntitle: {zh: 甲}\n", "utf-8")
    result = run("brand", "import", str(file))
    assert result.exit_code == 1
    assert "line 2: title.en is missing" in result.stderr
    assert many(run("brand", "list", "--json")) == []


def test_a_text_is_checked_by_the_law_and_by_its_brand(run: Run) -> None:
    law = run("brand", "check", "国 家 级品质", "--json")
    assert law.exit_code == 1
    assert '"rule": "absolute"' in law.stdout
    assert run("brand", "check", "试驾周六开始").exit_code == 0
    assert run("brand", "check", "x", "--brand", "nobody").exit_code == 1
    one(run("brand", "import", str(BOOK), "--json"))
    # A warning alone is no failure.
    (found,) = many(run("brand", "check", "云岭y7 试驾", "--json"))
    assert (found["code"], found["suggestion"]) == ("name", "云岭 Y7")


def test_catalogue_texts_are_told_of_and_refused_only_if_asked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "items.yaml"
    file.write_text(
        """
- id: drive
  type: test_drive
  title: {zh: 全国第一试驾, en: Drive}
  summary: {zh: 概要, en: Summary}
  description: {zh: 说明, en: Text}
""",
        "utf-8",
    )
    refused = run("catalog", "import", str(file), "--strict")
    assert refused.exit_code == 1
    assert "drive.title.zh" in refused.stderr
    assert run("brand", "check", "--catalog").exit_code == 0
    taken = run("catalog", "import", str(file), "--json")
    assert one(taken)["imported"] == 1
    assert "1 places break brand rules" in taken.stderr
    assert run("brand", "check", "--catalog", "--json").exit_code == 1


def test_lessons_are_looked_through(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lesson.md"
    file.write_text("# 保养\n\n我们的机油是国家级产品。\n", "utf-8")
    assert run("kb", "add", str(file)).exit_code == 0
    result = run("brand", "check", "--lessons", "--json")
    assert result.exit_code == 1
    assert '"where": "lesson"' in result.stdout
