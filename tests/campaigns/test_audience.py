"""Audiences: specs and their texts, and whom they stand for, on both databases."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.audience import FIELDS, BadAudience, Reason, Scores, parse, resolve, why
from campaigns.audience_text import read, write
from storage.database import Database
from storage.models import ITEM_TYPES, VERBS, User
from storage.repositories import campaigns, items, signals, users
from tests.storage.rows import NOW, item, user

TEXT = st.text(
    st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=20
).filter(lambda text: text.strip() != "" and text.isprintable())


def fields() -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(sorted(FIELDS)).flatmap(
        lambda name: st.builds(
            lambda value: {"field": name, "is": value},
            TEXT if FIELDS[name] is None else st.sampled_from(FIELDS[name] or ()),
        )
    )


RULES = st.one_of(
    fields(),
    st.builds(
        lambda name, days: {"field": name, "within_days": days},
        st.sampled_from(("joined", "seen")),
        st.integers(1, 3650),
    ),
    st.builds(lambda n: {"segment": n}, st.integers(1, 1_000_000)),
    st.builds(
        lambda verb, parts: {"did": verb, **parts},
        st.sampled_from(VERBS),
        st.fixed_dictionaries(
            {},
            optional={
                "item": TEXT,
                "type": st.sampled_from(ITEM_TYPES),
                "within_days": st.integers(1, 3650),
                "at_least": st.integers(1, 1000),
            },
        ),
    ),
)
TURNED = st.builds(lambda rule, turn: rule | ({"not": True} if turn else {}), RULES, st.booleans())
SPECS = st.builds(
    lambda every, some, top: {"kind": "rules", "all": every, "any": some, "likeliest": top},
    st.lists(TURNED, max_size=6),
    st.lists(TURNED, max_size=6),
    st.none() | st.integers(1, 10**9),
)


@given(SPECS)
def test_a_spec_its_audience_and_its_text_are_one(spec: dict[str, Any]) -> None:
    audience = parse(spec)
    assert audience.spec == spec
    assert read(write(audience)) == audience


@given(st.text(max_size=60) | st.text('did:()=,|!" not city', max_size=40))
def test_a_text_is_read_or_told_what_is_wrong(text: str) -> None:
    try:
        audience = read(text)
    except BadAudience:
        return
    assert read(write(audience)) == audience


def test_both_languages_and_full_width_marks_say_the_same() -> None:
    english = read(
        "city=上海 car=plans not did:booked(item=X,days=30) (segment=3 | brand=BYD) top=5"
    )
    chinese = read(
        "城市＝上海 车=想买 非 做过：预约（商品=X，天=30） （人群=3 ｜ 品牌=BYD） 最可能=5"
    )
    assert english == chinese
    assert english.likeliest == 5
    assert english.some == ({"segment": 3}, {"field": "brand", "is": "BYD"})
    assert read("所有人") == read("all") == parse({"kind": "all"})
    assert read("city=“北 京”") == read('city="北 京"')


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "text", "all for everyone"),
        ("town=上海", "field", "use language, city"),
        ("car=red", "value", "use owns, plans"),
        ("city", "text", "comes '='"),
        ("did:ate", "verb", "is no verb"),
        ("did:viewed(type=boat)", "type", "is no type"),
        ("did:viewed(days=many)", "number", "whole number"),
        ("did:viewed(days=0)", "number", "from 1 to"),
        ("did:viewed(size=3)", "rule", "none of item"),
        ("top=lots", "number", "whole number"),
        ("(city=a) (city=b)", "text", "One pair of brackets"),
        ("(city=a city=b)", "text", "comes '|'"),
        ("city=a; drop", "text", "needs quotes"),
        (" ".join(["city=a"] * 21), "many", "At most 20"),
    ],
)
def test_what_is_wrong_is_told_with_a_way_out(text: str, code: str, says: str) -> None:
    with pytest.raises(BadAudience, match=says) as told:
        read(text)
    assert told.value.code == code


def test_a_spec_with_parts_that_mean_nothing_is_refused() -> None:
    for spec in (
        {"kind": "everyone"},
        {"kind": "rules", "every": []},
        {"kind": "rules", "all": [{"field": "city", "is": "a", "within_days": 3}]},
        {"kind": "rules", "all": [{"field": "city", "is": "a\x00"}]},
        {"kind": "rules", "all": [{"segment": True}]},
        {"kind": "rules", "likeliest": -1},
    ):
        with pytest.raises(BadAudience):
            parse(spec)


def act(user_id: int, verb: str, thing: str, days: int = 1) -> dict[str, Any]:
    when = NOW - timedelta(days=days)
    return {
        "user_id": user_id,
        "verb": verb,
        "object_type": "item",
        "object_id": thing,
        "value": None,
        "source": "test",
        "occurred_at": when,
        "idempotency_key": f"{user_id}{verb}{thing}{days}",
    }


@pytest.fixture
async def people(database: Database) -> Database:
    """Eight who may be invited, and three (11, 12, 13) who may not, all alike."""
    async with database.write() as session:
        rows = [user(n, city="北京" if n % 2 else "上海") for n in (*range(1, 9), 11, 12, 13)]
        await users.save(session, rows)
        await users.change(session, 3, car="plans", language="en")
        await users.change(session, 4, created_at=NOW - timedelta(days=40))
        await users.change(session, 5, seen_at=NOW - timedelta(days=9))
        await users.change(session, 6, telegram_language="de", topics=["winter_tyres"])
        await users.change(session, 11, personalisation=False)
        await users.change(session, 12, invites=False)
        await users.change(session, 13, blocked_at=NOW)
        brand = {"zh": "比亚迪", "en": "BYD"}
        things = [
            item("drive", type="test_drive", brand=brand),
            item("drive2", type="test_drive"),
            item(),
        ]
        await items.save(session, things)
        acts = [act(n, "viewed", "drive", days) for n in (1, 2, 11, 12, 13) for days in (1, 2)]
        acts += [
            act(1, "viewed", "drive2"),
            act(2, "booked", "drive"),
            act(3, "viewed", "drive", 50),
        ]
        await signals.record(session, acts)
    return database


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("all", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("city=上海", [2, 4, 6, 8]),
        ("not city=上海", [1, 3, 5, 7]),
        ("car=plans", [3]),
        ("language=en", [3, 6]),
        ("topic=winter", [1, 2, 3, 4, 5, 7, 8]),
        ("joined=30", [1, 2, 3, 5, 6, 7, 8]),
        ("not seen=7", [5]),
        ("did:viewed(type=test_drive,days=30,n=2)", [1, 2]),
        ("did:viewed(type=test_drive,days=30,n=3)", [1]),
        ("did:viewed(item=drive)", [1, 2, 3]),
        ("did:viewed(type=test_drive) not did:booked(item=drive)", [1, 3]),
        ("not did:viewed", [4, 5, 6, 7, 8]),
        ("brand=byd", [1, 2, 3]),
        ("brand=比亚迪", [1, 2, 3]),
        ("city=北京 (car=plans | did:viewed(n=3))", [1, 3]),
        ('city="O\'x\\\\\\""', []),
    ],
)
async def test_rules_find_exactly_whom_they_say(
    people: Database, text: str, ids: list[int]
) -> None:
    audience = read(text)
    assert (await resolve(people, audience, NOW)).tolist() == ids
    # What a large audience is filled by, slice by slice, says the same.
    async with people.write() as session:
        made, size = await campaigns.draft(session, 901, "live-winter", audience.spec, NOW)
        assert size == len(ids), made.segment


async def test_behaviour_of_who_objected_is_not_read(people: Database) -> None:
    for text in ("did:viewed(item=drive)", "not did:booked", "brand=BYD"):
        condition = users.in_segment(read(text).spec, NOW)
        async with people.read() as session:
            found = await users.count(session, condition, User.id == 11)
        assert found == 0, text


class Segments:
    """People are in segment 3 by threes, else in segment 1; who asks is remembered."""

    def __init__(self) -> None:
        self.asked: set[int] = set()

    async def of(self, user_ids: np.ndarray) -> np.ndarray:
        self.asked.update(user_ids.tolist())
        return np.where(user_ids % 3 == 0, 3, 1)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("segment=3", [3, 6]),
        ("not segment=3 city=北京", [1, 5, 7]),
        ("(segment=3 | city=上海)", [2, 3, 4, 6, 8]),
        ("city=北京 (segment=3 | not segment=1)", [3]),
    ],
)
async def test_segments_hold_beside_other_rules(
    people: Database, text: str, ids: list[int]
) -> None:
    scores = Scores(placing=Segments())
    assert (await resolve(people, read(text), NOW, scores)).tolist() == ids
    with pytest.raises(ValueError, match="placing"):
        await resolve(people, read(text), NOW)


async def test_the_likeliest_are_the_best_of_those_who_may_be_scored(people: Database) -> None:
    asked: list[int] = []

    async def likelihood(ids: np.ndarray) -> np.ndarray:
        asked.extend(ids.tolist())
        return np.asarray(ids / 100)

    segments = Segments()
    scores = Scores(segments, likelihood)
    found = await resolve(people, read("city=北京 not segment=3 top=2"), NOW, scores)
    assert found.tolist() == [7, 5]
    # 11 objected to personalisation, 12 opted out, 13 blocked the bot: nobody scores these.
    assert set(asked) == {1, 5, 7}
    assert not segments.asked & {11, 12, 13}


async def test_why_somebody_is_in_an_audience(people: Database) -> None:
    async def explaining(ids: np.ndarray) -> Any:
        return ids / 100, 0.02, [[Reason("content", 0.7)] for _ in ids]

    audience = read("city=北京 (segment=3 | did:viewed(n=3)) top=2")
    told = await why(people, audience, NOW, [3, 1], Scores(placing=Segments()), explaining)
    assert [(one.user_id, one.rules) for one in told] == [(3, (0, 1)), (1, (0, 2))]
    assert (told[0].probability, told[0].base_rate) == (0.03, 0.02)
    assert told[0].reasons == (Reason("content", 0.7),)
