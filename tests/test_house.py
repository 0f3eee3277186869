"""Rules of the house that no linter holds."""

import re
from pathlib import Path

import pytest

import bot

ROOT = Path(bot.__file__).parent.parent
# What comes in is written down before Telegram is told so; how far its list of charges was read.
WRITERS = ("bot/inbox.py", "bot/ledger.py")


def chat_files() -> list[Path]:
    return [p for p in sorted(ROOT.glob("bot/**/*.py")) if "cli" not in p.parts]


@pytest.mark.parametrize("path", chat_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_draws_a_chat_writes_nothing_to_the_database(path: Path) -> None:
    """A handler reads, renders and calls one service: rules stand where every face has them."""
    if str(path.relative_to(ROOT)) not in WRITERS:
        assert not re.search(r"\.write\(\)", path.read_text("utf-8"))


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/*.md")), ids=lambda page: page.name)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    named = re.findall(r"`([\w-]+/[\w/-]+\.(?:py|ftl|yaml|md|toml))`", page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []
