"""The knowledge base from the command line: filled, asked, searched and measured."""

import json
from pathlib import Path

from tests.bot.command_line import Run, lessons, many, one
from tests.bot.lessons import LESSONS
from tests.retrieval import files
from tests.retrieval.test_evaluation import write_set


def test_the_knowledge_base_from_nothing_to_an_answer(run: Run, tmp_path: Path) -> None:
    for command in ("ask", "search"):
        missing = run(command, "制动液多久换一次？", "--json")
        assert missing.exit_code == 3
        assert missing.stdout == ""
        assert "chezhi kb add" in missing.stderr
    nothing = run("kb", "index")
    assert nothing.exit_code == 1
    assert "chezhi kb add" in nothing.stderr
    folder = lessons(tmp_path / "lessons")
    added = one(run("kb", "add", folder, "--json"))
    assert (added["read"], added["changed"], added["faults"]) == (4, 4, {})
    assert added["files"][0] == {
        "name": "en-brake-fluid.md",
        "outcome": "new",
        "document": "en-brake-fluid",
        "remarks": [],
        "fault": None,
    }
    again = one(run("kb", "add", folder, "--json"))
    assert (again["changed"], {file["outcome"] for file in again["files"]}) == (0, {"unchanged"})
    assert one(run("kb", "status", "--json")) == {"stored_documents": 4, "live": None}
    version = one(run("kb", "index", "--json"))
    assert version["documents"] == 4
    assert one(run("kb", "status", "--json"))["live"]["id"] == version["id"]
    answer = one(run("ask", "制动液多久换一次？", "--json"))
    assert list(answer) == [
        "question",
        "answer",
        "refused",
        "intent",
        "wish",
        "dangerous",
        "caution",
        "language",
        "mode",
        "citations",
        "timings_ms",
    ]
    assert "两年" in answer["answer"]
    assert (answer["intent"], answer["dangerous"]) == ("question", True)
    assert list(answer["citations"][0]) == ["document", "title", "locator", "quote", "score"]
    assert "[1]" in run("ask", "制动液多久换一次？").stdout
    lines = "刹车油几年换一次\n\n谢谢你\n我想试驾\nWho climbed that mountain?\n"
    many_told = many(run("ask", "-", stdin=lines))
    assert [(a["question"], a["intent"], a["wish"], a["refused"]) for a in many_told] == [
        ("刹车油几年换一次", "question", "", False),
        ("谢谢你", "thanks", "", False),
        ("我想试驾", "wish", "test_drive", False),
        ("Who climbed that mountain?", "question", "", True),
    ]
    assert "两年" in many_told[0]["answer"]
    assert "不客气" in many_told[1]["answer"]
    own = tmp_path / "var" / "synonyms.yaml"
    own.write_text("synonyms: 刹车油\n", "utf-8")
    assert "[word, word]" in run("kb", "synonyms").stderr
    own.write_text("synonyms:\n  - [制动液, 碟油]\n", "utf-8")
    assert one(run("kb", "synonyms", "--json"))["own"]
    assert "两年" in one(run("ask", "碟油几年换一次", "--json"))["answer"]
    for written, usual in (
        ("制動液多久更換一次？", "制动液多久更换一次？"),
        ("冬天續航為什麼會變短", "冬天续航为什么会变短"),
    ):
        told = one(run("ask", written, "--json"))
        assert not told["refused"]
        assert told["answer"] == one(run("ask", usual, "--json"))["answer"]
    hits = many(run("search", "brake fluid", "-k", "3", "--json"))
    assert [list(hit) for hit in hits] == [
        ["document", "chunk", "title", "locator", "text", "score"]
    ] * 3
    assert hits[0]["document"] == "en-brake-fluid"
    assert run("kb", "remove", "en-brake-fluid").exit_code == 0
    assert run("kb", "remove", "en-brake-fluid").exit_code == 1
    assert one(run("kb", "index", "--json"))["documents"] == 3


