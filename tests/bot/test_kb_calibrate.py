"""`chezhi kb calibrate`: a threshold for this very base, told, drawn, and taken up."""

from pathlib import Path

import pytest
import yaml

from tests.bot.command_line import Run, lessons, one

FLUID = ["zh-brake-fluid", "en-brake-fluid"]
RANGE = ["zh-winter-range", "en-winter-range"]
GOLDEN = [
    *((text, FLUID) for text in ("制动液多久换一次", "刹车油几年一换", "制动液含水会怎样")),
    *((text, FLUID) for text in ("How often to change brake fluid", "Why does brake fluid boil")),
    *((text, RANGE) for text in ("冬天续航少多少", "零下十度电动车能跑多远", "座椅加热省电吗")),
    *((text, RANGE) for text in ("How far does an EV go in the cold", "Is a heated seat cheaper")),
    *((text, []) for text in ("天窗漏水怎么修", "行李架能装多重", "摩托车驾照怎么考")),
    *((text, []) for text in ("How do I fix a sunroof", "What is a roof box for")),
    *((text, []) for text in ("房车水箱怎么洗", "赛车手怎么考执照", "How are drones charged")),
]


@pytest.fixture
def base(run: Run, tmp_path: Path) -> Path:
    assert run("kb", "add", lessons(tmp_path / "lessons")).exit_code == 0
    file = tmp_path / "golden.yaml"
    rows = [
        {"question": text, "language": "en" if text.isascii() else "zh", "documents": documents}
        for text, documents in GOLDEN
    ]
    file.write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    return file


def test_each_index_finds_its_threshold_and_tells_it(
    run: Run, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEZHI_READER_MODEL", "bundled")
    assert one(run("kb", "golden", "import", base, "--json"))["imported"] == len(GOLDEN)
    built = one(run("kb", "index", "--json"))
    found = built["calibration"]
    assert found["reader"] == "bundled"
    assert found["allowed"] == 0.1
    assert found["made_of"][0] == len(GOLDEN)
    within = found["within"]
    assert within["false"] <= 0.1
    assert within["without"] >= 20
    assert within["curve"][0][1:] == [1.0, 1.0]
    status = run("kb", "status").stdout
    assert f"from {within['threshold']:.3f} on" in status
    assert f"{len(GOLDEN)} golden questions" in status
    picture = tmp_path / "curve.png"
    again = one(run("kb", "calibrate", "--plot", picture, "--json"))
    assert again["index"] == built["id"]
    assert again["within"]["threshold"] == pytest.approx(within["threshold"], abs=1e-3)
    assert again["within"]["answered"] == within["answered"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    # Who allows more false answers gets a threshold that is no higher.
    more = one(run("kb", "calibrate", "--json", CHEZHI_FALSE_ANSWERS="0.5"))
    assert more["within"]["threshold"] < within["threshold"]
    assert one(run("kb", "status", "--json"))["live"]["calibration"]["allowed"] == 0.5


def test_without_a_base_or_questions_it_says_what_to_do(run: Run, base: Path) -> None:
    missing = run("kb", "calibrate")
    assert missing.exit_code == 3
    assert "chezhi kb index" in missing.stderr
    run("kb", "index")
    few = run("kb", "calibrate")
    assert few.exit_code == 1
    assert "chezhi kb golden import" in few.stderr
    wrong = run("kb", "calibrate", CHEZHI_FALSE_ANSWERS="2")
    assert wrong.exit_code == 1
    assert "CHEZHI_FALSE_ANSWERS" in wrong.stderr
