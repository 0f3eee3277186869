"""/stats, /reindex and documents sent to the bot, over HTTP."""

import asyncio
import io
import re
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, Self

import pytest
import pytest_asyncio
from PIL import Image

from bot.routers.content import _Bounded
from playground.client import Person
from retrieval.bundled_reader import BundledReader
from retrieval.documents import MAX_BYTES, DocumentError, Reader
from retrieval.encoder import Encoder
from retrieval.files import Limits
from services import tallies
from services.clock import utc_now
from services.content.indexing import READERS
from services.content.memory import give_back_memory
from storage.models import Question
from storage.repositories import documents, signals
from tests.bot.staff import SLOW, Staffed, staffed
from tests.retrieval import files

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLUTCH = """---
id: zh-clutch
title: 离合器
---
# 离合器

## 什么时候更换

离合器片一般在八万到十二万公里之间需要更换。起步打滑、踩下时有焦糊味，就该检查离合器片。
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def staff(
    prepared: Path,
    encoder: Encoder,
    reader: BundledReader,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Staffed]:
    async with staffed(tmp_path_factory.mktemp("staff"), prepared, encoder, reader) as found:
        yield found


async def told(person: Person, text: str, part: str) -> str:
    mark = person.now
    await person.send(text)
    return str((await person.wait_text(part, SLOW, mark))["text"])


async def sent(person: Person, data: bytes, name: str, part: str, caption: str = "") -> str:
    mark = person.now
    await person.upload(data, name, caption=caption)
    return str((await person.wait_text(part, SLOW, mark))["text"])


async def stored(staff: Staffed) -> set[str]:
    async with staff.database.read() as session:
        return {document.id for document in await documents.stored(session)}


def numbers(stats: str) -> dict[str, list[int]]:
    lines = [line.partition("：") for line in stats.splitlines()[1:]]
    return {name: [int(n) for n in re.findall(r"\d+", rest)] for name, _, rest in lines}


def question(user_id: int, *, refused: bool, days_ago: float) -> Question:
    return Question(
        user_id=user_id,
        text="?",
        language="zh",
        answer="",
        refused=refused,
        mode="extractive",
        citations=[],
        asked_at=utc_now() - timedelta(days=days_ago),
    )


async def test_stats_are_what_happened(staff: Staffed) -> None:
    before = numbers(await told(staff.admin, "/stats", "最近 30 天"))
    guest = await staff.client.persona(first_name="Guest")
    await told(guest, "/start", "your choice")
    rows: list[dict[str, Any]] = []
    for verb, days in (
        *(("viewed", 1), ("viewed", 2), ("liked", 1), ("booked", 3), ("cancelled", 2)),
        *(("citation_opened", 1), ("opted_out", 1), ("viewed", 31), ("booked", 40)),
        *(("purchased", 1), ("purchased", 31)),
    ):
        rows.append(
            {
                "user_id": guest.id,
                "verb": verb,
                "object_type": "item",
                "object_id": "course-winter",
                "value": None,
                "source": "test",
                "campaign_id": None,
                "occurred_at": utc_now() - timedelta(days=days),
                "idempotency_key": f"{verb}-{days}",
            }
        )
    async with staff.database.write() as session:
        await signals.record(session, rows)
        for refused, days in ((False, 0.1), (True, 1), (True, 40)):
            session.add(question(guest.id, refused=refused, days_ago=days))
    after = numbers(await told(staff.admin, "/stats", "最近 30 天"))
    grown = {
        name: [new - old for new, old in zip(values, before[name], strict=True)]
        for name, values in after.items()
    }
    assert list(grown.values()) == [
        *([1, 1], [2, 1], [1], [2, 1], [1, 1]),
        # Bought on another platform: no order here, and no Stars.
        *([0, 0, 1], [0, 0, 1]),
    ]


async def test_stats_of_much_are_told_with_their_age(
    staff: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "FEW", 0)
    staff.brain.tallies._kept.clear()
    assert "统计于" not in await told(staff.admin, "/stats", "最近 30 天")
    assert "统计于" in await told(staff.admin, "/stats", "最近 30 天")


async def test_stats_roles_and_reindex_are_refused_to_others(staff: Staffed) -> None:
    guest = await staff.client.persona(first_name="Guest")
    for command in ("/stats", "/role 901 user", "/refund x"):
        await told(guest, command, "don't know this command")
        await told(staff.editor, command, "不认识这个命令")
    await told(guest, "/reindex", "don't know this command")
    await sent(guest, CLUTCH.encode(), "clutch.md", "type your question")
    assert "zh-clutch" not in await stored(staff)


async def test_an_admin_makes_an_editor(staff: Staffed) -> None:
    guest = await staff.client.persona(first_name="New", language_code="zh")
    await told(guest, "/start", "同意")
    await told(staff.admin, f"/role {guest.id} editor", "现在是 editor")
    await told(guest, "/reindex", "个片段")
    await told(staff.admin, "/role 77 editor", "还没见过")
    await told(staff.admin, "/role", "用法")
    await told(staff.admin, f"/role {'9' * 24} editor", "用法")
    await told(staff.admin, f"/role {staff.admin.id} user", "CHEZHI_OWNER_IDS")


async def test_a_document_is_added_indexed_and_answers(staff: Staffed) -> None:
    guest = await staff.client.persona(first_name="G", language_code="zh")
    asked = "离合器片多少公里更换？"
    before = await told(guest, asked, "")
    assert "八万" not in before
    done = await sent(staff.editor, CLUTCH.encode(), "离合器.md", "已上线")
    assert re.search(r"索引 \S+ 已上线：5 篇文档，\d+ 个片段", done)
    assert "八万到十二万公里" in await told(guest, asked, "[1]")
    assert "没有变化" in await sent(staff.editor, CLUTCH.encode(), "离合器.md", "索引")
    changed = CLUTCH.replace("八万到十二万", "九万到十一万").encode()
    await sent(staff.editor, changed, "离合器.md", "已上线：5 篇")
    assert "九万到十一万公里" in await told(guest, asked, "[1]")


async def test_gb18030_text_is_read(staff: Staffed) -> None:
    text = "雨刮片的胶条一般每六到十二个月更换一次。刮不干净或者有异响，就该换雨刮片了。"
    await sent(staff.editor, text.encode("gb18030"), "雨刮片.txt", "已上线")
    guest = await staff.client.persona(first_name="G", language_code="zh")
    assert "六到十二个月" in await told(guest, "雨刮片多久换一次？", "[1]")


async def test_every_kind_of_document_is_added_and_cited(staff: Staffed) -> None:
    """Each brings a fact; the answer to a question about it names its place."""
    fact = "{}的更换周期是每三年一次，由授权维修点更换。"
    said = {name: fact.format(name) for name in ("火花塞", "空调滤芯", "变速箱油", "正时皮带")}
    page = f"<h1>火花塞</h1><p>{said['火花塞']}</p>"
    await sent(staff.editor, page.encode(), "火花塞.html", "已上线")
    srt = f"1\n00:12:31,000 --> 00:12:39,000\n{said['空调滤芯']}\n"
    await sent(staff.editor, srt.encode("gb18030"), "空调滤芯.srt", "按 GB18030 编码读取")
    manual = files.pdf([files.SCAN, ["变速箱油", said["变速箱油"]]])
    await sent(staff.editor, manual, "变速箱油.pdf", "第 1 页（共 1 页）是没有文字的扫描图")
    faq = f"问题,答案\n正时皮带多久更换？,{said['正时皮带']}\n,没有问题\n"
    await sent(staff.editor, faq.encode("big5", "ignore"), "空的.csv", "列")
    report = await sent(staff.editor, faq.encode(), "皮带.csv", "1 行缺问题或答案")
    assert "《皮带.csv》已加入" in report
    await told(staff.editor, "/reindex", "已上线")
    for name, place in (
        ("火花塞", "火花塞 › ¶1"),
        ("空调滤芯", "00:12:31"),
        ("变速箱油", "第2页"),
        ("正时皮带", "正时皮带多久更换？ › ¶1"),
    ):
        found = await staff.brain.answer_service.search(f"{name}多久更换？", 1)
        assert found[0].locator == place
        assert found[0].text.endswith(said[name])


async def test_a_caption_says_to_which_course_a_file_belongs(staff: Staffed) -> None:
    page = files.pdf([["雨刮片", "雨刮片的胶条一般每六到十二个月更换一次。"]])
    refused = await sent(staff.editor, page, "雨刮片.pdf", "附言", "新课件")
    assert "course_title" in refused
    said = "course: course-wipers\ncourse_title: 雨刮"
    await sent(staff.editor, page, "雨刮片.pdf", "已上线", said)
    found = await staff.brain.answer_service.search("雨刮片多久更换？", 1)
    assert (found[0].course, found[0].course_title) == ("course-wipers", "雨刮")
    again = await sent(staff.editor, page, "雨刮片.pdf", "索引")
    assert "没有变化" in again, "what was said of the file holds"


async def test_a_picture_is_no_document(staff: Staffed) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 40)).save(picture, "PNG")
    mark = staff.editor.now
    await staff.editor.upload(picture.getvalue(), "photo.png", "photo")
    await staff.editor.wait_text("请作为文件发送", SLOW, mark)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("slides.pptx", b"PK", "可用：.csv, .docx, .epub,"),
        ("slides.pdf", b"%PDF-1.7", "这个 PDF 文件已损坏"),
        ("scan.pdf", files.pdf([files.SCAN] * 2), "只有没有文字的扫描图（2 页）"),
        ("locked.pdf", files.pdf([["x"]], password="x"), "文件有密码"),
        ("noise.txt", b"\x00\x01\x02", "这不是文本文件"),
        ("a & <b>.md", b"---\nid: [\n---\n# X\n\nText.", "不是有效的 YAML"),
        ("empty.md", b"# Only a heading\n", "没有文字"),
    ],
)
async def test_what_cannot_be_read_is_told_and_changes_nothing(
    staff: Staffed, name: str, data: bytes, reason: str
) -> None:
    before = await stored(staff), staff.brain.knowledge.index().version.id
    told_so = await sent(staff.editor, data, name, "未加入")
    assert name in told_so
    assert reason in told_so
    assert (await stored(staff), staff.brain.knowledge.index().version.id) == before


async def test_an_editor_is_told_while_a_file_is_read(
    staff: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that keeps the reading process busy; others are answered meanwhile."""
    monkeypatch.setattr("bot.routers.content.EDIT_EVERY_S", 0.2)
    monkeypatch.setattr("services.content.indexing.Reader", lambda: Reader(Limits(seconds=4)))
    mark = staff.editor.now
    await staff.editor.upload(b"<div>" * 400_000 + b"x", "deep.html")
    await staff.editor.wait_text("正在读取 deep.html，已 ", SLOW, mark)
    guest = await staff.client.persona(first_name="G", language_code="zh")
    assert "两年" in await told(guest, "制动液多久换一次？", "[1]")
    await staff.editor.wait_text("读取超过 4 秒，已放弃", SLOW, mark)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