def test_what_is_stored_is_listed_and_what_is_not_is_told(run: Run, tmp_path: Path) -> None:
    folder = lessons(tmp_path / "lessons")
    (folder / "slides.pptx").write_bytes(b"PK")
    (folder / "away.md").symlink_to(tmp_path / "nowhere")
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "en-brake-fluid.md.yaml").write_text("title: Fluid")
    assert one(run("kb", "add", folder, "--json"))["passed_over"] == ["away.md", "slides.pptx"]
    assert "2 passed over, since I only read .csv" in run("kb", "add", folder).stdout
    only = tmp_path / "only"
    only.mkdir()
    (only / "slides.pptx").write_bytes(b"PK")
    assert "Passed over: slides.pptx" in run("kb", "add", only).stderr
    listed = many(run("kb", "list", "--json"))
    assert [(row["id"], row["title"], row["indexed"]) for row in listed][:2] == [
        ("en-brake-fluid", "Fluid", False),
        ("en-winter-range", "Range in winter", False),
    ]
    built = one(run("kb", "index", "--json"))
    assert built["built"]
    again = one(run("kb", "index", "--json"))
    assert (again["built"], again["id"], again["live"]) == (False, built["id"], True)
    assert f"Nothing has changed: index {built['id']} stays live" in run("kb", "index").stdout
    assert len(many(run("kb", "versions", "--json"))) == 1
    assert all(row["indexed"] for row in many(run("kb", "list", "--json")))
    assert one(run("kb", "index", "--full", "--json"))["id"] != built["id"]
    assert run("kb", "remove", "en-brake-fluid").exit_code == 0
    assert "en-winter-range  Range in winter" in run("kb", "list").stdout
    assert len(many(run("kb", "list", "--json"))) == 3


