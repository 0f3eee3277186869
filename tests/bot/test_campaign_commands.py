"""`chezhi campaign …` and `chezhi audit …` from a draft to its sending, which a bot then does."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.bot.command_line import SAMPLE, Run, many, one

ANN, BO, CY = "11", "12", "13"


@pytest.fixture
def shop(stocked: Run, tmp_path: Path) -> Run:
    """A catalogue, a marketer, two admins, and people to invite."""
    rows = tmp_path / "signals.csv"
    lines = [f"{user},viewed,x,2026-11-20T08:00:00Z" for user in (ANN, BO, CY, 14, 15)]
    rows.write_text("\n".join(["user,verb,object,occurred_at", *lines, ""]))
    assert stocked("signals", "import", rows, "--add-users").exit_code == 0
    return stocked


def roles(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "var" / "chezhi.db") as connection:
        for user, role in ((ANN, "marketer"), (BO, "admin"), (CY, "admin")):
            connection.execute("UPDATE users SET role = ? WHERE id = ?", (role, user))


def waiting(tmp_path: Path) -> set[tuple[str, int | None]]:
    """What a running bot has yet to tell: (kind, to whom)."""
    with sqlite3.connect(tmp_path / "var" / "chezhi.db") as connection:
        query = "SELECT kind, user_id FROM deadlines WHERE state = 'due' AND kind LIKE 'campaign-%'"
        return {(kind, user_id) for kind, user_id in connection.execute(query)}


def created(run: Run, *more: str) -> dict[str, Any]:
    return one(
        run(
            *("campaign", "create", "--item", "course-winter", "--name", "Winter", "--by", ANN),
            *("--text", "A.zh=来学冬季用车", "--text", "A.en=Learn winter driving"),
            *("--set", "holdout=10", "--set", "quiet=-", *more, "--json"),
        )
    )


def test_the_whole_way(shop: Run, tmp_path: Path) -> None:
    roles(tmp_path)
    made = created(shop, "--audience", "did:viewed(n=1) not city=上海")
    number = str(made["id"])
    assert (made["status"], made["holdout"], made["quiet"]) == ("draft", 0.1, None)
    assert made["audience"] == "did:viewed(n=1) not city=上海"
    checked = one(shop("campaign", "check", number, "--by", ANN, "--json"))
    # Nobody of these agreed to invites yet.
    assert (checked["errors"], [f["code"] for f in checked["findings"]]) == (0, ["nobody"])
    refused = shop("campaign", "approve", number, "--by", ANN)
    assert refused.exit_code == 1
    assert "may not approve" in refused.stderr
    assert one(shop("campaign", "submit", number, "--by", ANN, "--json"))["status"] == "submitted"
    assert waiting(tmp_path) == {("campaign-asked", int(BO)), ("campaign-asked", int(CY))}
    stale = shop("campaign", "approve", number, "--by", BO, "--seen", "0" * 16)
    assert stale.exit_code == 1
    seen = made["digest"]
    yes = one(shop("campaign", "approve", number, "--by", BO, "--seen", seen, "--json"))
    assert (yes["status"], yes["approved_by"]) == ("approved", int(BO))
    assert ("campaign-decided", None) in waiting(tmp_path)
    assert shop("campaign", "approve", number, "--by", CY).exit_code == 1
    sent = one(shop("campaign", "send", number, "--by", CY, "--json"))
    assert sent["status"] == "sending"
    assert one(shop("campaign", "pause", number, "--by", CY, "--json"))["status"] == "paused"
    assert one(shop("campaign", "resume", number, "--by", CY, "--json"))["status"] == "sending"
    assert shop("campaign", "send", number, "--by", CY).exit_code == 1
    assert one(shop("campaign", "cancel", number, "--by", CY, "--json"))["status"] == "cancelled"
    assert shop("campaign", "resume", number, "--by", CY).exit_code == 1
    (listed,) = many(shop("campaign", "status", "--by", CY, "--json"))
    assert listed["status"] == "cancelled"
    acts = [entry["act"] for entry in many(shop("audit", "list", "--json"))][::-1]
    assert [act for act in acts if act != "edited"] == [
        *("created", "submitted", "approved", "launched", "paused", "resumed", "cancelled"),
    ]
    whole = one(shop("audit", "verify", "--json"))
    assert whole["ok"]
    assert one(shop("audit", "verify", "--head", whole["head"], "--json"))["ok"]
    gone = shop("audit", "verify", "--head", "f" * 64, "--json")
    assert gone.exit_code == 1
    assert json.loads(gone.stdout)["why"] == "head-missing"


def test_a_campaign_that_one_owner_writes_alone(run: Run) -> None:
    assert run("catalog", "import", SAMPLE / "items.yaml").exit_code == 0
    alone = {"CHEZHI_OWNER_IDS": "901"}
    item = ("--item", "course-winter", "--name", "W", "--text", "A.zh=来学")
    made = one(run("campaign", "create", *item, "--json", **alone))
    assert one(run("campaign", "approve", str(made["id"]), "--json", **alone))["approved_by"] == 901
    (entry,) = [
        entry
        for entry in many(run("audit", "list", "--campaign", str(made["id"]), "--json"))
        if entry["act"] == "approved"
    ]
    assert entry["detail"]["alone"] is True
    assert one(run("campaign", "send", str(made["id"]), "--json", **alone))["status"] == "sending"
    assert "Say who does it" in run("campaign", "status").stderr


def test_what_breaks_the_law_is_told_and_not_submitted(shop: Run, tmp_path: Path) -> None:
    roles(tmp_path)
    made = created(shop, "--text", "B.zh=全国第一的冬季课程")
    checked = shop("campaign", "check", str(made["id"]), "--by", ANN, "--json")
    assert checked.exit_code == 1
    (found,) = [f for f in json.loads(checked.stdout)["findings"] if f["severity"] == "error"]
    assert (found["wording"], found["language"]) == ("B", "zh")
    assert found["quote"] in "全国第一的冬季课程"
    assert found["why"]
    refused = shop("campaign", "submit", str(made["id"]), "--by", ANN)
    assert refused.exit_code == 1
    assert "check" in refused.stderr


def test_an_audience_of_nobody_is_a_warning(shop: Run, tmp_path: Path) -> None:
    roles(tmp_path)
    made = created(shop, "--audience", "city=Atlantis")
    checked = one(shop("campaign", "check", str(made["id"]), "--by", ANN, "--json"))
    assert [(f["severity"], f["code"]) for f in checked["findings"]] == [("warning", "nobody")]
    assert shop("campaign", "submit", str(made["id"]), "--by", ANN).exit_code == 0
    entry = many(shop("audit", "list", "--json"))[0]
    assert "T" in entry["at"], "as times are written everywhere"


def test_what_costs_more_than_its_budget_is_not_submitted(shop: Run, tmp_path: Path) -> None:
    roles(tmp_path)
    with sqlite3.connect(tmp_path / "var" / "chezhi.db") as connection:
        connection.execute("UPDATE users SET personalisation = true, invites = true")
    # Five people at 1 yuan each, a tenth of them held out.
    costs = ("--set", "cost_each_fen=100")
    dear = created(shop, *costs, "--set", "budget_fen=400", "--set", "error_rate=50")
    assert (dear["cost_each_fen"], dear["budget_fen"]) == (100, 400)
    checked = shop("campaign", "check", str(dear["id"]), "--by", ANN, "--json")
    assert [one["code"] for one in json.loads(checked.stdout)["findings"]] == ["budget"]
    assert shop("campaign", "submit", str(dear["id"]), "--by", ANN).exit_code == 1
    fits = created(shop, *costs, "--set", "budget_fen=500", "--set", "paid=yes")
    assert (fits["paid"], dear["error_rate"]) == (True, 0.5)
    assert shop("campaign", "submit", str(fits["id"]), "--by", ANN).exit_code == 0
    assert (
        "yes or no"
        in shop(
            "campaign",
            "create",
            "--item",
            "course-winter",
            "--name",
            "W",
            "--set",
            "paid=maybe",
            "--by",
            ANN,
        ).stderr
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--set", "holdout=95"], "0 to 90"),
        (["--set", "starts_at=2001-01-01 00:00"], "passed"),
        (["--set", "shoe=3"], "sets no field"),
        (["--audience", "age=3"], "is no rule"),
        (["--text", "A=x"], "is no wording"),
        (["--photo", "A=/nowhere.png"], "can't be read"),
    ],
)
def test_what_is_wrong_makes_no_campaign(
    shop: Run, tmp_path: Path, more: list[str], told: str
) -> None:
    roles(tmp_path)
    item = ("--item", "course-winter", "--name", "W", "--by", ANN)
    failed = shop("campaign", "create", *item, *more)
    assert failed.exit_code == 1
    assert told in failed.stderr
    assert many(shop("campaign", "status", "--by", BO, "--json")) == []
