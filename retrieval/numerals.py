"""Numbers in one form: 两年 is 2年, "forty thousand" and 40,000 are 40000, 百分之八十 is 80%."""

import re

import cn2an
from text_to_num import alpha2digit

_DIGITS = "零〇一二两三四五六七八九"
_UNITS = (
    "个|年|月|日|号|天|周|小时|点|分|秒|公里|千米|厘米|毫米|米|里|毫升|升|千克|公斤|克|吨|度|成|倍|次|块|元|"
    "档|级|座|只|条|颗|片|伏|安|瓦|千瓦|牛|巴|帕|到|至|[~-]|半[年月天]"
)
_CHINESE = re.compile(
    rf"(?:\d+(?:\.\d+)?)?[{_DIGITS}十百千万亿]+(?:\d+[十百千万亿]+)*"
    rf"(?:(?<=[百千万亿])[1-9](?![\d.,十百千万亿]))?(?:点[{_DIGITS}]+)?(?=(?P<unit>{_UNITS})?)"
)
_PERCENT = re.compile(rf"百分之([{_DIGITS}十百点]+|\d+(?:\.\d+)?)|(?<=\d)\s*per\s?cent\b")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[, \u00a0]\d{3})+(?![\d.,]*\d)")
# A dash between numbers is a range; one after a letter is part of a code such as 5W-30.
_RANGE = re.compile(r"(?<=\d)\s*(?:[-\u2013\u2014~]|到|至|\bto\b)\s*(?=\d)")


def normal(text: str) -> str:
    """A folded text (`retrieval.words.folded`) with its numbers in digits and ranges as 2~3.

    Numbers are read by cn2an and text2num. A Chinese numeral is one before a unit, or when it
    holds 十, 百, 千, 万: in 一般 or 统一 it is part of a word.
    """
    text = _PERCENT.sub(lambda m: f"{_digits(m[1])}%" if m[1] else "%", text)
    text = _CHINESE.sub(lambda m: _digits(m[0]) if m["unit"] or len(m[0]) > 1 else m[0], text)
    text = alpha2digit(text, "en", threshold=0) if re.search("[a-z]", text) else text
    text = _THOUSANDS.sub(lambda m: re.sub(r"\D", "", m[0]), text)
    return _RANGE.sub("~", text)


# 两三年 is two or three years, not 23; 十二三万 is 120,000 or 130,000.
_ABOUT = re.compile(
    r"(?<![〇零一二两三四五六七八九])([一二两三四五六七八九])([二两三四五六七八九])(?![〇零一二两三四五六七八九])"
)
# 1万5 and 三万五 are a unit and half of it, 1亿三 three tenths.
_TAIL = re.compile(rf"(.*[十百千万亿])([1-9{_DIGITS}])")
_TENTHS = {"百": 10, "千": 100, "万": 1000, "亿": 10_000_000}
# 1万5千 is read by no library here.
_FIGURE = re.compile(r"\d+(?:\.\d+)?\D*")


def _digits(numeral: str) -> str:
    about = _ABOUT.search(numeral)
    if about is not None and _next_to(about[1], about[2]):
        before, after = numeral[: about.start()], numeral[about.end() :]
        low, high = (_digits(f"{before}{about[n]}{after}") for n in (1, 2))
        return f"{low}~{high}"
    try:
        return f"{_value(numeral):.15g}"
    # KeyError and the like come of numerals that end in the middle.
    except (ValueError, KeyError, IndexError):
        return numeral


def _next_to(one: str, other: str) -> bool:
    order = "一二三四五六七八九"
    first, second = (order.find(digit.replace("两", "二")) for digit in (one, other))
    return first + 1 == second


def _value(numeral: str) -> float:
    """1万5千 is 15000: figures with their units, each added to the last."""
    tail = _TAIL.fullmatch(numeral)
    if tail is not None and (tenth := _TENTHS.get(tail[1][-1])):
        return _value(tail[1]) + tenth * _value(tail[2])
    figures = _FIGURE.findall(numeral)
    if len(figures) > 1 and numeral[0].isdigit():
        return sum(_value(figure) for figure in figures)
    return float(cn2an.cn2an(numeral, "smart"))