def test_answers_are_measured_from_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    passages = ["制动液一般每两年更换一次。", "胎压应在冷车时测量。"]
    right = {"question": "制动液多久换一次？", "passages": passages, "answerable": True}
    wrong = {"question": "怎样选儿童座椅？", "passages": passages, "answerable": False}
    lines = [right | {"answers": ["每两年更换一次"]}, wrong | {"answers": []}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    found = one(run("kb", "evaluate-answers", file, "--json"))
    assert list(found) == [
        "n",
        "answer_f1",
        "answer_recall",
        "rouge_l",
        "citation_precision",
        "citation_recall",
        "refusal_accuracy",
        "answered_rate",
        "false_answer_rate",
        "answerability_auroc",
        "unsupported_sentence_rate",
    ]
    assert found["n"] == 2
    assert found["answer_recall"] == found["refusal_accuracy"] == 1
    assert "refusal_accuracy" in run("kb", "evaluate-answers", file).stdout
    assert not (tmp_path / "var").exists()
    file.write_text("{}\n", "utf-8")
    bad = run("kb", "evaluate-answers", file, "--json")
    assert (bad.exit_code, bad.stdout) == (1, "")
    assert "rows.jsonl:1: `question`" in bad.stderr


def test_files_that_cannot_be_added_are_told_and_the_others_go_in(run: Run, tmp_path: Path) -> None:
    folder = lessons(tmp_path / "lessons")
    (folder / "empty.md").write_text("# Heading only")
    (folder / "sub").mkdir()
    (folder / "sub" / "zh-brake-fluid.md").write_text(LESSONS["zh-brake-fluid.md"])
    (folder / "manual.PDF").write_bytes(files.pdf([["Check the oil."], files.SCAN]))
    (folder / "broken.docx").write_bytes(b"PK")
    (folder / "away.md").symlink_to(tmp_path / "nowhere")
    result = run("kb", "add", folder, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["read"], told["changed"]) == (5, 5)
    assert told["faults"] == {
        "broken.docx": "This DOCX file is damaged, or no real DOCX file. Export it anew.",
        "empty.md": "There is no text in it.",
        "zh-brake-fluid.md": "It has the same id as sub/zh-brake-fluid.md: “zh-brake-fluid”. "
        "Put another id at its top, or rename it.",
    }
    (manual,) = [file for file in told["files"] if file["name"] == "manual.PDF"]
    assert manual["outcome"] == "new"
    assert manual["remarks"][0].startswith("Page 2 is a scan")
    shown = run("kb", "add", folder)
    assert "manual.PDF (unchanged): Page 2 is a scan" in shown.stdout
    assert "broken.docx (refused): This DOCX file is damaged" in shown.stdout
    there, elsewhere = folder / "empty.md", folder / "sub" / "empty.md"
    elsewhere.write_text("Not empty.")
    both = json.loads(run("kb", "add", there, elsewhere, "--json").stdout)
    assert [file["outcome"] for file in both["files"]] == ["refused", "new"]
    assert run("kb", "add", tmp_path / "absent").exit_code == 2


def test_an_answer_ends_with_its_section_or_row(run: Run, tmp_path: Path) -> None:
    """Short answers, rows and lists without full stops bring nothing of what stands beside them."""
    folder = tmp_path / "files"
    folder.mkdir()
    pairs = ["问题,答案", "雨刮片多久换一次,一年", "火花塞多久换一次,八万公里"]
    pairs += ["空调滤芯能水洗吗,不能，只能换新"]
    (folder / "faq.csv").write_text("\n".join(pairs), "utf-8")
    rows = ["|车型|轮胎螺栓扭矩|备胎气压|", "|---|---|---|", "|两厢车|110 N·m|4.2 bar|"]
    rows += ["|旅行车|120 N·m|4.3 bar|", "|面包车|140 N·m|4.5 bar|"]
    (folder / "table.md").write_text("\n".join(["# 轮胎螺栓和备胎", "", *rows]), "utf-8")
    (folder / "kit.docx").write_bytes(files.word_xml(files.SECRET, files.SECRET_STYLES))
    told = one(run("kb", "add", folder, "--json"))
    assert told["files"][1]["remarks"] == [
        "1 hidden passage, which readers don't see, was left out."
    ]
    assert run("kb", "index").exit_code == 0

    def answer(question: str) -> str:
        return str(one(run("ask", question, "--json"))["answer"])

    assert answer("空调滤芯能水洗吗") == "不能，只能换新[1]"
    assert (
        answer("旅行车的备胎气压是多少")
        == "车型：旅行车，轮胎螺栓扭矩：120 N·m，备胎气压：4.3 bar [1]"
    )
    both = answer("两厢车和面包车的备胎气压")
    assert "两厢车" in both
    assert "面包车" in both
    assert "旅行车" not in both


def test_search_is_measured_on_a_labelled_set(run: Run, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set")
    result = run("kb", "evaluate", folder, "--json", CHEZHI_CHUNK_SIZE="20")
    found = one(result)
    assert set(found["systems"]) == {"pipeline", "bm25", "dense", "rrf"}
    assert found["chunks"] > one(run("kb", "evaluate", folder, "--json"))["chunks"]
    assert "Indexing" in result.stderr
    # The index was thrown away.
    assert one(run("kb", "status", "--json"))["live"] is None
    assert "pipeline" in run("kb", "evaluate", folder).stdout
    bad = run("kb", "evaluate", tmp_path / "nowhere")
    assert bad.exit_code == 1
    assert "queries.jsonl and qrels/test.tsv" in bad.stderr


def test_wrong_settings_of_search_are_told(run: Run, tmp_path: Path) -> None:
    for name, value, takes in (
        ("CHUNK_SIZE", "5", "20 to 2000"),
        ("CHUNK_OVERLAP", "200", "half the chunk size"),
    ):
        result = run("kb", "status", **{f"CHEZHI_{name}": value})
        assert result.exit_code == 1
        assert f"CHEZHI_{name} is wrong" in result.stderr
        assert takes in result.stderr
    folder = write_set(tmp_path / "set")
    result = run("kb", "evaluate", folder, CHEZHI_RERANKER_MODEL=str(tmp_path / "none"))
    assert result.exit_code == 1
    assert "CHEZHI_RERANKER_MODEL takes" in result.stderr
