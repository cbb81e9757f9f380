"""Rules of relevance propagation, each as an operation of the same answer whose gradient × input is the rule's share.

Where a rule deals the relevance R of an answer z out by shares that sum to 1, an operation that answers z and whose
derivative is the share times z over what was read has, as gradient × input, exactly what the rule deals out. So a net
whose operations are replaced one by one is walked back by torch, whatever way its tensors took.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

Tensor = torch.Tensor
Apply = Callable[[Tensor, Tensor, Tensor | None], Tensor]


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rule deals out relevance.

    Parameters
    ----------
    dense, spatial : {"epsilon", "gamma", "alpha_beta"}
        For linear layers, and for convolutions.
    epsilon : float
        Added to every denominator with its sign.
    gamma : float
        By how much positive weights count more.
    alpha : float
        What positive parts get; negative ones get 1 − alpha.
    attention : {"values", "taylor"}
        Whether attention weights are constants, and all relevance goes to the values, or half goes to the weights and
        through the softmax by its derivative.
    """

    dense: str = "epsilon"
    spatial: str = "epsilon"
    epsilon: float = 1e-9
    gamma: float = 0.25
    alpha: float = 2.0
    attention: str = "values"


class _Exactly(torch.autograd.Function):
    """The numbers of the first, the derivative of the second."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, stand_in: Tensor) -> Tensor:  # noqa: ARG004  as torch calls it
        return value.detach().view_as(value)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[None, Tensor]:  # noqa: ARG004
        return None, slopes[0]


class _Damped(torch.autograd.Function):
    """The numbers as they are; of the derivative, as much as ε leaves: |z| / (|z| + ε)."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, epsilon: float) -> Tensor:
        ctx.save_for_backward(z)
        ctx.epsilon = epsilon
        return z.view_as(z)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None]:
        (z,) = ctx.saved_tensors
        size = z.abs()
        return slopes[0] * size.div_(size + ctx.epsilon), None


def exactly(value: Tensor, stand_in: Tensor) -> Tensor:
    """Return a tensor of one's numbers and the other's derivative."""
    made: Tensor = _Exactly.apply(value, stand_in)  # type: ignore[no-untyped-call]
    return made


def divided(numerator: Tensor, denominator: Tensor, epsilon: float) -> Tensor:
    """Return the quotient of two constants, the denominator moved away from 0 by ε; 0 where it is 0 nevertheless."""
    away = denominator + epsilon * (2 * (denominator >= 0).to(denominator.dtype) - 1)
    return torch.where(away == 0, 0.0, numerator / torch.where(away == 0, 1.0, away)).detach()


def affine(x: Tensor, weight: Tensor, bias: Tensor | None, apply: Apply, rule: str, rules: Rules) -> Tensor:
    """Return weighted sums whose relevance is dealt out by the ε, γ or αβ rule; biases keep their share.

    References
    ----------
    Bach, S. et al. (2015). On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance
    propagation. PLoS ONE 10(7). (ε, αβ: eqs. 58 and 60)
    Montavon, G. et al. (2019). Layer-wise relevance propagation: an overview. In: Explainable AI. Springer. (γ)
    """
    weight, bias = weight.detach(), None if bias is None else bias.detach()
    z = apply(x, weight, bias)
    if rule == "epsilon":
        damped: Tensor = _Damped.apply(z, rules.epsilon) if rules.epsilon else z  # type: ignore[no-untyped-call]
        return damped
    if rule == "gamma":
        start = None if bias is None else bias + rules.gamma * bias.clamp(min=0)
        more = apply(x, weight + rules.gamma * weight.clamp(min=0), start)
        return exactly(z, more * divided(z, more, rules.epsilon))
    up, down = weight.clamp(min=0), weight.clamp(max=0)
    plus = apply(x.clamp(min=0), up, None if bias is None else bias.clamp(min=0)) + apply(x.clamp(max=0), down, None)
    minus = apply(x.clamp(max=0), up, None if bias is None else bias.clamp(max=0)) + apply(x.clamp(min=0), down, None)
    # where one part is missing the other gets all, or relevance would be made or lost
    share = torch.where(minus == 0, 1.0, torch.where(plus == 0, 0.0, rules.alpha)).detach()
    dealt = share * plus * divided(z, plus, rules.epsilon)
    return exactly(z, dealt + (1 - share) * minus * divided(z, minus, rules.epsilon))


def unary(x: Tensor, answer: Tensor) -> Tensor:
    """Return a function of each number through which relevance passes as it is; what was read as 0 gets none.

    References
    ----------
    Bach, S. et al. (2015), section 2.6; Achtibat, R. et al. (2024). AttnLRP. ICML. (identity rule, eq. 9)
    """
    return exactly(answer, x * divided(answer, x, 0.0))


