"""The generator seam: a causal language model, here or on a server, that may word an answer."""

from collections.abc import AsyncGenerator
from typing import Protocol

# A stream that takes longer than this, its wait for the model included, is given up.
SECONDS = 60.0


class GeneratorError(Exception):
    """The generator can't be loaded; the message says what the setting takes."""


class GeneratorUnavailable(Exception):
    """The generator gives nothing just now; the extractive answer stands."""


class Generator(Protocol):
    """Writes text after a prompt, piece by piece."""

    def stream(self, prompt: str, max_tokens: int) -> AsyncGenerator[str, None]:
        """Raises GeneratorUnavailable. Closing the iterator stops the model."""
        ...

    async def close(self) -> None: ...
