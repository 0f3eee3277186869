"""/report in the chat, and `chezhi campaign report`: what a campaign changed."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import insert

from bot.callbacks import Planned
from bot.cli.context import FAILED, USAGE
from campaigns.measure import measure
from campaigns.statistics import Mismatch
from playground.client import Person
from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from services.clock import utc_now
from storage.database import Database
from storage.models import Booking, Campaign, Recipient
from storage.repositories import items, users
from tests.bot.acts import button_texts, tap, with_button
from tests.bot.command_line import Run, one
from tests.bot.staff import ADMIN, SLOW, Staffed, staffed
from tests.storage.rows import item, user
from wording.campaign_plots import draw
from wording.campaign_report import told
from wording.texts import Texts

pytestmark = pytest.mark.asyncio(loop_scope="module")
TREATED, HELD = 400, 100


async def campaign(database: Database, first_id: int, **fields: Any) -> int:
    """One that made 60 of 400 book, where 3 of 100 would have, and has a segment of four."""
    sent = utc_now() - timedelta(days=20)
    async with database.write() as session:
        await items.save(session, [item("live-report", capacity=None)])
        row = Campaign(
            **{
                "created_by": ADMIN,
                "item_id": "live-report",
                "segment": {"kind": "all"},
                "status": "done",
                "name": "Winter <tyres>",
                "created_at": sent,
                "launched_at": sent,
                "finished_at": sent,
                "holdout": 0.2,
                "cost_fen": 100_000,
                **fields,
            }
        )
        session.add(row)
        await session.flush()
        ids = range(first_id, first_id + TREATED + HELD)
        await users.save(session, [user(n) for n in ids])
        people = []
        for place, user_id in enumerate(ids):
            treated = place < TREATED
            people.append(
                {
                    "campaign_id": row.id,
                    "user_id": user_id,
                    "arm": "treated" if treated else "holdout",
                    "status": "sent" if treated else "held",
                    "segment": 7 if place < 4 else place % 2,
                    "assigned_at": sent,
                    "changed_at": sent + timedelta(hours=place % 3),
                }
            )
        await session.execute(insert(Recipient), people)
        booked = [*ids[:60], *ids[TREATED : TREATED + 3]]
        at = sent + timedelta(days=1)
        bookings = [
            {
                "user_id": user_id,
                "item_id": "live-report",
                "status": "booked",
                "sequence": 0,
                "created_at": at,
                "changed_at": at,
            }
            for user_id in booked
        ]
        await session.execute(insert(Booking), bookings)
    return row.id


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def staff(
    prepared: Path,
    encoder: Encoder,
    reader: BundledReader,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Staffed]:
    folder = tmp_path_factory.mktemp("reports")
    async with staffed(folder, prepared, encoder, reader, messages_per_second=50) as found:
        yield found


def came(person: Person, kind: str, since: int) -> list[Any]:
    """What a persona got since then that has a picture, or a file."""
    found = [e.data["message"] for e in person.seen[since:] if e.name == "message"]
    return [message for message in found if kind in message]


async def has_file(person: Person, since: int) -> Any:
    await person.wait_for(lambda e: "document" in e.data.get("message", {}), SLOW, since)
    return came(person, "document", since)[0]["document"]


async def card(person: Person, number: int) -> Any:
    """A campaign's screen, by the buttons of /campaign."""
    mark = person.now
    await person.send("/campaign")
    home = await person.wait_for(
        lambda e: any("已结束" in text for text in button_texts(e.data.get("message"))), SLOW, mark
    )
    await person.click_text(home.data["message"], "已结束")
    data = Planned(act="show", campaign=number).pack()
    await person.click(await with_button(person, data, mark), data)
    return await with_button(person, Planned(act="report", campaign=number).pack(), mark)


async def test_text_pictures_and_file_arrive(staff: Staffed) -> None:
    number = await campaign(staff.database, 10_000)
    mark = staff.admin.now
    await staff.admin.send(f"/report {number}")
    message = await staff.admin.wait_text("带来的变化", SLOW, mark)
    text = message["text"]
    assert f"活动 {number} · Winter <tyres>" in text
    assert "预约：15.0" in text
    assert "更多" in text
    assert "因活动而预约：48 人" in text
    assert "不足 10 人" in text
    file = await has_file(staff.admin, mark)
    assert file["file_name"] == f"campaign-{number}.csv"
    assert len(came(staff.admin, "photo", mark)) == 3


async def test_the_report_of_a_button_and_of_all(staff: Staffed) -> None:
    number = await campaign(staff.database, 20_000)
    mark = staff.admin.now
    await staff.admin.click_text(await card(staff.admin, number), "报告")
    await has_file(staff.admin, mark)
    mark = staff.admin.now
    await staff.admin.send("/report all")
    text = (await staff.admin.wait_text("全部营销活动合计", SLOW, mark))["text"]
    assert "没有对照组" in text
    await has_file(staff.admin, mark)