async def test_memory_comes_down_after_large_work() -> None:
    def megabytes() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4 // 1024

    # The last block keeps the C library from giving the others back by itself.
    blocks = [bytes(2000) for _ in range(150_000)]
    last, high = blocks.pop(), megabytes()
    blocks.clear()
    give_back_memory()
    assert last is not None
    assert megabytes() < high - 200


async def test_few_files_are_read_at_once(staff: Staffed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a process and its memory, and an album has ten."""
    reading, most = 0, 0

    class Counted(Reader):
        def __enter__(self) -> Self:
            nonlocal reading, most
            reading += 1
            most = max(most, reading)
            return super().__enter__()

        def __exit__(self, *_: object) -> None:
            nonlocal reading
            reading -= 1
            super().__exit__()

    monkeypatch.setattr("services.content.indexing.Reader", Counted)
    await asyncio.gather(
        *(staff.brain.indexing.add({f"{number}.txt": b"\x00\x01\x02"}) for number in range(5))
    )
    assert (reading, most) == (0, READERS)


async def test_a_file_of_a_size_that_is_not_told_is_not_taken_whole() -> None:
    content = _Bounded()
    content.write(bytes(MAX_BYTES))
    with pytest.raises(DocumentError, match="too-big limit=20"):
        content.write(b"x")


async def test_a_file_over_telegrams_limit_is_told(staff: Staffed) -> None:
    assert "20 MB" in await sent(staff.editor, b"x" * (MAX_BYTES + 1), "big.md", "big.md")


async def test_reindex_shows_how_far_it_is_and_what_came_of_it(
    staff: Staffed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that is held half-way: the live index answers, a second build is told to wait."""
    go, knowledge = Event(), staff.brain.knowledge
    build = knowledge.build

    def slow_build(found: Any, **options: Any) -> Any:
        options["progress"](3, 10)
        go.wait(SLOW)
        return build(found, **options)

    monkeypatch.setattr(knowledge, "build", slow_build)
    old = knowledge.index().version.id
    mark = staff.editor.now
    await staff.editor.send("/reindex")
    await staff.editor.wait_text("▰▰▰▱▱▱▱▱▱▱ 3 / 10", SLOW, mark)
    assert "正在建立索引" in await told(staff.admin, "/reindex", "正在建立索引")
    guest = await staff.client.persona(first_name="G", language_code="zh")
    assert "两年" in await told(guest, "制动液多久换一次？", "[1]")
    late = staff.admin.now
    await staff.admin.upload("冷却液的冰点应低于当地最低气温。".encode(), "coolant.txt")
    await staff.admin.wait_text("正在索引", SLOW, late)
    go.set()
    await staff.editor.wait_text("已上线", SLOW, mark)
    await staff.admin.wait_text("已上线", SLOW, late)
    live = knowledge.index().version
    assert live.id != old
    assert "coolant" in live.document_digests, "a document sent during a build is in the next one"
