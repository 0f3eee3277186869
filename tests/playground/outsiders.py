"""What a person says to a bot written with another library, and must see of it.

The bot: /start greets with a button that edits the greeting; "photo", "document" and "invoice" send
those; a document is read back; "wrong" tells how Telegram refused a text that is too long. "plan"
sends the link of a subscription; "rich" a rich message with a button in it that rewrites it, and
a reply to that names its first block; called into a chat as a guest it answers with an echo. Where
the library knows them: "draft" writes an answer that can be stopped, which is then told of;
"whisper" shows a button whose tap is answered for one alone.
"""

from playground.client import Person, PlaygroundClient


async def talk(person: Person, client: PlaygroundClient) -> None:
    await person.start()
    greeting = await person.wait_text("Hello")
    assert greeting["text"] == "Hello Alex 🚗"
    assert greeting["entities"] == [{"type": "bold", "offset": 6, "length": 4}]
    query = await person.click_text(greeting, "More")
    assert (await person.toast(query))["text"] == "Sure"
    edited = await person.wait_text("Edited")
    assert edited["message_id"] == greeting["message_id"]
    assert "reply_markup" not in edited

    await person.send("photo")
    photo = await person.wait_text("Photo")
    assert (photo["photo"][0]["width"], photo["photo"][0]["height"]) == (1, 1)
    await person.send("document")
    document = await person.wait_text("Document")
    assert document["document"]["file_name"] == "文.txt"
    assert document["document"]["file_size"] == 5
    await person.upload("手册".encode(), "手册.txt")
    await person.wait_text("Got 6 bytes: 手册")

    await person.send("invoice")
    bill = await person.wait_for(lambda e: "invoice" in e.data.get("message", {}))
    assert bill.data["message"]["invoice"]["total_amount"] == 5
    assert await person.pay(bill.data["message"]) == {"ok": True}
    await person.wait_text("Paid 5 XTR for course:1")

    await person.send("wrong")
    await person.wait_text("Refused 400: Bad Request: message is too long")
    await person.send("delete")
    gone = await person.wait_text("Not for long")
    await person.wait_for(lambda e: e.data == {"message_ids": [gone["message_id"]]})
    refused = [one for one in await client.log() if one["status"] != 200]
    assert [one["method"] for one in refused if one["status"]] == ["sendMessage"]


async def subscribe(person: Person, client: PlaygroundClient) -> None:
    """Two months, the second by itself."""
    await person.send("plan")
    link = (await person.wait_text("https://t.me/$"))["text"]
    mark = person.now
    assert await person.pay_link(link) == {"ok": True}
    await person.wait_text("Paid 300 XTR for plan:all", since=mark)
    mark = person.now
    await client.pass_time(days=30)
    await person.wait_text("Paid 300 XTR for plan:all", since=mark)


async def call_in(person: Person, client: PlaygroundClient) -> None:
    bot = (await client.state())["bots"][0]
    group = await client.group("Strangers", person, has_bot=False)
    await group.say(person, f"@{bot['username']} tyres")
    answer = await group.wait_text(f"You asked: @{bot['username']} tyres")
    assert answer["guest_bot_caller_user"]["id"] == person.id


async def rich(person: Person) -> None:
    await person.send("rich")
    told = await person.wait_text("3 mm")
    kinds = [block["type"] for block in told["rich_message"]["blocks"]]
    assert kinds == ["heading", "paragraph", "buttons"]
    assert "text" not in told
    await person.send("which?", reply_to=told["message_id"])
    await person.wait_text("That was a heading")
    await person.click_text(told, "More")
    again = await person.wait_text("4 mm")
    assert again["message_id"] == told["message_id"]
    await person.send("wrong rich")
    await person.wait_text("Refused 400: RICH_MESSAGE_URL_INVALID")


async def stop(person: Person) -> None:
    await person.send("draft")
    draft = await person.wait_event("draft")
    assert draft["can_stop"]
    await person.stop(draft["draft_id"])
    await person.wait_text(f"Stopped {draft['draft_id']}")


async def whisper(person: Person, client: PlaygroundClient) -> None:
    group = await client.group("Drivers", person, await client.persona(101))
    view = await client.group_as(group, person)
    await group.say(person, "whisper")
    message = await group.wait_text("Tap")
    await group.tap(person, message, "whisper")
    shown = await view.wait_text("Just you")
    assert shown["receiver_user"]["id"] == person.id
    await view.wait_text("Just you, changed")
    await view.wait_event("ephemeral_delete")
    assert "Just you" not in str(group.seen)
