"""Personal data is taken out of questions; what is asked stays."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample.loading import golden_questions
from services.content.scrub import scrub

# What may stand around personal data in a question, with no digits or Latin letters at the seam.
BEFORE = st.sampled_from(["", "请问 ", "刹车片多久换？", "，打给我：", " — thanks! ", "我的车，"])
AFTER = st.sampled_from(["", "，刹车片多久换？", "。谢谢", " — thanks!", "！请问"])
SEPARATOR = st.sampled_from(["", " ", "-", ". "])


PHONE = st.builds(
    lambda start, digits, gap: gap.join([start, digits[:4], digits[4:]]),
    st.sampled_from(["138", "+86 139", "0086-177", "(010)", "0571", "+49 30"]),
    st.text("0123456789", min_size=8, max_size=8),
    SEPARATOR,
)
IDENTITY = st.from_regex(r"[1-9][0-9]{5}(19|20)[0-9]{9}[0-9X]", fullmatch=True)
EMAIL = st.from_regex(r"[a-z]{1,8}[.+]?[a-z0-9]{1,8}@[a-z]{2,8}\.(com|cn|org)", fullmatch=True)
PLATE = st.from_regex(r"[京沪粤浙川][A-Z][·-]?[0-9][A-Z0-9]{3,4}[0-9]", fullmatch=True)
VIN = st.from_regex(r"L[A-HJ-NPR-Z0-9]{12}[0-9]{4}", fullmatch=True)
NAME = st.text("王李张刘陈杨赵小明芳伟静", min_size=2, max_size=3).map("我叫{}".format) | st.text(
    string.ascii_lowercase, min_size=2, max_size=9
).map(lambda name: f"my name is {name.title()}")
ADDRESS = st.builds(
    lambda road, number: f"{road}{number}号",
    st.sampled_from(["文三路", "人民大道", "建国门外大街"]),
    st.integers(1, 9999),
) | st.integers(1, 9999).map("{} North Main Street".format)


@given(BEFORE, st.one_of(PHONE, IDENTITY, EMAIL, PLATE, VIN, NAME, ADDRESS), AFTER)
def test_nothing_personal_is_left_and_the_rest_is(before: str, secret: str, after: str) -> None:
    clean = scrub(before + secret + after)
    secret = secret.removeprefix("我叫").removeprefix("my name is ")
    assert secret not in clean
    assert re.search(r"\[[A-Za-z-]+\]", clean)
    left = re.sub(r"\[[A-Za-z-]+\]", "", clean)
    assert not set(re.findall(r"[0-9]{4,}", secret)) & set(re.findall(r"[0-9]+", left))
    assert clean.startswith(before)
    assert clean.endswith(after)
    assert scrub(clean) == clean


@given(st.text(max_size=200))
def test_any_text_can_be_scrubbed_and_keeps_no_long_number(text: str) -> None:
    assert not re.search(r"[0-9]{7}", scrub(text))


def test_what_people_ask_stays_as_it_is() -> None:
    asked = [row["question"] for row in golden_questions()]
    assert [scrub(question) for question in asked] == asked
    for question in (
        "205/55 R16 91V 是什么意思",
        "我的车 P0420，跑了 120000 公里",
        "0W-20 or 5W-30?",
    ):
        assert scrub(question) == question


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("我叫王小明，电话 138-0013-8000。", "我叫[name]，电话 [number]。"),
        ("Hi, my name is Mary Ann Lee and I ask", "Hi, my name is [name] and I ask"),
        ("加我微信：wxid_1a2b", "加我微信[account]"),
        ("车牌 京A·12345 和 沪AD12345", "车牌 [plate] 和 [plate]"),
        ("see https://example.org/u?id=7 now", "see [link] now"),
        ("call +44 20 7946 0958", "call [number]"),
    ],
)
def test_examples(text: str, clean: str) -> None:
    assert scrub(text) == clean
