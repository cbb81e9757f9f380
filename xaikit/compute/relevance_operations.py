"""Which operation of torch has which rule of relevance; by name and arguments."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch.nn import functional

from xaikit.compute import relevance_rules as rule
from xaikit.compute.relevance_rules import Rules, Tensor
from xaikit.compute.rowwise import SAME_NUMBERS, UNARY

Args = tuple[Any, ...]
Kwargs = dict[str, Any]

GATES = frozenset(["sigmoid", "hardsigmoid", "softmax", "rsqrt", "reciprocal"])
"""Whose answers weigh what they are multiplied with."""

OF_ONE = (
    (frozenset(UNARY) - {"relu", "leaky_relu"})
    | frozenset(["relu6", "hardtanh", "hardswish", "hardsigmoid", "logsigmoid", "softsign", "tanhshrink"])
    | frozenset(
        ["exp", "log", "log1p", "sqrt", "rsqrt", "reciprocal", "pow", "square", "abs", "clamp", "clip", "erf"]
    )
    | frozenset(
        ["clip", "softshrink", "hardshrink", "threshold", "rrelu", "sin", "cos", "expm1", "clamp_min", "clamp_max"]
    )
)
LINEAR_AS_IT_IS = (
    SAME_NUMBERS
    | frozenset(["transpose", "permute", "movedim", "swapaxes", "getitem", "select", "narrow", "chunk", "split"])
    | frozenset(["unbind", "expand", "expand_as", "repeat", "stack", "cat", "concat", "flip", "roll", "pad", "t"])
    | frozenset(["unfold", "index_select", "gather", "tensor_split", "mT", "T", "unsafe_chunk", "view_as", "float"])
    | frozenset(["double", "type", "repeat_interleave", "masked_fill", "where", "tril", "triu", "get"])
    | frozenset(["mean", "sum", "avg_pool1d", "avg_pool2d", "avg_pool3d", "interpolate", "upsample"])
    | frozenset([f"adaptive_avg_pool{d}d" for d in (1, 2, 3)])
    | frozenset(["relu", "leaky_relu", "prelu"])
    # the largest takes all
    | frozenset(["max", "amax", "maximum", "minimum", "min", "amin"])
    | frozenset([f"{kind}max_pool{d}d" for kind in ("", "adaptive_") for d in (1, 2, 3)])
    | frozenset(["add", "radd", "iadd", "sub", "rsub", "isub", "subtract", "neg", "negative"])
)
"""Linear, or the choice of one: gradient × input is the ε-rule already, with ε = 0."""

WITHOUT_WRITING = {"relu": 1, "leaky_relu": 2}  # positional arguments before the one that says to write over

WITHOUT_SLOPE = (
    frozenset(["gt", "lt", "ge", "le", "eq", "ne", "argmax", "argmin", "isnan", "isfinite", "sign", "bool", "long"])
    | frozenset(["zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full", "new_tensor", "int"])
    | frozenset(["round", "floor", "ceil"])
)
"""Whose answers no small change of what they read moves: constants."""

CONVOLUTIONS = frozenset(["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"])


class NoRuleError(Exception):
    """An operation for which no rule is known: its name, and the layer in which it was met."""

    def __init__(self, operation: str, layer: str) -> None:
        self.operation, self.layer = operation, layer
        super().__init__(f"{operation} in {layer}")


class Operations:
    """The operations that replace those of one run of a net.

    Parameters
    ----------
    rules : Rules
        How relevance is dealt out.
    where : callable
        Says in which layer the net is, for errors.
    """

    def __init__(self, rules: Rules, where: Callable[[], str]) -> None:
        self.rules, self.where = rules, where
        self._gates: dict[int, Tensor] = {}  # kept alive: the identity of a tensor that has gone may be given again
        self._sums: dict[int, tuple[Tensor, Callable[[Tensor, Tensor], Tensor]]] = {}

    def __call__(self, short: str, func: Any, args: Args, kwargs: Kwargs) -> Any:
        """Return what an operation answers, with the derivative of its rule.

        Raises
        ------
        NoRuleError
            When there is none.
        """
        if short in OF_ONE:
            x = args[0] if args else kwargs["input"]
            rest = {k: v for k, v in kwargs.items() if k != "input"}
            made = rule.unary(x, func(x.detach().clone(), *args[1:], **rest))
        elif short in LINEAR_AS_IT_IS:
            made = func(*args[: WITHOUT_WRITING.get(short)], **kwargs)
            if isinstance(made, Tensor) and made.is_floating_point() and not made.requires_grad:
                raise NoRuleError(f"{short}, which cuts what it reads off", self.where())
            return made
        else:
            made = self._by_rule(short, args, kwargs)
        if short in GATES and (short != "softmax" or self.rules.attention == "values"):
            self._gates[id(made)] = made
        return made

    def _by_rule(self, short: str, args: Args, kwargs: Kwargs) -> Any:
        known = getattr(self, f"_{short}", None)
        if short in CONVOLUTIONS:
            known = partial(self._convolution, getattr(functional, short))
        elif short in ("mul", "rmul", "imul", "multiply"):
            known = partial(self._product, torch.mul)
        elif short in ("matmul", "bmm", "mm", "rmatmul"):
            known = partial(self._matrices, short == "rmatmul")
        elif short in ("div", "truediv", "itruediv", "divide"):
            known = self._quotient
        if known is None:
            raise NoRuleError(short, self.where())
        try:
            return known(*args, **kwargs)
        except TypeError as error:  # another version of torch calls it otherwise
            raise NoRuleError(f"{short} with other arguments ({error})", self.where()) from error

    def _linear(self, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        return self._summed(input, weight, bias, functional.linear, self.rules.dense, (-1, 1))

    def _addmm(self, bias: Tensor, x: Tensor, weight: Tensor) -> Tensor:
        return self._linear(x, weight.t(), bias)

    def _convolution(
        self, call: Any, input: Tensor, weight: Tensor, bias: Tensor | None = None, *args: Any, **kwargs: Any
    ) -> Tensor:  # fmt: skip
        transposed = "transpose" in call.__name__
        shape = (1, -1, *[1] * (weight.ndim - 2)) if transposed else (-1, *[1] * (weight.ndim - 1))
        groups = kwargs.get("groups", args[3] if len(args) > 3 else 1)
        fold = None if transposed and groups != 1 else shape

        def apply(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
            made: Tensor = call(x, w, b, *args, **kwargs)
            return made

        return self._summed(input, weight, bias, apply, self.rules.spatial, fold)

    def _summed(
        self, x: Tensor, weight: Tensor, bias: Tensor | None, apply: rule.Apply, name: str, shape: Any
    ) -> Tensor:
        """Return the weighted sums, and remember how to make them with other weights: a batch norm is folded in."""
        if weight.requires_grad:
            raise NoRuleError("weights that depend on the rows", self.where())
        made = rule.affine(x, weight, bias, apply, name, self.rules)
        if shape is not None:

            def again(scale: Tensor, shift: Tensor) -> Tensor:
                start = shift if bias is None else bias * scale + shift
                return rule.affine(x, weight * scale.reshape(shape), start, apply, name, self.rules)

            self._sums[id(made)] = made, again
        return made

    def _batch_norm(
        self, input: Tensor, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
        training: bool = False, momentum: float = 0.1, eps: float = 1e-5, *_: Any,  # noqa: ARG002  as torch calls it
    ) -> Tensor:  # fmt: skip
        if training or running_mean is None:
            raise NoRuleError("batch_norm over the batch itself", self.where())
        with torch.no_grad():
            scale = (running_var + eps).rsqrt() * (1.0 if weight is None else weight)
            shift = -running_mean * scale + (0.0 if bias is None else bias)
        if id(input) in self._sums:
            return self._sums[id(input)][1](scale, shift)
        shape = (1, -1, *[1] * (input.ndim - 2))
        made: Tensor = input * scale.reshape(shape) + shift.reshape(shape)
        return made

    def _layer_norm(self, *args: Any, **kwargs: Any) -> Tensor:
        kwargs = {k: v for k, v in kwargs.items() if "cudnn" not in k}
        return rule.layer_norm(*args[:5], **kwargs)

    def _rms_norm(self, *args: Any, **kwargs: Any) -> Tensor:
        return rule.rms_norm(*args, **kwargs)

    def _group_norm(self, *args: Any, **kwargs: Any) -> Tensor:
        kwargs = {k.replace("num_groups", "groups"): v for k, v in kwargs.items() if "cudnn" not in k}
        return rule.group_norm(*args[:5], **kwargs)

    def _instance_norm(
        self, input: Tensor, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
        use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
    ) -> Tensor:  # fmt: skip
        if not use_input_stats:
            return self._batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
        return rule.group_norm(input, input.shape[1], weight, bias, eps)

    def _log_softmax(self, input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        kwargs.pop("_stacklevel", None)
        return rule.unary(input, torch.log_softmax(input.detach(), *args[:1], **kwargs))

    def _softmax(self, input: Tensor, dim: int = -1, *_: Any, **__: Any) -> Tensor:
        return rule.softmax(input, dim, self.rules.attention)

    def _scaled_dot_product_attention(
        self, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
        is_causal: bool = False, *, scale: float | None = None, enable_gqa: bool = False,
    ) -> Tensor:  # fmt: skip
        if dropout_p or enable_gqa:
            raise NoRuleError("attention with dropout or shared heads", self.where())
        if is_causal:
            full = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device)
            attn_mask = full.tril()
        return rule.attended(query, key, value, attn_mask, scale, self.rules)

    def _multi_head_attention_forward(
        self, query: Tensor, key: Tensor, value: Tensor, size: int, heads: int, weight: Tensor | None,  # noqa: ARG002
        bias: Tensor | None, *rest: Any, **kwargs: Any,
    ) -> tuple[Tensor, None]:  # fmt: skip
        bias_k, bias_v, zero, _, out_weight, out_bias = rest[:6]
        if bias_k is not None or bias_v is not None or zero or query.ndim != 3:
            raise NoRuleError("attention with added keys, or of one row", self.where())
        weights = weight.chunk(3) if weight is not None else [kwargs[f"{n}_proj_weight"] for n in ("q", "k", "v")]
        biases = bias.chunk(3) if bias is not None else (None, None, None)
        parts = []
        for given, w, b in zip((query, key, value), weights, biases, strict=True):
            made = self._linear(given, w, b) if given.requires_grad else functional.linear(given, w, b)
            parts.append(made.view(*made.shape[:2], heads, -1).permute(1, 2, 0, 3))  # (rows, heads, places, numbers)
        mask = _masked(kwargs.get("attn_mask"), kwargs.get("key_padding_mask"), len(parts[0]), heads, query)
        q, k, v = parts
        out = rule.attended(q, k, v, mask, None, self.rules).permute(2, 0, 1, 3).flatten(2)
        return self._linear(out, out_weight, out_bias), None

    def _product(self, call: Callable[[Any, Any], Tensor], a: Any, b: Any) -> Tensor:
        known = [isinstance(t, Tensor) and t.requires_grad for t in (a, b)]
        if not all(known):
            return call(a, b)
        gate = "first" if id(a) in self._gates else "second" if id(b) in self._gates else ""
        return rule.product(a, b, gate, call)

    def _matrices(self, swapped: bool, a: Tensor, b: Tensor) -> Tensor:
        a, b = (b, a) if swapped else (a, b)
        if a.requires_grad and not b.requires_grad:
            return rule.affine(a, b, None, lambda x, w, _: x @ w, self.rules.dense, self.rules)
        if b.requires_grad and not a.requires_grad:
            return rule.affine(b, a, None, lambda x, w, _: w @ x, self.rules.dense, self.rules)
        return self._product(torch.matmul, a, b)

    def _quotient(self, a: Any, b: Any, **kwargs: Any) -> Tensor:
        if kwargs or not (isinstance(a, Tensor) and a.requires_grad):
            raise NoRuleError("division by an activation of what is none, or rounded", self.where())
        return torch.div(a, b.detach() if isinstance(b, Tensor) else b)  # what divides weighs, like a gate

    def _lstm(self, x: Tensor, start: Any, weights: Any, has_biases: bool, layers: int, *rest: Any) -> Any:
        if isinstance(start, Tensor):
            raise NoRuleError("lstm of packed sequences", self.where())
        _, _, both, batch_first = rest
        x = x.transpose(0, 1) if batch_first else x
        ways, each = 2 if both else 1, len(weights) // (layers * (2 if both else 1))
        if each != (4 if has_biases else 2):
            raise NoRuleError("lstm with projections", self.where())
        states, cells = [], []
        for layer in range(layers):
            made = []
            for way in range(ways):
                place = layer * ways + way
                given = [w.detach() for w in weights[place * each : (place + 1) * each]]
                named = {"input": given[0], "state": given[1], "bias": given[2] + given[3] if has_biases else None}
                out, state, cell = rule.lstm(x, (start[0][place], start[1][place]), named, way == 1, self.rules)
                made.append(out)
                states.append(state)
                cells.append(cell)
            x = torch.cat(made, dim=2)
        return x.transpose(0, 1) if batch_first else x, torch.stack(states), torch.stack(cells)


def _masked(mask: Tensor | None, padding: Tensor | None, rows: int, heads: int, like: Tensor) -> Tensor | None:
    """Return what is added to attention scores, (rows or 1, heads or 1, places, places), for two ways to mask."""

    def added(given: Tensor) -> Tensor:
        hidden = torch.zeros(given.shape, dtype=like.dtype, device=like.device)
        return hidden.masked_fill(given, -torch.inf) if given.dtype == torch.bool else given.to(like.dtype)

    out = None
    if mask is not None:
        out = added(mask) if mask.ndim == 2 else added(mask).view(rows, heads, *mask.shape[1:])
    if padding is not None:
        hidden = added(padding)[:, None, None]
        out = hidden if out is None else out + hidden
    return out
