"""Follow-up questions: whether one leans on the turns before it, and what it then asks in full.

A follow-up is told by what it lacks: it names no topic of its own ("why?", "how often?"), only a
new one ("and for diesel?", "那混动呢？"), or points back ("when should I change it?"). The full
question is the last one with the new topic in the place of its like, or with the follow-up beside
it. No model is needed; a generator may word what could only be put side by side, within checks.
"""

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing

from retrieval.followup_words import (
    ASKS,
    CIRCUMSTANCES,
    CLOSING,
    EXPLETIVE,
    GENERIC,
    GENERIC_TERM,
    LEAD,
    MODIFIERS,
    OPENING,
    POINTING,
    QUESTION_WORDS,
    TAIL,
    TOPICS,
    WHY,
)
from retrieval.generator import Generator, GeneratorUnavailable
from retrieval.sentences import language, size
from retrieval.words import terms, whole, word_starts

# In units of `size`: who says more than this says what they mean.
LONGEST = 36
LONGEST_TOPIC = 16
# A rewording that isn't there by then isn't waited for.
SECONDS = 3.0
# "和半合成比呢？" asks about the last topic too.
COMPARING = ("和", "跟", "与", "比")
# "？？？" says nothing.
_SAYS = re.compile(r"[^\W_]")
# Words that lean on what was said before them, and are no topic.
_LEANING = re.compile(r"^那么?(?![边里儿种个些款台])")
# In a Chinese question a name such as SUV, 48V, P0420.
_CODE = re.compile(r"[A-Za-z0-9]+(?:[-./][A-Za-z0-9]+)*")


def standalone(question: str, before: Sequence[str]) -> str | None:
    """The whole question that a follow-up asks, or None for one that stands alone.

    `before`: the questions before it as they were understood, oldest first; the last one counts.
    """
    asked = question.strip()
    if not before or size(asked) > LONGEST or CLOSING.fullmatch(asked) or not _SAYS.search(asked):
        return None
    last = before[-1].strip()
    lead, topic = _topic(asked)
    if topic is not None:
        return _replaced(last, topic, lead) or _beside(last, asked)
    if _points_back(asked):
        return _pronoun_filled(last, asked) or _beside(last, asked)
    if not has_topic(_LEANING.sub("", asked)):
        return _beside(last, asked)
    return None


async def reworded(question: str, before: Sequence[str], generator: Generator | None) -> str | None:
    """As `standalone`; where turns were only put side by side, the generator may word them.

    Its wording is taken only if all that it names stands in the turns and it leaves out nothing
    that the follow-up names.
    """
    found = standalone(question, before)
    if found is None or generator is None or not found.endswith(question.strip()):
        return found
    prompt = _PROMPTS[language(found)].format(before=before[-1].strip(), question=question.strip())
    try:
        async with asyncio.timeout(SECONDS):
            line = await _first_line(generator, prompt)
    except (GeneratorUnavailable, TimeoutError):
        return found
    wanted, said = set(terms(question)), set(terms(line))
    return line if said and wanted <= said <= set(terms(found)) else found


_PROMPTS = {
    "zh": (
        "把追问改写成一个完整的问题，只用原来的词。\n问题：{before}\n追问：{question}\n完整的问题："
    ),
    "en": (
        "Rewrite the follow-up as one whole question, in the same words.\n"
        "Question: {before}\nFollow-up: {question}\nWhole question:"
    ),
}


async def _first_line(generator: Generator, prompt: str) -> str:
    text = ""
    async with aclosing(generator.stream(prompt, 48)) as pieces:
        async for piece in pieces:
            text += piece
            if "\n" in text.lstrip():
                break
    return text.strip().partition("\n")[0].strip()


def _topic(asked: str) -> tuple[str, str | None]:
    """What a question that only names a new topic leads in with, and that topic.

    ("for", "diesel") of "and for diesel?"; ("", "混动") of "那混动呢？".
    """
    bare = TAIL.sub("", asked).strip()
    led = LEAD.match(bare)
    ended = re.search(r"呢\s*[？?]?$", asked) is not None
    short = (led is not None and bool(led.group())) or ended
    rest = bare[led.end() :] if led else bare
    words = re.sub(r"^(?:the|a|an)\s+", "", rest, flags=re.IGNORECASE)
    if not short or not words or size(words) > LONGEST_TOPIC or QUESTION_WORDS.search(rest):
        return "", None
    if re.match(r"to\s", rest, flags=re.IGNORECASE):  # "When to change it?" names no topic
        return "", None
    if POINTING.search(rest) or not (set(terms(words)) or MODIFIERS.search(words)):
        return "", None
    preposition = re.search(r"\b(?:for|in|with|on|at|after|before|when)\s*$", led[0] if led else "")
    return (preposition[0].strip().lower() if preposition else ""), rest