async def test_marketers_see_their_own_and_others_nothing(staff: Staffed) -> None:
    number = await campaign(staff.database, 30_000)
    mark = staff.editor.now
    await staff.editor.send(f"/report {number}")
    await staff.editor.wait_text("我不认识这个命令", SLOW, mark)
    async with staff.database.write() as session:
        await users.change(session, staff.editor.id, role="marketer")
    own = await campaign(staff.database, 40_000, created_by=staff.editor.id)
    for asked, answer in (
        (f"/report {number}", "没有已发送的该编号活动"),
        ("/report all", "没有已发送的该编号活动"),
        ("/report 999999", "没有已发送的该编号活动"),
        ("/report", "请发送 /report"),
        ("/report 1; drop", "请发送 /report"),
        (f"/report {own}", "预约：15.0"),
    ):
        mark = staff.editor.now
        await staff.editor.send(asked)
        await staff.editor.wait_text(answer, SLOW, mark)
    shown = await card(staff.editor, own)
    async with staff.database.write() as session:
        await users.change(session, staff.editor.id, role="editor")
    mark = staff.editor.now
    await tap(staff.editor, shown, Planned(act="report", campaign=own).pack())
    assert came(staff.editor, "document", mark) == []


def prepared_campaign(folder: Path) -> int:
    async def make() -> int:
        database = Database(f"sqlite+aiosqlite:///{folder}/var/chezhi.db")
        await database.upgrade()
        number = await campaign(database, 1)
        await database.close()
        return number

    return asyncio.run(make())


@pytest.mark.asyncio(loop_scope="function")
def test_the_command_line_tells_the_same(run: Run, tmp_path: Path) -> None:
    number = prepared_campaign(tmp_path)
    file, folder = tmp_path / "out.csv", tmp_path / "plots"
    found = one(run("campaign", "report", number, "--json", "--csv", file, "--plots", folder))
    assert found["arms"] == {"treated": TREATED, "holdout": HELD, "global": 0}
    (booked,) = [
        r
        for r in found["rows"]
        if (r["outcome"], r["scope"], r["of"]) == ("booked", "item", "share")
    ]
    assert (booked["first_did"], booked["second_did"], booked["verdict"]) == (60, 3, "more")
    assert booked["difference"] == pytest.approx(0.12)
    assert found["costs"]["each_fen"]["booked"] == pytest.approx(100_000 / 60)
    # Of four people nothing is told, nor is it left over from what is.
    segments = {
        r["segment"]: (r["first_people"], r["first_did"])
        for r in found["segments"]
        if (r["outcome"], r["of"]) == ("booked", "share")
    }
    assert segments == {"0": (None, None), "1": (198, 28), "7": (None, None)}
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert len(rows) == len(found["rows"]) + len(found["segments"]) + len(found["variants"])
    assert {r["first_people"] for r in rows if r["segment"] in ("0", "7")} == {""}
    assert sorted(p.name for p in folder.iterdir()) == ["funnel.png", "sends.png", "uplift.png"]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in folder.iterdir())
    said = run("campaign", "report", number)
    assert said.exit_code == 0
    assert "Winter <tyres>" in said.stdout
    assert "booked: 15.0" in said.stdout


@pytest.mark.asyncio(loop_scope="function")
def test_the_command_line_refuses(run: Run, tmp_path: Path) -> None:
    number = prepared_campaign(tmp_path)
    assert run("campaign", "report").exit_code == USAGE
    assert run("campaign", "report", number, "--all").exit_code == USAGE
    gone = run("campaign", "report", 77)
    assert gone.exit_code == FAILED
    assert "No campaign 77 was sent" in gone.stderr
    lost = run("campaign", "report", number, "--csv", tmp_path / "none" / "out.csv")
    assert lost.exit_code == FAILED
    assert "can't be written" in lost.stderr
    everything = one(run("campaign", "report", "--all", "--json"))
    assert everything["heading"]["campaign"] is None


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_makes_all_doubtful_is_said_first(staff: Staffed, language: str) -> None:
    number = await campaign(staff.database, 50_000 if language == "zh" else 60_000, holdout=0.5)
    found = await measure(staff.database, number, utc_now())
    assert found is not None
    assert isinstance(found.mismatches["arms"], Mismatch)
    text = told(found, Texts(language))
    assert text.startswith("⚠️")
    assert ("尚无定论" if language == "zh" else "inconclusive") in text
    assert set(draw(found, Texts(language))) == {"funnel", "uplift", "sends"}
    named = told(found, Texts(language), names={"1": "EV <fans>"})
    assert (
        "人群 1（EV &lt;fans&gt;）" if language == "zh" else "Group 1 (EV &lt;fans&gt;)"
    ) in named
