"""/documents over HTTP: what is in the knowledge base, opened, removed and brought back."""

from playground.client import Person, PlaygroundClient
from playground.plain import Json
from playground.server import Playground
from tests.bot.acts import button_data, button_texts, stale, tap, with_button
from tests.bot.conftest import EDITOR

SLOW = 30.0


async def listed(editor: Person) -> Json:
    mark = editor.now
    await editor.send("/documents")
    return await with_button(editor, "doc:open", since=mark)


async def answer(person: Person, question: str, part: str) -> str:
    mark = person.now
    await person.send(question)
    return str((await person.wait_text(part, SLOW, mark))["text"])


async def test_an_editor_opens_removes_and_brings_back_a_document(
    client: PlaygroundClient, pg: Playground
) -> None:
    editor, guest = await client.persona(EDITOR), await client.persona(language_code="zh")
    page = await listed(editor)
    assert "4 篇文档，第 1 / 1 页" in page["text"]
    assert set(button_texts(page)) == {"冬季续航", "制动液", "Range in winter", "Brake fluid"}
    mark = editor.now
    await editor.click_text(page, "制动液")
    card = await editor.wait_text("id：zh-brake-fluid", SLOW, mark)
    assert "已在索引中：" in card["text"]
    file, remove, _ = button_data(card)
    await editor.click(card, file)
    sent = await editor.wait_for(lambda event: "document" in event.data.get("message", {}), SLOW)
    assert sent.data["message"]["document"]["file_name"] == "zh-brake-fluid.md"

    assert "两年" in await answer(guest, "制动液多久换一次？", "[1]")
    mark = editor.now
    await editor.click(card, remove)
    removed = await editor.wait_text("《制动液》已移除", SLOW, mark)
    await editor.wait_text("已上线：3 篇文档", SLOW, mark)
    assert "一般每两年更换一次" not in await answer(guest, "制动液多久换一次？", "")
    assert "已经做过" in await tap(editor, await stale(pg, editor, remove), remove)
    assert "制动液" not in button_texts(await listed(editor))

    mark = editor.now
    await editor.click(removed, button_data(removed)[0])
    await editor.wait_text("《制动液》已恢复", SLOW, mark)
    await editor.wait_text("已上线：4 篇文档", SLOW, mark)
    assert "两年" in await answer(guest, "制动液多久换一次？", "[1]")


async def test_pages_are_turned_and_only_editors_may(client: PlaygroundClient) -> None:
    editor, guest = await client.persona(EDITOR), await client.persona(language_code="zh")
    for n in range(5):
        mark = editor.now
        await editor.upload(f"说明{n}：灯泡每{n + 2}年更换一次。".encode(), f"灯泡{n}.txt")
        await editor.wait_text("已上线", SLOW, mark)
    page = await listed(editor)
    assert "9 篇文档，第 1 / 2 页" in page["text"]
    mark = editor.now
    await editor.click_text(page, "下一页")
    second = await editor.wait_text("第 2 / 2 页", SLOW, mark)
    assert len([data for data in button_data(second) if data.startswith("doc:open")]) == 1
    assert "不认识这个命令" in await answer(guest, "/documents", "")
