"""Formulas of Word and MathML as one line of text: (a)/(b), a^2, √(a)."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Node = TypeVar("Node")


class Linear(Generic[Node]):
    """Formulas in one notation, told by how its nodes are read."""

    def __init__(
        self,
        name: Callable[[Node], str],
        children: Callable[[Node], Sequence[Node]],
        text: Callable[[Node], str],
    ) -> None:
        self._name = name
        self._children = children
        self._text = text

    def __call__(self, node: Node) -> str:
        """The text of a formula, or of a part of it."""
        name = self._name(node)
        if name in _LEAVES:
            return self._text(node).strip()
        # Properties of Word's, and other forms of what stands here already.
        if name.endswith("Pr") or name.startswith("annotation"):
            return ""
        parts = [(self._name(child), self(child)) for child in self._children(node)]
        told = [text for part, text in parts if not part.endswith("Pr")]
        if name in _TWO and len(told) >= 2:
            return _TWO[name](_bound(told[0]), _bound(told[1]))
        if name in _THREE and len(told) >= 3:
            return f"{_bound(told[0])}_{_bound(told[1])}^{_bound(told[2])}"
        if name in ("rad", "mroot") and len(told) >= 2:
            # Word names the degree first, and often leaves it empty.
            degree, base = told if name == "rad" else reversed(told)
            return f"{degree}√({base})"
        if name == "msqrt":
            return f"√({''.join(told)})"
        return f"({''.join(told)})" if name == "d" else "".join(told)


_LEAVES = frozenset({"t", "mi", "mn", "mo", "ms", "mtext", "#text"})
_TWO: dict[str, Callable[[str, str], str]] = {
    **dict.fromkeys(("f", "mfrac"), lambda above, below: f"{above}/{below}"),
    **dict.fromkeys(("sSup", "msup"), lambda base, power: f"{base}^{power}"),
    **dict.fromkeys(("sSub", "msub"), lambda base, index: f"{base}_{index}"),
}
_THREE = frozenset({"sSubSup", "msubsup"})


def _bound(text: str) -> str:
    """In brackets, unless it is one name or number."""
    return text if text.replace(".", "").isalnum() else f"({text})"
