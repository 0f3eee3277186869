"""How a membership looks, wherever it is listed."""

from bot.callbacks import Member
from storage.repositories.memberships import Held
from wording.texts import Markup, Texts


def held_line(one: Held, texts: Texts) -> Markup:
    """What a person is a member of, until when, and whether it goes on."""
    until = texts.when(one.until) if one.until else "—"
    return Markup(
        texts.html(
            "membership-held",
            title=texts.pick(one.plan.title),
            until=until,
            status=one.membership.status,
        )
    )


def renewal(one: Held, texts: Texts) -> tuple[str, Member]:
    """The button that ends or takes up the renewals, and what it carries."""
    act = "resume" if one.membership.status == "cancelled" else "cancel"
    text = texts(f"membership-{act}", title=texts.pick(one.plan.title))
    return text, Member(act=act, of=one.membership.id)
