"""A model behind a server that speaks OpenAI's chat completions: vLLM, llama.cpp and the like."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from openai import AsyncOpenAI

from retrieval.generator import SECONDS, GeneratorUnavailable

# Streams at the same time; who comes on top is told at once that there is no place.
MAX_STREAMS = 16


class OpenAIGenerator:
    """Streams from `base_url`, with the most likely token each time."""

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str | None = None,
        *,
        streams: int = MAX_STREAMS,
        seconds: float = SECONDS,
    ) -> None:
        # The package insists on a key; a server of one's own takes any.
        self._client = AsyncOpenAI(
            base_url=base_url, api_key=api_key or "none", max_retries=0, timeout=seconds
        )
        self._model = model
        self._free = streams
        self._seconds = seconds

    async def stream(self, prompt: str, max_tokens: int) -> AsyncGenerator[str, None]:
        """Raises GeneratorUnavailable on any answer but a good one, and at the time limit."""
        if self._free <= 0:
            raise GeneratorUnavailable("too many are waiting for the generator")
        self._free -= 1
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        chunks: Any = None
        try:
            chunks = await asyncio.wait_for(self._open(prompt, max_tokens), self._seconds)
            while True:
                left = max(deadline - loop.time(), 0.0)
                chunk = await asyncio.wait_for(anext(chunks, None), left)
                if chunk is None:
                    return
                piece = chunk.choices[0].delta.content if chunk.choices else None
                if piece:
                    yield piece
        except Exception as error:  # whatever the package and its HTTP client raise, closed or cut
            raise GeneratorUnavailable(f"the generator's server failed: {error}") from error
        finally:
            self._free += 1
            if chunks is not None:
                await chunks.close()

    async def _open(self, prompt: str, max_tokens: int) -> Any:
        return await self._client.chat.completions.create(
            model=self._model,
            messages=[{"role": "user", "content": prompt}],
            max_tokens=max_tokens,
            temperature=0,
            stream=True,
        )

    async def close(self) -> None:
        await self._client.close()
