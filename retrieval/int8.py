"""The layers of E5Model with products of 8-bit integers: 2.5 times as quick as in float32.

torchao does as much to any model, but to import it takes longer than to load this one.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 as all of torch's users call it

from retrieval.e5_model import PROMPTS, E5Model, Layer

MOST = 127
TINY = 1e-6
# What is done to each token by itself is done to so many at once, which stay in the cache.
ROWS = 256


def is_quick() -> bool:
    """Whether this processor has instructions for it; without them it is slower than float32."""
    return torch.cpu._is_vnni_supported()


class Int8Linear(nn.Module):
    """A linear layer with a scale for each token and each output (LLM.int8(), Dettmers et al.,
    arXiv 2208.07339, section 2), and a smoothed input (SmoothQuant, Xiao et al., arXiv 2211.10438,
    equation 4, alpha = .5): a dimension far wider than others is narrowed, its weights widened.
    """

    def __init__(self, weight: Tensor, bias: Tensor, widest: Tensor | None = None) -> None:
        """`weight` [outputs, inputs]; `widest` [inputs]: of each input, how far from 0 it comes."""
        super().__init__()
        self.narrowing: Tensor | None = None
        if widest is not None:
            factors = (widest.clamp_min(TINY) / weight.abs().amax(0).clamp_min(TINY)).sqrt()
            weight, self.narrowing = weight * factors, 1 / factors
        self.scales = weight.abs().amax(1).clamp_min(TINY) / MOST
        self.weight = (weight / self.scales[:, None]).round().to(torch.int8).t()
        self.bias = bias

    def forward(self, x: Tensor) -> Tensor:
        """float32 [n, outputs] of [n, inputs]."""
        if self.narrowing is not None:
            x = x * self.narrowing
        scales = x.abs().amax(1, keepdim=True).clamp_min_(TINY).div_(MOST)
        products = torch._int_mm((x / scales).round_().to(torch.int8), self.weight)
        return products.float().mul_(scales).mul_(self.scales).add_(self.bias)


class Int8Layer(nn.Module):
    """A `Layer` in 8 bits."""

    def __init__(self, layer: Layer, widest: dict[nn.Module, Tensor]) -> None:
        """`widest`: of what goes into its `query` and `up`."""
        super().__init__()
        taken = layer.query, layer.key, layer.value
        weight, bias = (torch.cat([getattr(p, kind) for p in taken]) for kind in ("weight", "bias"))
        self.taken = Int8Linear(weight, bias, widest[layer.query])
        self.out = Int8Linear(layer.out.weight, layer.out.bias)
        self.up = Int8Linear(layer.up.weight, layer.up.bias, widest[layer.up])
        self.down = Int8Linear(layer.down.weight, layer.down.bias)
        self.norm, self.last = layer.norm, layer.last

    def parts(self, x: Tensor) -> tuple[Tensor, ...]:
        """As `Layer.parts`, of [n, d]."""
        taken = torch.cat([self.taken(some) for some in x.split_with_sizes(_rows(x))])
        return taken.chunk(3, dim=1)

    def after(self, x: Tensor, seen: Tensor) -> Tensor:
        """As `Layer.after`, of [n, d]."""
        both = zip(x.split_with_sizes(_rows(x)), seen.split_with_sizes(_rows(x)), strict=True)
        return torch.cat([self._after(*some) for some in both])

    def _after(self, x: Tensor, seen: Tensor) -> Tensor:
        x = self.norm(self.out(seen).add_(x))
        return self.last(self.down(F.gelu(self.up(x))).add_(x))  # type: ignore[no-any-return]


def _rows(x: Tensor) -> list[int]:
    return [min(ROWS, len(x) - start) for start in range(0, len(x), ROWS)]


@torch.inference_mode()
def in_8_bits(model: E5Model) -> E5Model:
    """The same model, its layers in 8 bits; those before are gone.

    Which dimensions are wide is the same for any text, so they are read off an empty one.
    """
    widest: dict[nn.Module, Tensor] = {}

    def keep(linear: nn.Module, inputs: tuple[Tensor]) -> None:
        widest[linear] = inputs[0].abs().amax(0)

    layers = [layer for layer in model.layers if isinstance(layer, Layer)]
    watched = [part for layer in layers for part in (layer.query, layer.up)]
    hooks = [part.register_forward_pre_hook(keep) for part in watched]
    model.encode([""], prompt=PROMPTS["query"])
    for hook in hooks:
        hook.remove()
    model.layers = nn.ModuleList(Int8Layer(layer, widest) for layer in layers)
    return model
