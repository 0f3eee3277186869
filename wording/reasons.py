"""Why an item is recommended, in words."""

from recsys.recommender import Reason
from services.recommending.picks import Pick
from wording.tags import topic_name
from wording.texts import Texts


def reason_lines(pick: Pick, texts: Texts) -> list[str]:
    """The strongest first."""
    return list(dict.fromkeys(_line(pick, reason, texts) for reason in pick.reasons))


def why(pick: Pick, texts: Texts) -> str:
    return reason_lines(pick, texts)[0]


def _line(pick: Pick, reason: Reason, texts: Texts) -> str:
    if reason.kind == "topic":
        return texts("why-topic", topic=topic_name(reason.object, texts))
    if reason.kind == "item" and reason.object in pick.titles:
        if (tie := pick.ties.get(reason.object)) is None:  # an answer's source, or not wanted
            return texts("why-acted")
        return texts(f"why-{tie}", title=texts.pick(pick.titles[reason.object]))
    return texts(f"why-{reason.kind if reason.kind != 'item' else 'popular'}")
