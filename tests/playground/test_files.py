"""Photos, documents, albums: up, down and on screen."""

import struct
import zlib
from io import BytesIO

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
)
from aiogram.utils.media_group import MediaGroupBuilder
from aiohttp import ClientSession

from playground.client import Person
from playground.files import MAX_DOWNLOAD
from playground.server import Playground
from tests.playground.conftest import keyboard

ALEX = 102


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


async def fetched(bot: Bot, file_id: str) -> bytes:
    file = await bot.get_file(file_id)
    assert file.file_path
    data = await bot.download_file(file.file_path)
    assert isinstance(data, BytesIO)
    return data.getvalue()


async def test_a_photo_is_sent_seen_edited_and_sent_again(
    pg: Playground, bot: Bot, alex: Person
) -> None:
    picture = BufferedInputFile(png(), "car.png")
    sent = await bot.send_photo(
        ALEX, picture, caption="*My* 🚗", parse_mode="MarkdownV2", reply_markup=keyboard({"A": "a"})
    )
    assert sent.photo
    assert (sent.photo[-1].width, sent.photo[-1].height) == (3, 2)
    assert sent.caption_entities
    assert await fetched(bot, sent.photo[-1].file_id) == png()
    seen = await alex.wait_text("My 🚗")
    facts = {"file_id", "file_unique_id", "width", "height", "file_size"}
    assert seen["photo"][0].keys() == facts
    url = f"{pg.url}/api/files/{seen['photo'][0]['file_id']}"
    async with ClientSession() as session, session.get(url) as response:
        assert response.content_type == "image/png"
        assert await response.read() == png()
    edited = await bot.edit_message_caption(
        chat_id=ALEX, message_id=sent.message_id, caption="Yours"
    )
    assert isinstance(edited, Message)
    assert (edited.caption, edited.caption_entities, edited.reply_markup) == ("Yours", None, None)
    again = await bot.send_photo(ALEX, sent.photo[-1].file_id)
    assert again.photo
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await bot.edit_message_text(text="x", chat_id=ALEX, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="can't use file of type Photo as Document"):
        await bot.send_document(ALEX, sent.photo[-1].file_id)


async def test_documents_go_both_ways(pg: Playground, bot: Bot, alex: Person) -> None:
    said = await alex.upload("手册".encode(), "手册.md", caption="For /you")
    (update,) = [u for u in await bot.get_updates() if u.message and u.message.document]
    assert update.message
    document = update.message.document
    assert document
    assert (document.file_name, document.file_size) == ("手册.md", 6)
    assert update.message.caption == said["caption"] == "For /you"
    assert await fetched(bot, document.file_id) == "手册".encode()
    sent = await bot.send_document(ALEX, BufferedInputFile(b"<script>", "a.html"))
    assert sent.document
    assert sent.document.mime_type == "text/html"
    url = f"{pg.url}/api/files/{sent.document.file_id}"
    async with ClientSession() as session, session.get(url) as response:
        assert response.content_type == "application/octet-stream"
        assert "attachment" in response.headers["Content-Disposition"]
    swapped = await bot.edit_message_media(
        InputMediaPhoto(media=BufferedInputFile(png(), "b.png"), caption="now a photo"),
        chat_id=ALEX,
        message_id=sent.message_id,
    )
    assert isinstance(swapped, Message)
    assert swapped.photo
    assert (swapped.document, swapped.caption) == (None, "now a photo")
    taken = await alex.upload(png(5, 4), "p.png", kind="photo")
    assert taken["photo"][0]["width"] == 5


async def test_albums_keep_together(bot: Bot, alex: Person) -> None:
    builder = MediaGroupBuilder(caption="Both")
    builder.add_photo(BufferedInputFile(png(), "1.png"))
    builder.add_photo(BufferedInputFile(png(), "2.png"))
    album = await bot.send_media_group(ALEX, builder.build())
    assert len({message.media_group_id for message in album}) == 1
    assert [message.caption for message in album] == ["Both", None]
    forwarded = await bot.forward_messages(ALEX, ALEX, [one.message_id for one in album])
    assert len(forwarded) == 2
    photo = InputMediaPhoto(media=BufferedInputFile(png(), "1.png"))
    paper = InputMediaDocument(media=BufferedInputFile(b"x", "1.txt"))
    with pytest.raises(TelegramBadRequest, match="document can't be mixed with other media"):
        await bot.send_media_group(ALEX, [photo, paper])
    with pytest.raises(TelegramBadRequest, match="too many messages to send as an album"):
        await bot.send_media_group(ALEX, [photo] * 11)
    film = InputMediaVideo(media=BufferedInputFile(b"film", "v.mp4"), duration=7)
    mixed = await bot.send_media_group(ALEX, [photo, film])
    assert mixed[1].video
    assert mixed[1].video.duration == 7


async def test_films_and_sounds(bot: Bot, alex: Person) -> None:
    data = BufferedInputFile(b"data", "x.bin")
    video = (await bot.send_video(ALEX, data, width=640, height=360, caption="c")).video
    assert video
    assert (video.width, video.height, video.duration) == (640, 360, 0)
    audio = (await bot.send_audio(ALEX, data, title="T", performer="P", duration=9)).audio
    assert audio
    assert (audio.title, audio.performer, audio.duration) == ("T", "P", 9)
    voice = (await bot.send_voice(ALEX, data)).voice
    assert voice
    assert await fetched(bot, voice.file_id) == b"data"
    assert (await bot.send_animation(ALEX, data)).animation
    assert (await bot.send_video_note(ALEX, data, length=240)).video_note


async def test_files_that_telegram_refuses(bot: Bot, alex: Person) -> None:
    with pytest.raises(TelegramBadRequest, match="IMAGE_PROCESS_FAILED"):
        await bot.send_photo(ALEX, BufferedInputFile(b"no picture", "a.png"))
    with pytest.raises(TelegramBadRequest, match="file must be non-empty"):
        await bot.send_document(ALEX, BufferedInputFile(b"", "a.txt"))
    with pytest.raises(TelegramBadRequest, match="failed to get HTTP URL content"):
        await bot.send_photo(ALEX, "https://example.com/a.png")
    with pytest.raises(TelegramBadRequest, match="message caption is too long"):
        await bot.send_document(ALEX, BufferedInputFile(b"x", "a"), caption="x" * 1025)
    big = await bot.send_document(ALEX, BufferedInputFile(bytes(MAX_DOWNLOAD + 1), "big.bin"))
    assert big.document
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(big.document.file_id)
