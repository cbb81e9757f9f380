"""ONNX operators by torch: each a line or a few; what has no exact form here is refused by name."""

from collections.abc import Callable, Mapping
from typing import Any

import onnx
import torch
from torch.nn import functional

from xaikit.core.errors import ModelError

Tensor = torch.Tensor
Inputs = list[Any]
Attributes = Mapping[str, Any]


def _pads(i: Inputs, a: Attributes, size: int, fill: float = 0.0) -> tuple[Tensor, int | tuple[int, ...]]:
    """Return the input and the padding that torch takes; padding on one side only is made beforehand."""
    auto = a.get("auto_pad", b"NOTSET")
    if auto not in (b"NOTSET", b"VALID"):
        raise ModelError("ONNX graph", f"auto_pad {auto.decode()}", "padding in numbers")
    pads = list(a.get("pads", [0] * 2 * size))
    low, high = pads[:size], pads[size:]
    if low == high:
        return i[0], tuple(low)
    both = [p for pair in zip(low[::-1], high[::-1], strict=True) for p in pair]
    return functional.pad(i[0], both, value=fill), 0


def _conv(i: Inputs, a: Attributes) -> Tensor:
    size = i[1].ndim - 2
    x, padding = _pads(i, a, size)
    run = (functional.conv1d, functional.conv2d, functional.conv3d)[size - 1]
    bias = i[2] if len(i) > 2 else None
    strides, dilations = tuple(a.get("strides", [1] * size)), tuple(a.get("dilations", [1] * size))
    return run(x, i[1], bias, strides, padding, dilations, a.get("group", 1))


def _conv_transpose(i: Inputs, a: Attributes) -> Tensor:
    size = i[1].ndim - 2
    x, padding = _pads(i, a, size)
    if x is not i[0] or "output_shape" in a:
        raise ModelError("ONNX graph", "ConvTranspose with uneven padding", "the same padding on both sides")
    run = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[size - 1]
    bias = i[2] if len(i) > 2 else None
    strides, more = tuple(a.get("strides", [1] * size)), tuple(a.get("output_padding", [0] * size))
    dilations = tuple(a.get("dilations", [1] * size))
    return run(x, i[1], bias, strides, padding, more, a.get("group", 1), dilations)


def _pool(i: Inputs, a: Attributes, kind: str) -> Tensor:
    size = len(a["kernel_shape"])
    x, padding = _pads(i, a, size, float("-inf") if kind == "max" else 0.0)
    if kind == "mean" and x is not i[0] and not a.get("count_include_pad", 0):
        raise ModelError("ONNX graph", "AveragePool with uneven padding", "the same padding on both sides")
    kernel, strides = tuple(a["kernel_shape"]), tuple(a.get("strides", [1] * size))
    up = bool(a.get("ceil_mode", 0))
    if kind == "max":
        run = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)[size - 1]
        return run(x, kernel, strides, padding, tuple(a.get("dilations", [1] * size)), up)
    mean = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)[size - 1]
    return mean(x, kernel, strides, padding, up, bool(a.get("count_include_pad", 0)))


def _gemm(i: Inputs, a: Attributes) -> Tensor:
    x = i[0].T if a.get("transA", 0) else i[0]
    w = i[1].T if a.get("transB", 0) else i[1]
    out = a.get("alpha", 1.0) * (x @ w)
    return out + a.get("beta", 1.0) * i[2] if len(i) > 2 and i[2] is not None else out  # type: ignore[no-any-return]


def _resize(i: Inputs, a: Attributes) -> Tensor:
    scales = i[2].tolist()[2:] if len(i) > 2 and i[2] is not None and i[2].numel() else None
    size = i[3].tolist()[2:] if len(i) > 3 and i[3] is not None else None
    mode, how = a.get("mode", b"nearest"), a.get("coordinate_transformation_mode", b"half_pixel")
    if mode == b"nearest" and how == b"asymmetric" and a.get("nearest_mode") == b"floor":
        return functional.interpolate(i[0], size=size, scale_factor=scales, mode="nearest")
    if mode == b"linear" and how in (b"half_pixel", b"pytorch_half_pixel", b"align_corners") and i[0].ndim == 4:
        return functional.interpolate(
            i[0], size=size, scale_factor=scales, mode="bilinear", align_corners=how == b"align_corners"
        )
    raise ModelError("ONNX graph", f"Resize {mode.decode()}, {how.decode()}", "a resize that torch has")


def _reshape(i: Inputs, a: Attributes) -> Tensor:
    del a
    shape = [i[0].shape[k] if s == 0 else s for k, s in enumerate(i[1].tolist())]
    return i[0].reshape(shape)  # type: ignore[no-any-return]


def _slice(i: Inputs, a: Attributes) -> Tensor:
    starts = a.get("starts") or i[1].tolist()
    ends = a.get("ends") or i[2].tolist()
    axes = a.get("axes") or (i[3].tolist() if len(i) > 3 and i[3] is not None else list(range(len(starts))))
    steps = i[4].tolist() if len(i) > 4 and i[4] is not None else [1] * len(starts)
    if any(s < 1 for s in steps):
        raise ModelError("ONNX graph", "a slice that runs backwards", "steps of 1 or more")
    index = [slice(None)] * i[0].ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        index[axis] = slice(start, end, step)
    return i[0][tuple(index)]  # type: ignore[no-any-return]


