"""What torch itself says of a card that is not there: `torch.cuda`, constructors, generators, half precision."""

from contextlib import nullcontext
from functools import partial
from typing import Any, ClassVar
from weakref import WeakSet

import torch
from torch.overrides import TorchFunctionMode

PRODUCTS = {
    "linear", "matmul", "__matmul__", "__rmatmul__", "mm", "addmm", "bmm", "baddbmm",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
}  # fmt: skip
PLAIN_GENERATOR = torch.Generator


class Generator(PLAIN_GENERATOR):  # type: ignore[misc, valid-type]
    """A generator of the CPU or, as `torch.Generator("cuda")` cannot be made here, one that says it is the card's."""

    made: ClassVar[WeakSet["Generator"]] = WeakSet()  # those of the card

    def __new__(cls, device: Any = "cpu") -> "Generator":
        return PLAIN_GENERATOR.__new__(cls)

    def __init__(self, device: Any = "cpu") -> None:
        self._device = torch.device(device)
        if self._device.type != "cpu":
            self.made.add(self)
            self.manual_seed(0)

    def manual_seed(self, seed: int) -> "Generator":
        """Seed it; the card's numbers are others than the CPU's from the same seed."""
        super().manual_seed(seed if self._device.type == "cpu" else seed ^ 0xCA4D)
        return self

    @property
    def device(self) -> torch.device:
        """Where its numbers are drawn, as it says."""
        return self._device


def is_the_cards(generator: torch.Generator) -> bool:
    """Return whether a generator, as torch hands it on, is one of the card: it is known by its state alone."""
    return any(torch.equal(generator.get_state(), other.get_state()) for other in Generator.made)


class _Half(TorchFunctionMode):
    """Matrix products and convolutions in half precision, as autocast does them on a card."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if getattr(function, "__name__", "") in PRODUCTS:
            args = tuple(self._cast(a) for a in args)
            kwargs = {k: self._cast(v) for k, v in (kwargs or {}).items()}
        return function(*args, **(kwargs or {}))

    def _cast(self, value: Any) -> Any:
        floats = isinstance(value, torch.Tensor) and value.dtype == torch.float32
        return value.to(self.dtype) if floats else value


def _autocast(card: Any, device_type: str, dtype: Any = None, enabled: bool = True, **_more: Any) -> Any:
    return _Half(dtype or torch.float16) if enabled and device_type == card.kind else nullcontext()


def _made(original: Any, card: Any, data: Any, *, dtype: Any = None, device: Any = None, **more: Any) -> Any:
    if device is None or (isinstance(data, torch.Tensor) and data.device.type == card.kind):
        return original(data, dtype=dtype, **more) if device is None else data.to(device, dtype)
    return original(data, dtype=dtype, **more).to(device)


def _to(card: Any, tensor: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    """Do `Tensor.to`, which asks the driver for the number of the card."""
    if args and isinstance(args[0], torch.Tensor):
        args = (args[0].device, args[0].dtype)
    device, dtype, _, form = torch._C._nn._parse_to(*args, **kwargs)
    device = tensor.device if device is None else torch.device(device.type, 0) if device.type == card.kind else device
    dtype, more = dtype or tensor.dtype, {} if form is None else {"memory_format": form}
    if (device, dtype) == (tensor.device, tensor.dtype) and not more and not (kwargs.get("copy") or True in args):
        return tensor
    made: torch.Tensor = torch.ops.aten._to_copy(tensor, dtype=dtype, device=device, **more)
    return made


def _backward(original: Any, card: Any, outputs: Any, *args: Any, **kwargs: Any) -> Any:
    """Do `torch.autograd.grad` or `backward`; torch itself does not compare the devices of its subclasses."""
    first = args[:2] if original.__name__ == "grad" else args[:1]
    given = kwargs.get("grad_outputs", kwargs.get("grad_tensors", first[-1] if first else None))
    for out, grad in zip(*(v if isinstance(v, (list, tuple)) else (v,) for v in (outputs, given)), strict=False):
        if grad is not None and grad.device != out.device:
            message = f"expected device {out.device} but got {grad.device} for a gradient"
            raise card.refusal(RuntimeError, message)
    return original(outputs, *args, **kwargs)


def patches(card: Any) -> dict[str, Any]:
    """Return what stands in the place of what, by full name, while the card is there."""

    def counted(name: str) -> Any:
        return lambda *_a, **_k: card.counts.update([name])

    cuda = card.kind == "cuda"
    here = {
        "torch.tensor": partial(_made, torch.tensor, card),
        "torch.as_tensor": partial(_made, torch.as_tensor, card),
        "torch.asarray": partial(_made, torch.asarray, card),
        "torch.Tensor.to": lambda *args, **kwargs: _to(card, *args, **kwargs),
        "torch.Tensor.cuda": lambda tensor: tensor.to("cuda"),
        "torch._has_compatible_shallow_copy_type": lambda *_: False,  # `Module.to` then makes new parameters
        "torch.autocast": partial(_autocast, card),
        "torch.autograd.grad": partial(_backward, torch.autograd.grad, card),
        "torch.autograd.backward": partial(_backward, torch.autograd.backward, card),
        "torch.Generator": Generator,
        "torch.backends.mps.is_available": lambda: not cuda,
    }
    if not cuda:
        return here | {
            "torch.mps.empty_cache": counted("emptied"),
            "torch.mps.recommended_max_memory": lambda: card.memory,
            "torch.mps.get_rng_state": lambda: card.generator.get_state(),
            "torch.mps.set_rng_state": lambda state: card.generator.set_state(state),
            "torch.mps.manual_seed": lambda seed: card.generator.manual_seed(seed),
        }
    return here | {
        "torch.cuda._lazy_init": lambda: None,
        "torch.cuda.is_available": lambda: True,
        "torch.cuda.device_count": lambda: 1,
        "torch.cuda.current_device": lambda: 0,
        "torch.cuda.device": lambda _index: nullcontext(),
        "torch.cuda.get_device_name": lambda *_: "make-believe card",
        "torch.cuda.is_bf16_supported": lambda *_a, **_k: True,
        "torch.cuda.mem_get_info": lambda *_: (max(0, card.memory - card.live), card.memory),
        "torch.cuda.synchronize": counted("wait"),
        "torch.cuda.empty_cache": counted("emptied"),
        "torch.cuda.get_rng_state": lambda *_: card.generator.get_state(),
        "torch.cuda.set_rng_state": lambda state, *_: card.generator.set_state(state),
        "torch.cuda.manual_seed": lambda seed: card.generator.manual_seed(seed),
    }
