import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.brands.normalising import END, normal

# What rules are written around with, and what they are about.
TRICKY = st.text(
    st.one_of(
        st.sampled_from(
            "最佳国家级國級第一①ｂｅｓｔ1２.,#，。！ \t\n·*-_/\u200b\ufeff\u0301❤㎞¥％"
        ),
        st.characters(),
    ),
    max_size=80,
)


@given(TRICKY)
def test_every_character_knows_where_it_stood(text: str) -> None:
    found = normal(text)
    assert len(found.text) == len(found.starts) == len(found.ends)
    assert list(found.starts) == sorted(found.starts)
    for start, end in zip(found.starts, found.ends, strict=True):
        assert 0 <= start < end <= len(text)


@given(TRICKY)
def test_what_a_span_covers_reads_the_same_alone(text: str) -> None:
    """The map points at what the characters were made of, not beside it."""
    found = normal(text)
    for at, one in enumerate(found.text):
        start, end = found.span(at, at + 1)
        # A # means something before a 1 alone.
        if one not in (END, " ", ".") and text[start] not in "#＃":
            assert one in normal(text[start:end]).text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("国 家 级", "国家级"),
        ("最*佳", "最佳"),
        ("最\u200b佳", "最佳"),
        ("國家級", "国家级"),
        ("国、家、级", "国家级"),
        ("Ｎｏ．１", "no1"),
        ("N o . 1", "no1"),
        ("No. 1", "no1"),
        ("Oh no. 12 left", f"oh no{END}12 left"),
        ("Piano. 1 seat", f"piano{END}1 seat"),
        ("#1 hybrid", "no1 hybrid"),
        ("#12 #云岭", "12云岭"),
        ("100 % 安 全", "100%安全"),
        ("b.e.s.t", "best"),
        ("the best-in-class", "the best in class"),
        ("Вest", "best"),
        ("199,800元", "199800元"),
        ("1.5T", "1.5t"),
        ("最。佳", f"最{END}佳"),
        ("最————佳", f"最{END}佳"),
    ],
)
def test_what_is_put_between_characters_is_left_out(written: str, read: str) -> None:
    assert normal(written).text == read
