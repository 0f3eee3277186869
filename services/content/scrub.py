"""Takes personal data out of what people wrote, before others read it.

It errs on the side of taking out too much: a number that only might be a telephone's goes.
"""

import re

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_HAN = "\u4e00-\u9fff"

# In this order: an e-mail's digits must not become a number first.
_RULES: tuple[tuple[str, str], ...] = (
    ("link", r"(?i:https?://|www\.|t\.me/)[!-~]+"),
    ("e-mail", r"[A-Za-z0-9_.+-]+\s?[@＠]\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    ("account", r"@[A-Za-z0-9_]{3,}"),
    ("account", r"(?i:(?<=微信)|(?<=微信号)|(?<=qq)|(?<=wechat))\s*[:：是]\s*[A-Za-z0-9_-]{4,}"),
    # 17 characters without I, O and Q, some of them digits.
    (
        "VIN",
        r"(?i)(?<![a-z0-9])(?=[a-z]*[0-9])[a-hj-npr-z0-9]{17}(?![a-z0-9])",
    ),
    (
        "plate",
        rf"(?i)[{_PROVINCE}]\s?[a-z]\s?[·•.-]?\s?(?=[a-z]*[0-9])[a-z0-9]{{5,6}}(?![a-z0-9])",
    ),
    ("plate", r"(?i:(?<=plate )|(?<=plate is )|(?<=plate number is ))[A-Z0-9][A-Z0-9 -]{3,9}"),
    # Telephones, ids, cards: seven digits or more, also with separators between them.
    ("number", r"(?:\+|\()?[0-9](?:[ \-–.()（）]{0,2}[0-9]){6,}[xX]?"),
    (
        "address",
        rf"[{_HAN}]{{1,12}}(?:路|街|大道|巷|弄|胡同|小区|花园|苑)\s?[0-9]+\s?(?:号|弄|栋|幢|单元|室|座)"
        r"(?:[0-9A-Za-z-]+(?:号|弄|栋|幢|楼|层|单元|室|座))*",
    ),
    (
        "address",
        r"(?i)(?<![a-z0-9])[0-9]{1,5}[a-z]?\s(?:[a-z'.]+\s){1,3}"
        r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|boulevard|blvd|close|court)(?![a-z])",
    ),
    # "我叫了拖车" is no name.
    (
        "name",
        rf"(?:(?<=我叫)(?![了过不拖救代人个它来保])|(?<=我姓)|(?<=名字是)|(?<=姓名[:：]))"
        rf"(?:[{_HAN}·]{{1,4}}|\s?[A-Za-z][A-Za-z .]{{0,20}}[A-Za-z])",
    ),
    (
        "name",
        r"(?i:(?<=my name is )|(?<=my name's )|(?<=name: ))[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]*"
        r"(?: [A-ZÀ-Þ][A-Za-zÀ-ÿ'’-]*)*",
    ),
)
_PATTERNS = tuple((f"[{label}]", re.compile(pattern)) for label, pattern in _RULES)


def scrub(text: str) -> str:
    """The text with e-mails, numbers, plates, VINs, names and addresses replaced by what they are.

    Example:
        >>> scrub("我叫王小明，电话 138-0013-8000，刹车片多久换？")
        '我叫[name]，电话 [number]，刹车片多久换？'
    """
    for label, pattern in _PATTERNS:
        text = pattern.sub(label, text)
    return text