def product(a: Tensor, b: Tensor, gate: str, multiply: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Return a product of two activations: half to each, or all to the signal where the other is a gate.

    Parameters
    ----------
    a, b : tensor
        What is multiplied.
    gate : {"first", "second", ""}
        Which of them gates.
    multiply : callable
        Elementwise, or of matrices.

    References
    ----------
    Arras, L. et al. (2017). Explaining recurrent neural network predictions in sentiment analysis. WASSA. (gates)
    Achtibat, R. et al. (2024). AttnLRP: attention-aware layer-wise relevance propagation for transformers. ICML.
    (uniform rule, eqs. 13 and 15)
    """
    if gate:
        return multiply(a.detach(), b) if gate == "first" else multiply(a, b.detach())
    both = (multiply(a, b.detach()) + multiply(a.detach(), b)) / 2
    return exactly(both, both)


def layer_norm(
    x: Tensor, shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Return the norm over features whose spread is a constant.

    References
    ----------
    Ali, A. et al. (2022). XAI for transformers: better explanations through conservative propagation. ICML. (LN rule)
    """
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    spread = (x.var(dim=axes, unbiased=False, keepdim=True) + eps).sqrt().detach()
    out = (x - x.mean(dim=axes, keepdim=True)) / spread
    return _scaled(out, weight, bias)


def rms_norm(x: Tensor, shape: Any, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """Return the root-mean-square norm, whose size is a constant (as in `layer_norm`)."""
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    eps = torch.finfo(x.dtype).eps if eps is None else eps
    return _scaled(x * (x.pow(2).mean(dim=axes, keepdim=True) + eps).rsqrt().detach(), weight, None)


def group_norm(
    x: Tensor, groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Return the norm over groups of channels, whose spread is a constant (as in `layer_norm`)."""
    parts = x.reshape(len(x), groups, -1)
    spread = (parts.var(dim=2, unbiased=False, keepdim=True) + eps).sqrt().detach()
    out = ((parts - parts.mean(dim=2, keepdim=True)) / spread).reshape(x.shape)
    shape = (1, -1, *[1] * (x.ndim - 2))
    return _scaled(out, *(None if t is None else t.reshape(shape) for t in (weight, bias)))


def _scaled(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    out = x if weight is None else x * weight.detach()
    return out if bias is None else out + bias.detach()


def softmax(x: Tensor, dim: int, attention: str) -> Tensor:
    """Return softmax: with its own derivative, or such that relevance passes as it is.

    References
    ----------
    Achtibat, R. et al. (2024). AttnLRP. ICML. (proposition 3.1: Rᵢ = xᵢ (Rᵢ − sᵢ Σ R), the first derivative × input)
    """
    out = functional.softmax(x, dim)
    return out if attention == "taylor" else unary(x, out)


def attended(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scale: float | None, rules: Rules) -> Tensor:
    """Return scaled dot-product attention by the rules of products and softmax.

    References
    ----------
    Ali, A. et al. (2022), AH rule: weights as constants. Achtibat, R. et al. (2024), "taylor".
    """
    if rules.attention == "values":
        q, k = q.detach(), k.detach()
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    scores = product(q, k.transpose(-2, -1), "", torch.matmul) * scale if q.requires_grad else q @ k.mT * scale
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else scores + mask
    gate = "first" if rules.attention == "values" else ""
    return product(functional.softmax(scores, -1), v, gate, torch.matmul)


def lstm(
    x: Tensor, start: tuple[Tensor, Tensor], weights: Mapping[str, Tensor | None], backwards: bool, rules: Rules
) -> tuple[Tensor, Tensor, Tensor]:
    """Return one direction of one layer of an LSTM, (time, rows, hidden), with the last state and cell.

    Gates are constants, relevance goes to the signal; a cell's two summands share by size, weighted sums by the rule.

    References
    ----------
    Arras, L. et al. (2017). Explaining recurrent neural network predictions in sentiment analysis. WASSA. (all-LRP)
    """
    state, cell = start
    out = []
    for step in reversed(range(len(x))) if backwards else range(len(x)):
        read, size = torch.cat([x[step], state], dim=1), cell.shape[1]
        joined = torch.cat([weights["input"], weights["state"]], dim=1)  # type: ignore[list-item]
        # the four gates are rows i, f, g, o of one matrix: only g is signal
        rest = functional.linear(read.detach(), joined, weights["bias"]).sigmoid()
        keep, forget, show = rest[:, :size], rest[:, size : 2 * size], rest[:, 3 * size :]
        here = slice(2 * size, 3 * size)
        bias = None if weights["bias"] is None else weights["bias"][here]
        signal = affine(read, joined[here], bias, functional.linear, rules.dense, rules)
        cell = forget * cell + keep * unary(signal, signal.tanh())
        state = show * unary(cell, cell.tanh())
        out.append(state)
    return torch.stack(out[::-1] if backwards else out), state, cell
