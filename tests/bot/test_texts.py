"""The two catalogues say the same things, and just those that the code asks for."""

import re
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest
from fluent.syntax import FluentParser, ast

import activities
import bot
import services
import wording
from bot.commands import ADMIN, EDITOR, EVERYONE
from bot.routers.start import BUNDLES
from retrieval.sections import NoteCode
from services.recommending.tags import TOPICS
from storage.models import ITEM_TYPES
from storage.models.base import LANGUAGES
from wording.cities import CITIES
from wording.texts import LOCALES, Texts


def catalogue(language: str) -> dict[str, str]:
    """Message to its Fluent source. Fails on what Fluent can't read."""
    text = (LOCALES / f"{language}.ftl").read_text("utf-8")
    found: dict[str, str] = {}
    for entry in FluentParser().parse(text).body:
        assert not isinstance(entry, ast.Junk), entry.content
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, f"{entry.id.name} is there twice"
            found[entry.id.name] = text[entry.span.start : entry.span.end]
    return found


def variables(message: str) -> set[str]:
    return set(re.findall(r"\$(\w+)", message))


def source() -> str:
    rooms = (Path(str(room.__file__)).parent for room in (bot, wording, activities, services))
    paths = [path for room in rooms for path in sorted(room.rglob("*.py"))]
    return "\n".join(path.read_text("utf-8") for path in paths)


def test_both_languages_have_the_same_messages_with_the_same_variables() -> None:
    zh, en = (catalogue(language) for language in LANGUAGES)
    assert set(zh) == set(en)
    for key in zh:
        assert variables(zh[key]) == variables(en[key]), key


def test_every_message_that_the_code_names_is_there() -> None:
    there = set(catalogue("en"))
    named = set(re.findall(r"""\btexts(?:\.html)?\(\s*"([a-z0-9_-]+)\"""", source()))
    assert len(named) > 60
    assert named <= there
    # Keys that are put together: every one that can come about.
    made = chain(
        (f"type-{kind}" for kind in ITEM_TYPES),
        (f"type-icon-{kind}" for kind in ITEM_TYPES),
        (f"topic-{topic}" for topic in TOPICS),
        (f"bundle-{bundle}" for bundle in BUNDLES),
        (f"city-{city}" for city in (*CITIES, "other")),
        (f"command-{name}" for name in (*EVERYONE, *EDITOR, *ADMIN)),
        (f"onboard-car-{car}" for car in ("owns", "plans")),
        (f"note-{code}" for code in get_args(NoteCode)),
    )
    assert set(made) <= there


def test_no_message_is_left_over() -> None:
    code = source()
    # A key is used where it stands as a string, or where an f-string makes its like.
    quoted = set(re.findall(r'"([a-z0-9_-]+)"', code))
    made = re.findall(r'f"([a-z-]+-)\{[^"]*"', code)
    found = catalogue("en")
    referred = set(re.findall(r"\{ ([a-z0-9-]+) \}", "".join(found.values())))
    left = [
        key
        for key in found
        if key not in quoted | referred and not any(key.startswith(start) for start in made)
    ]
    assert left == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hole_is_told_instead_of_shown(language: str) -> None:
    texts = Texts(language)
    with pytest.raises(KeyError):
        texts("no-such-message")
    with pytest.raises(ValueError, match="stars"):
        texts("price-stars")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_may_be_longer_than_fluent_takes(language: str) -> None:
    """fluent.runtime 0.4.0 raises for a placeable of more than 2,500 characters."""
    text = "长" * 5000 + "<end> & "
    said = Texts(language).html("source-card", number=1, title="T", place="p", text=text)
    assert f"{'长' * 5000}&lt;end&gt; &amp; " in said
    assert Texts(language)("card-text", text=text).count("长") == 5000
    assert not {"\ufdd0", "\ufdd1"} & set(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_price_stays_beside_its_star(language: str) -> None:
    starred = [text for text in catalogue(language).values() if "⭐" in text]
    assert len(starred) > 8
    for text in starred:
        assert re.findall("⭐(.)", text) == ["{"] * text.count("⭐"), text
    assert Texts(language)("price-stars", stars=260) == "⭐\u00a0260"
