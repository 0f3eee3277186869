"""What learning platforms and record stores export, imported by the command."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bot.command_line import Run, exported, one

ADL = "http://adlnet.gov/expapi/verbs/"
CMI5 = "https://w3id.org/xapi/cmi5/result/extensions/progress"
VIDEO = "https://w3id.org/xapi/video/extensions/"
HERE = "https://lms.example"


@pytest.fixture
def platform(stocked: Run) -> Run:
    return stocked


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def did(number: int, verb: str = f"{ADL}progressed", **more: Any) -> dict[str, Any]:
    return {
        "id": uuid(number),
        "actor": {"account": {"homePage": HERE, "name": "11"}},
        "verb": {"id": verb},
        "object": {"id": f"{HERE}/courses/course-winter"},
        "timestamp": "2026-11-20T08:00:00Z",
    } | more


def brought(run: Run, path: Path, *statements: dict[str, Any], text: str = "") -> dict[str, Any]:
    file = path / "statements.json"
    file.write_text(text or "\n".join(map(json.dumps, statements)), encoding="utf-8")
    return one(run("signals", "import", file, "--format", "xapi", "--add-users", "--json"))


def test_a_number_is_what_its_address_says(platform: Run, tmp_path: Path) -> None:
    def extended(name: str, amount: float) -> dict[str, Any]:
        return {"extensions": {name: amount}}

    cases: list[tuple[dict[str, Any], float | None, str | None]] = [
        (extended(f"{VIDEO}progress", 1), 1, "fraction"),
        (extended(f"{VIDEO}progress", 1) | {"duration": "PT9M"}, 1, "fraction"),
        (extended(CMI5, 1), 0.01, "fraction"),
        (extended(CMI5.replace("https", "http"), 50.0), 0.5, "fraction"),
        (extended(f"{VIDEO}time", 1), 1, "seconds"),
        (extended("https://other.example/progress", 1), None, None),
        ({"score": {"raw": 45, "min": 0, "max": 50}}, 0.9, "fraction"),
        ({"score": {"raw": 3, "min": 1, "max": 5}}, 0.5, "fraction"),
        ({"score": {"raw": 45}}, None, None),
        ({"success": True}, None, None),
        ({"duration": "PT1S"}, 1, "seconds"),
        ({"duration": "P4W"}, 4 * 7 * 86400, "seconds"),
        ({"duration": "P1Y2M"}, (365 + 60) * 86400, "seconds"),
        ({"duration": "PT12,5M"}, 750, "seconds"),
        ({"duration": "P0Y0M0DT0H12M30S"}, 750, "seconds"),
    ]
    statements = [did(n, result=result) for n, (result, _, _) in enumerate(cases)]
    length = {"context": {"extensions": {f"{VIDEO}length": 100}}}
    statements.append(did(99, result=extended(f"{VIDEO}time", 25)) | length)
    assert brought(platform, tmp_path, *statements)["imported"] == len(cases) + 1
    found = [(s["value"], s["unit"]) for s in exported(platform)]
    assert found == [*((value, unit) for _, value, unit in cases), (0.25, "fraction")]
    # The unit survives an export, and a second is no whole.
    again = tmp_path / "again.jsonl"
    lines = [json.dumps(s | {"idempotency_key": None}) for s in exported(platform)]
    again.write_text("\n".join(lines), encoding="utf-8")
    assert one(platform("signals", "import", again, "--json"))["imported"]
    assert [(s["value"], s["unit"]) for s in exported(platform)].count((1, "seconds")) == 3


@pytest.mark.parametrize("duration", ["PT", "4W", "-PT5M", "PT1H30", "12:30:00", ""])
def test_what_is_no_duration_stops_the_file(platform: Run, tmp_path: Path, duration: str) -> None:
    file = tmp_path / "statements.json"
    file.write_text(json.dumps(did(1, result={"duration": duration})), encoding="utf-8")
    result = platform("signals", "import", file, "--add-users")
    assert result.exit_code == 1
    assert "PT1H30M" in result.stderr


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-20T08:00:00+08", "2026-11-20T00:00:00+00:00"),
        ("20261120T080000Z", "2026-11-20T08:00:00+00:00"),
        ("2026-W47-5T08:00:00Z", "2026-11-20T08:00:00+00:00"),
        ("2026-11-20T08:00:00,5Z", "2026-11-20T08:00:00.500000+00:00"),
    ],
)
def test_times_are_read_as_the_standard_has_them(
    platform: Run, tmp_path: Path, written: str, moment: str
) -> None:
    brought(platform, tmp_path, did(1, timestamp=written))
    assert [s["occurred_at"] for s in exported(platform)] == [moment]


@pytest.mark.parametrize("order", ["together", "before", "after"])
def test_what_was_voided_is_taken_back(platform: Run, tmp_path: Path, order: str) -> None:
    target = {"objectType": "StatementRef", "id": uuid(10).upper()}
    files = {
        "together": [[did(10), did(2, f"{ADL}voided", object=target)]],
        "after": [[did(10)], [did(2, f"{ADL}voided", object=target)]],
        # Record stores give the newest first.
        "before": [[did(2, f"{ADL}voided", object=target)], [did(10)]],
    }
    reports = [brought(platform, tmp_path, *statements) for statements in files[order]]
    assert exported(platform) == []
    assert reports[-1]["voided"] == (order == "after")
    assert brought(platform, tmp_path, did(10))["skipped"] == {"voided": 1}
    assert exported(platform) == []


@pytest.mark.parametrize(
    "form", ["more first", "more left", "two pages", "a list of pages", "spread out"]
)
def test_every_page_of_a_file_is_read(platform: Run, tmp_path: Path, form: str) -> None:
    one, two = did(1), did(2)
    text = {
        "more first": json.dumps({"more": "", "about": {"a": [1]}, "statements": [one, two]}),
        "more left": json.dumps({"statements": [one, two], "more": "/xapi/more/2"}),
        "two pages": json.dumps({"statements": [one]}) + json.dumps({"statements": [two]}),
        "a list of pages": json.dumps([{"statements": [one], "more": ""}, {"statements": [two]}]),
        "spread out": json.dumps(
            {"more": "", "statements": [one | {"note": "x" * 70_000}, two]}, indent=2
        ),
    }[form]
    report = brought(platform, tmp_path, text=text)
    assert (report["read"], report["imported"]) == (2, 2)
    assert report["more"] == (["/xapi/more/2"] if form == "more left" else [])
    if report["more"]:
        file = tmp_path / "statements.json"
        assert "/xapi/more/2" in platform("signals", "import", file).stdout


@pytest.mark.parametrize("text", ['{"statements": [', '{"more": ""', '{"more": "" "a": 1}'])
def test_half_a_page_stops_the_file(platform: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "statements.json"
    file.write_text(text, encoding="utf-8")
    result = platform("signals", "import", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not JSON" in result.stderr


def test_somebody_or_something_unknown_does_not_stop_the_file(
    platform: Run, tmp_path: Path
) -> None:
    someone: list[dict[str, Any]] = [
        {"mbox": "mailto:guest@lms.example"},
        {"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"},
        {"openid": "https://id.example/guest"},
        {"account": {"homePage": HERE, "name": "guest"}},
        {"account": {"homePage": HERE, "name": str(2**64)}},
        {"objectType": "Group", "member": [{"mbox": "mailto:guest@lms.example"}]},
        {"objectType": "Group", "account": {"homePage": HERE, "name": "11"}},
    ]
    something: list[dict[str, Any]] = [
        {"objectType": "Agent", "mbox": "mailto:guest@lms.example"},
        {"objectType": "StatementRef", "id": uuid(1)},
        {"objectType": "SubStatement", "actor": {}, "verb": {}, "object": {}},
        {"id": f"{HERE}/{'long' * 50}"},
        {"id": "course-of-nobody"},
    ]
    statements = [did(n, actor=actor) for n, actor in enumerate(someone)]
    statements += [did(20 + n, object=target) for n, target in enumerate(something)]
    report = brought(platform, tmp_path, *statements, did(40))
    assert report["imported"] == 1
    assert report["skipped"] == {"unknown_user": 7, "other_object": 3, "unknown_item": 2}
    assert [s["user"] for s in exported(platform)] == [11]


def test_a_uuid_is_the_same_in_either_case(platform: Run, tmp_path: Path) -> None:
    number = 0xABCDEF
    report = brought(platform, tmp_path, did(number, id=uuid(number).upper()), did(number))
    assert (report["imported"], report["duplicates"]) == (1, 1)


def test_accounts_of_two_platforms_are_two_people(platform: Run, tmp_path: Path) -> None:
    other = {"account": {"homePage": "https://crm.example/", "name": "11"}}
    same = {"account": {"homePage": "http://LMS.example/", "name": "11"}}
    report = brought(platform, tmp_path, did(1), did(2, actor=other), did(3, actor=same))
    assert (report["imported"], report["skipped"]) == (2, {"unknown_user": 1})
    # Which of them is ours is remembered, and can be said.
    assert brought(platform, tmp_path, did(4, actor=other))["imported"] == 0
    file = tmp_path / "statements.json"
    said = platform("signals", "import", file, "--platform", "https://crm.example", "--json")
    assert one(said)["imported"] == 1


def table(path: Path, *rows: str) -> Path:
    file = path / "ids.csv"
    file.write_text("\n".join(["kind,theirs,ours,platform", *rows]), encoding="utf-8-sig")
    return file


LEARNER = "5f0c2a7e-0000-4000-8000-000000000011"


@pytest.mark.parametrize(
    ("actor", "target"),
    [
        (
            {"account": {"homePage": HERE, "name": LEARNER}},
            f"{HERE}/course/course-v1:CarSchool+EV101+2026",
        ),
        (
            {"account": {"homePage": HERE, "name": LEARNER.upper()}},
            f"{HERE}/course/course-v1%3ACarSchool%2BEV101%2B2026/",
        ),
        ({"mbox": "mailto:Learner@lms.example"}, f"{HERE}/mod/h5pactivity/view.php?id=12"),
    ],
)
def test_a_platforms_ids_are_told_by_a_table(
    platform: Run, tmp_path: Path, actor: dict[str, Any], target: str
) -> None:
    ids = table(
        tmp_path,
        f"person,{LEARNER},700011,{HERE}",
        "person,learner@lms.example,700011,",
        "item,course-v1:CarSchool+EV101+2026,course-ev,",
        "item,view.php?id=12,course-ev,",
    )
    file = tmp_path / "statements.json"
    statements = [
        did(1, actor=actor, object={"id": target}),
        did(2, actor={"account": {"homePage": HERE, "name": "12"}}),
        did(3, actor={"account": {"homePage": "https://crm.example", "name": LEARNER}}),
    ]
    file.write_text(json.dumps(statements), encoding="utf-8")
    report = one(
        platform("signals", "import", file, "--ids", ids, "--add-users", "--json"),
    )
    # With a table of people nobody is known by a number that may be the platform's own.
    assert (report["imported"], report["skipped"]) == (1, {"unknown_user": 2})
    assert [(s["user"], s["object"]) for s in exported(platform)] == [(700011, "course-ev")]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("people,1,2,", "line 3: kind"),
        ("person,1,nobody,", "line 3: ours is 'nobody'"),
        ("person,a,8,", "line 3: 'a' is another person"),
        ("item,,course-ev,", "line 3: theirs"),
    ],
)
def test_a_wrong_table_is_told_by_line(platform: Run, tmp_path: Path, row: str, told: str) -> None:
    file = tmp_path / "statements.json"
    file.write_text(json.dumps(did(1)), encoding="utf-8")
    ids = table(tmp_path, "person,a,7,", row)
    result = platform("signals", "import", file, "--ids", ids)
    assert result.exit_code == 1
    assert told in result.stderr


LOGS = {
    "english": 'Time,"User full name","Affected user","Event context",Component,"Event name",'
    'Description,Origin,"IP address"',
    "chinese": "时间,用户全名,受影响用户,事件情境,组件,事件名称,描述,来源,IP地址",
}
TIMES = {"english": '"20/11/26, 08:15"', "chinese": '"2026年11月20日 08:15"'}
EVENTS = {
    "The user with id '11' viewed the course with id '3'.": "viewed course-winter",
    "The user with id '11' viewed the section number '2' of the course with id '3'.": (
        "viewed course-winter"
    ),
    "The user with id '11' viewed the 'page' activity with course module id '3'.": (
        "viewed course-ev"
    ),
    "The user with id '2' enrolled the user with id '11' using the enrolment method 'manual' in "
    "the course with id '3'.": "enrolled course-winter",
    "The user with id '2' unenrolled the user with id '11' using the enrolment method 'manual' "
    "from the course with id '3'.": "unenrolled course-winter",
    "The user with id '11' completed the course with id '3'.": "completed course-winter",
    "The user with id '11' has submitted the attempt with id '5' for the quiz with course module "
    "id '4'.": "quiz_answered course-hybrid",
    "The user with id '11' has logged in.": "",
    "The user with id '12' viewed the course with id '3'.": "",
}


@pytest.mark.parametrize("language", ["english", "chinese"])
def test_moodles_log_is_read_in_both_languages(
    platform: Run, tmp_path: Path, language: str
) -> None:
    ids = table(
        tmp_path,
        "person,11,700011,https://moodle.example",
        "item,course/view.php?id=3,course-winter,https://moodle.example",
        "item,https://moodle.example/mod/page/view.php?id=3,course-ev,",
        "item,quiz/view.php?id=4,course-hybrid,",
    )
    file = tmp_path / "log.csv"
    rows = [f'{TIMES[language]},A,-,B,C,D,"{event}",web,192.0.2.7' for event in EVENTS]
    file.write_text("\n".join([LOGS[language], *rows]), encoding="utf-8-sig")
    options = ("--ids", ids, "--platform", "https://moodle.example", "--add-users", "--json")
    report = one(platform("signals", "import", file, *options))
    assert report["skipped"] == {"other_event": 1, "unknown_user": 1}
    found = exported(platform)
    # Both views of the course fell in one minute.
    assert sorted(f"{s['verb']} {s['object']}" for s in found) == sorted(
        {act for act in EVENTS.values() if act}
    )
    assert {s["user"] for s in found} == {700011}
    assert {s["occurred_at"] for s in found} == {"2026-11-20T00:15:00+00:00"}
    assert one(platform("signals", "import", file, *options))["imported"] == 0
    # Without the table Moodle's own numbers are nobody's.
    assert one(platform("signals", "import", file, "--add-users", "--json"))["added_users"] == 0
    file.write_text("\n".join([LOGS[language], f'soon,A,-,B,C,D,"{next(iter(EVENTS))}",web,x']))
    result = platform("signals", "import", file, *options)
    assert (result.exit_code, "the time is 'soon'" in result.stderr) == (1, True)