def _points_back(asked: str) -> bool:
    """Whether a pronoun in it has nothing in the question itself to stand for."""
    found = POINTING.search(asked)
    if found is None or EXPLETIVE.search(asked):
        return False
    return not has_topic(asked[: found.start()], enough=2)


def has_topic(text: str, enough: int = 1) -> bool:
    """Whether a text names what it is about: by a known topic, or by that many other terms."""
    if any(kind.search(text) for kind in TOPICS):
        return True
    left = MODIFIERS.sub(" ", text)
    # A time or a place of a question is no topic, two of them are: one or the other?
    if len(MODIFIERS.findall(text)) > 1:
        left = text
    # English terms are stems, which the list has not.
    left = GENERIC.sub(lambda match: " " if match[0].isascii() else match[0], left)
    found = [term for term in terms(left) if not GENERIC_TERM.fullmatch(term)]
    # A single Han character is a verb or a measure far more often than a topic.
    return len([term for term in found if len(term) > 1 or term.isascii()]) >= enough


def _replaced(last: str, topic: str, lead: str) -> str | None:
    """The last question with the topic where it had another of the kind."""
    for pattern in (*TOPICS, *CIRCUMSTANCES):
        theirs = next(whole(pattern, last), None) if pattern.search(topic) else None
        if theirs is not None:
            bare = re.sub(r"^(?:the|a|an)\s+", "", topic, flags=re.IGNORECASE)
            return _fitted(last[: theirs.start()], bare, last[theirs.end() :])
    if MODIFIERS.search(topic):
        if language(last) == "zh":
            return _fitted("", topic, last)
        end = last.rstrip("?？. ")
        return f"{end} {lead or 'for'} {topic}?"
    codes = list(_CODE.finditer(last))
    if language(last) == "zh" and len(codes) == 1 and _CODE.fullmatch(topic):
        return _fitted(last[: codes[0].start()], topic, last[codes[0].end() :])
    subject = _subject(last)
    if subject and last.startswith(subject) and not topic.startswith(COMPARING):
        return _fitted("", topic, last[len(subject) :])
    return None


def _fitted(before: str, topic: str, after: str) -> str:
    """The topic between the rest of a question: its article, and no word said twice."""
    article = re.search(r"\ban?(?=\s+$)", before, re.IGNORECASE)
    if article:
        right = "an" if re.match(r"[aeio]|u[mn]|[FHLMNRSX][A-Z]", topic, re.IGNORECASE) else "a"
        before = before[: article.start()] + right + before[article.end() :]
    shared = next((n for n in range(len(topic), 1, -1) if after.startswith(topic[-n:])), 0)
    # 双离合变速箱 in the place of CVT in CVT变速箱油.
    gap = "，" if not shared and topic[-1:].isascii() and after[:1].isascii() and not before else ""
    return f"{before}{topic}{gap}{after[shared:]}"


def _pronoun_filled(last: str, asked: str) -> str | None:
    """A Chinese follow-up with the last question's one known topic in the place of its pronoun."""
    topics = {match.group() for pattern in TOPICS for match in pattern.finditer(last)}
    if len(topics) != 1 or language(asked) != "zh" or language(last) != "zh":
        return None
    return POINTING.sub(topics.pop(), asked, count=1)


def _beside(last: str, asked: str) -> str:
    """Both questions; of a Chinese one only its subject where the follow-up asks something new."""
    zh = language(last) == "zh"
    subject = "" if WHY.search(asked) else _subject(last)
    if zh and subject:
        return f"{subject}，{asked}"
    if last[-1:] not in "?？!！.。":
        last += "？" if zh else "?"
    return f"{last}{'' if zh else ' '}{asked}"


def _subject(last: str) -> str:
    """What a Chinese question is about: all before it asks; empty where that can't be told."""
    if language(last) != "zh":
        return ""
    everything = last.strip(" ，,？?。")
    begin = lead.end() if (lead := OPENING.match(last)) else 0
    words = [at for at in word_starts(last) if at >= begin]
    end = next((at for at in words if ASKS.match(last, at)), len(last))
    if end == len(last) and everything.endswith("吗") and len(words) > 2:
        end = words[
            -2 if words[-1] < len(everything) else -3
        ]  # the word before 吗 is what is asked
    subject = last[begin:end].strip(" ，,？?。")
    return subject if subject != everything else ""
