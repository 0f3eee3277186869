"""Who may do what: the rights of each role, and the right that each use case needs.

What stands in neither table is denied.
"""

from collections.abc import Mapping

from storage.models import User

RIGHTS: Mapping[str, frozenset[str]] = {
    "marketer": frozenset({"write"}),
    "editor": frozenset({"content", "door"}),
    "admin": frozenset({"write", "approve", "send", "audit", "content", "door", "operate"}),
}
NEEDS: Mapping[str, str] = {
    # Of a campaign. Who may not send sees and edits their own alone.
    "list": "write",
    "create": "write",
    "edit": "write",
    "discard": "write",
    "check": "write",
    "preview": "write",
    "test": "write",
    "submit": "write",
    "status": "write",
    "report": "write",
    "plan": "write",
    "brand": "write",
    "approve": "approve",
    "refuse": "approve",
    "broadcast": "send",
    "send": "send",
    "pause": "send",
    "resume": "send",
    "stop": "send",
    "cancel": "send",
    "send-again": "send",
    "others": "send",
    # Of the rest of what staff does.
    "audit": "audit",
    "documents": "content",
    "gaps": "content",
    "answer": "content",
    "check-in": "door",
    "role": "operate",
    "stats": "operate",
    "segments": "operate",
    "link": "operate",
    "reply": "operate",
    "refund": "operate",
}


class Forbidden(Exception):
    """Somebody may not do that."""


def may(user: User, use: str) -> bool:
    """Whether a person's role has the right that a use case needs.

    Example:
        >>> may(User(role="admin"), "approve"), may(User(role="user"), "approve")
        (True, False)
    """
    return NEEDS.get(use) in RIGHTS.get(user.role, frozenset())


def is_staff(user: User) -> bool:
    return user.role in RIGHTS


def require(user: User, use: str) -> None:
    """Raises Forbidden."""
    if not may(user, use):
        raise Forbidden(f"user {user.id} ({user.role}) may not {use}")


def roles_that_may(use: str) -> tuple[str, ...]:
    return tuple(role for role, rights in RIGHTS.items() if NEEDS.get(use) in rights)