def _axes(i: Inputs, a: Attributes) -> list[int] | None:
    if len(i) > 1 and i[1] is not None:
        return [int(x) for x in i[1].tolist()]
    return list(a["axes"]) if "axes" in a else None


def _reduce(run: Callable[..., Any]) -> Callable[[Inputs, Attributes], Any]:
    def apply(i: Inputs, a: Attributes) -> Any:
        axes = _axes(i, a) or list(range(i[0].ndim))
        return run(i[0], dim=tuple(axes), keepdim=bool(a.get("keepdims", 1)))

    return apply


def _squeeze(i: Inputs, a: Attributes) -> Tensor:
    axes = _axes(i, a)
    return i[0].squeeze() if axes is None else i[0].squeeze(tuple(axes))  # type: ignore[no-any-return]


def _unsqueeze(i: Inputs, a: Attributes) -> Tensor:
    out = i[0]
    for axis in sorted(_axes(i, a) or []):
        out = out.unsqueeze(axis)
    return out  # type: ignore[no-any-return]


def _clip(i: Inputs, a: Attributes) -> Tensor:
    low = i[1] if len(i) > 1 and i[1] is not None else a.get("min")
    high = i[2] if len(i) > 2 and i[2] is not None else a.get("max")
    return torch.clamp(i[0], low, high)


def _batch_norm(i: Inputs, a: Attributes) -> Tensor:
    return functional.batch_norm(i[0], i[3], i[4], i[1], i[2], False, 0.0, a.get("epsilon", 1e-5))


def _cast(i: Inputs, a: Attributes) -> Tensor:
    kind = onnx.helper.tensor_dtype_to_np_dtype(a["to"])
    return i[0].to(torch.as_tensor(kind.type(0)).dtype)  # type: ignore[no-any-return]


def _pairs(run: Callable[[Any, Any], Any]) -> Callable[[Inputs, Attributes], Any]:
    return lambda i, _: run(i[0], i[1])


def _one(run: Callable[[Any], Any]) -> Callable[[Inputs, Attributes], Any]:
    return lambda i, _: run(i[0])


OPERATORS: Mapping[str, Callable[[Inputs, Attributes], Any]] = {
    "Abs": _one(torch.abs),
    "Add": _pairs(torch.add),
    "AveragePool": lambda i, a: _pool(i, a, "mean"),
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda i, a: torch.cat(i, dim=a["axis"]),
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Div": _pairs(lambda x, y: x // y if not x.is_floating_point() and not y.is_floating_point() else x / y),
    "Dropout": _one(lambda x: x),
    "Elu": lambda i, a: functional.elu(i[0], a.get("alpha", 1.0)),
    "Erf": _one(torch.erf),
    "Exp": _one(torch.exp),
    "Flatten": lambda i, a: i[0].reshape(int(torch.tensor(i[0].shape[: a.get("axis", 1)]).prod()), -1),
    "Gather": lambda i, a: (
        i[0].index_select(a.get("axis", 0), i[1].reshape(-1)) if i[1].ndim == 1 else _gathered(i, a)
    ),
    "Gemm": _gemm,
    "GlobalAveragePool": _one(lambda x: x.mean(dim=tuple(range(2, x.ndim)), keepdim=True)),
    "GlobalMaxPool": _one(lambda x: x.amax(dim=tuple(range(2, x.ndim)), keepdim=True)),
    "HardSigmoid": lambda i, a: torch.clamp(a.get("alpha", 0.2) * i[0] + a.get("beta", 0.5), 0, 1),
    "HardSwish": _one(functional.hardswish),
    "Identity": _one(lambda x: x),
    "LeakyRelu": lambda i, a: functional.leaky_relu(i[0], a.get("alpha", 0.01)),
    "Log": _one(torch.log),
    "LogSoftmax": lambda i, a: torch.log_softmax(i[0], dim=a.get("axis", -1)),
    "MatMul": _pairs(torch.matmul),
    "MaxPool": lambda i, a: _pool(i, a, "max"),
    "Mul": _pairs(torch.mul),
    "Neg": _one(torch.neg),
    "Pow": _pairs(torch.pow),
    "ReduceMax": _reduce(torch.amax),
    "ReduceMean": _reduce(torch.mean),
    "ReduceMin": _reduce(torch.amin),
    "ReduceSum": _reduce(torch.sum),
    "Relu": _one(torch.relu),
    "Reshape": _reshape,
    "Resize": _resize,
    "Shape": _one(lambda x: torch.tensor(x.shape, dtype=torch.int64)),
    "Sigmoid": _one(torch.sigmoid),
    "Slice": _slice,
    "Softmax": lambda i, a: torch.softmax(i[0], dim=a.get("axis", -1)),
    "Softplus": _one(functional.softplus),
    "Sqrt": _one(torch.sqrt),
    "Squeeze": _squeeze,
    "Sub": _pairs(torch.sub),
    "Tanh": _one(torch.tanh),
    "Transpose": lambda i, a: i[0].permute(a.get("perm", list(range(i[0].ndim))[::-1])),
    "Unsqueeze": _unsqueeze,
}


def _gathered(i: Inputs, a: Attributes) -> Tensor:
    axis = a.get("axis", 0) % i[0].ndim
    picked = i[0].index_select(axis, i[1].reshape(-1))
    return picked.reshape(*i[0].shape[:axis], *i[1].shape, *i[0].shape[axis + 1 :])  # type: ignore[no-any-return]
