"""The generator seam: a causal language model, here or on a server, that may word an answer."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

NONE = "none"


class GeneratorError(Exception):
    """The generator can't be loaded; the message says what the setting takes."""


class GeneratorUnavailable(Exception):
    """The generator gives nothing just now; the extractive answer stands."""


class Generator(Protocol):
    """Writes text after a prompt, piece by piece."""

    def stream(self, prompt: str, max_tokens: int) -> AsyncIterator[str]:
        """Raises GeneratorUnavailable. Closing the iterator stops the model."""
        ...


def load_generator(name: str, cache: Path, api_key: str | None = None) -> Generator | None:
    """Loads what CHEZHI_GENERATOR names; None for `none`. Raises GeneratorError."""
    if name in ("", NONE):
        return None
    raise GeneratorError(
        f"The generator {name!r} can't be loaded. CHEZHI_GENERATOR takes none, bundled, "
        "a transformers id or folder, or openai:BASE_URL#MODEL."
    )
