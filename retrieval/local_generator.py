"""A causal language model of transformers, in this process."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event
from typing import Any, Self

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.generation.streamers import TextStreamer

from retrieval.extras import need
from retrieval.generator import SECONDS, GeneratorUnavailable

log = logging.getLogger(__name__)

# Who comes when this many wait or run is told at once that there is no place.
MAX_WAITING = 8


class LocalGenerator:
    """Greedy decoding in one worker thread, so that the event loop never waits for the model."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        waiting: int = MAX_WAITING,
        seconds: float = SECONDS,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._seconds = seconds
        self._places = BoundedSemaphore(waiting)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="generator")
        self._closing = Event()

    @classmethod
    def load(cls, name: str) -> Self:
        """A transformers id or folder. Raises OSError or ValueError where there is none.

        On a CPU the linear layers are run in 8 bits (weights per tensor, activations as they
        come), which decodes two to four times faster than bfloat16 and float32.
        """
        tokenizer = AutoTokenizer.from_pretrained(name)
        if torch.cuda.is_available():
            need("generator", "accelerate")
            on_card = AutoModelForCausalLM.from_pretrained(name, dtype="auto", device_map="cuda")
            return cls(on_card, tokenizer)
        # from_pretrained leaves the model in evaluation mode.
        model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)
        _shrink(model)
        return cls(model, tokenizer)

    async def stream(self, prompt: str, max_tokens: int) -> AsyncGenerator[str, None]:
        """Raises GeneratorUnavailable when the queue is full, at the time limit, on any fault."""
        if self._closing.is_set() or not self._places.acquire(blocking=False):
            raise GeneratorUnavailable("too many are waiting for the generator")
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        stop = Event()

        def put(piece: str | None) -> None:
            if not stop.is_set():
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        deadline = loop.time() + self._seconds
        work = self._executor.submit(self._generate, prompt, max_tokens, put, stop)
        work.add_done_callback(lambda _: self._places.release())
        try:
            while (piece := await _within(pieces.get(), deadline - loop.time())) is not None:
                yield piece
            work.result()
        except GeneratorUnavailable:
            raise
        except Exception as error:
            log.exception("The generator failed")
            raise GeneratorUnavailable(str(error)) from error
        finally:
            stop.set()
            work.cancel()

    def _generate(
        self, prompt: str, max_tokens: int, put: Callable[[str | None], None], stop: Event
    ) -> None:
        try:
            inputs = self._inputs(prompt).to(self._model.device)
            stopping = StoppingCriteriaList([_Stopped(stop), _Stopped(self._closing)])
            with torch.inference_mode():
                self._model.generate(  # type: ignore[operator]
                    **inputs,
                    max_new_tokens=max_tokens,
                    do_sample=False,
                    pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id,
                    streamer=_Pieces(self._tokenizer, put),
                    stopping_criteria=stopping,
                )
        finally:
            put(None)

    def _inputs(self, prompt: str) -> Any:
        if self._tokenizer.chat_template is None:
            return self._tokenizer(prompt, return_tensors="pt")
        return self._tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )

    async def close(self) -> None:
        """Stops what runs, after the token it is at."""
        self._closing.set()
        await asyncio.to_thread(self._executor.shutdown, cancel_futures=True)


class _Pieces(TextStreamer):
    """Hands whole words on as they come."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, put: Callable[[str | None], None]
    ) -> None:
        super().__init__(tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._put = put

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        if text:
            self._put(text)


class _Stopped(StoppingCriteria):
    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        return torch.full((input_ids.shape[0],), self._stop.is_set(), device=input_ids.device)


async def _within(piece: Any, seconds: float) -> Any:
    try:
        return await asyncio.wait_for(piece, max(seconds, 0.0))
    except TimeoutError as error:
        raise GeneratorUnavailable("the generator took too long") from error


class _EightBits(torch.nn.Module):
    """A linear layer with weights in 8 bits, one scale for all; what comes in is brought to as many
    as it comes."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scale = max(float(weight.abs().max()) / 127.5, 1e-12)
        small = torch.quantize_per_tensor(weight, scale, 0, torch.qint8)
        bias = None if linear.bias is None else linear.bias.detach()
        self._packed = torch.ops.quantized.linear_prepack(small, bias)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        # Seven bits of what comes in: without VNNI, sums of more would overflow.
        found: torch.Tensor = torch.ops.quantized.linear_dynamic(states, self._packed, True)
        return found


def _shrink(module: torch.nn.Module) -> None:
    """Puts 8-bit layers in the place of all linear ones."""
    for name, part in module.named_children():
        if isinstance(part, torch.nn.Linear):
            setattr(module, name, _EightBits(part))
        else:
            _shrink(part)
