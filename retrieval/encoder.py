"""The encoder seam: the bundled E5, or a sentence-transformers model by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class EncoderError(Exception):
    """The encoder can't be loaded; the message says what the setting takes."""


class Encoder(Protocol):
    """What is asked of a sentence-transformers model, and all that another one needs."""

    @property
    def prompts(self) -> Mapping[str, str | None]: ...
    @property
    def default_prompt_name(self) -> str | None: ...

    def encode(self, *texts: Any, **how: Any) -> Any:
        """`encode(texts, prompt=…)`: a vector each."""
        ...

    def get_embedding_dimension(self) -> int | None: ...
