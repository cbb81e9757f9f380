"""Which device computes: one policy for the whole project."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from xaikit.core.errors import SpecError, nearest, shown

KINDS = ("auto", "cpu", "cuda", "mps")
DOUBLE = (torch.float64, torch.complex128)


def available() -> tuple[str, ...]:
    """Return the kinds of device that this machine has, fastest first; "cpu" is always there.

    Examples
    --------
    >>> available()[-1]
    'cpu'
    """
    kinds = []
    if torch.cuda.is_available():
        kinds.append("cuda")
    if torch.backends.mps.is_available():
        kinds.append("mps")
    return (*kinds, "cpu")


def resolve(device: str | torch.device = "auto") -> torch.device:
    """Return the torch device for "auto", "cpu", "cuda", "cuda:1" or "mps".

    Raises
    ------
    SpecError
        When there is no such device, or this machine has none of that kind.

    Examples
    --------
    >>> resolve("cpu")
    device(type='cpu')
    """
    if device == "auto":
        return torch.device(available()[0])
    kind = str(device).partition(":")[0]
    if kind not in KINDS:
        near = nearest(kind, KINDS)
        raise SpecError(
            "device", shown(str(device)), f"one of {KINDS}", f"Did you mean {shown(near)}?" if near else None
        )
    if kind not in available():
        raise SpecError("device", shown(str(device)), f"a device of this machine: {available()}", "Use 'auto'.")
    made = torch.device(device)
    if kind == "cuda" and (made.index or 0) >= torch.cuda.device_count():
        raise SpecError("device", shown(str(device)), f"a card numbered below {torch.cuda.device_count()}")
    return made


def describe(device: torch.device) -> str:
    """Return the device's name for the report, for example "cpu" or "cuda (NVIDIA H100)"."""
    return f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type


def memory(device: torch.device) -> int | None:
    """Return the bytes of a card's memory, whoever uses them at the moment; None for the CPU."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[1])
    return int(torch.mps.recommended_max_memory()) if device.type == "mps" else None


def placed(module: torch.nn.Module, device: torch.device) -> torch.nn.Module:
    """Move a module's weights to a device, and return it.

    Raises
    ------
    SpecError
        When it holds numbers that the device does not have.
    """
    held = itertools.chain(module.parameters(), module.buffers())
    if device.type == "mps" and any(t.dtype in DOUBLE for t in held):
        raise SpecError("device", "a net in float64 on MPS", "float32: MPS has no float64", "Use net.float().")
    return module.to(device)


@contextmanager
def on(model: Any, device: str) -> Iterator[None]:
    """Let a model compute on a device for the time of a `with`; its module then returns to where it was.

    A model without a module stays where it is.

    Raises
    ------
    SpecError
        When there is no such device, or the module lies on several.
    """
    wanted, module = resolve(device), getattr(model, "module", None)
    if not isinstance(module, torch.nn.Module):
        yield
        return
    homes = {t.device for t in itertools.chain(module.parameters(), module.buffers())}
    if len(homes) > 1:
        raise SpecError("device", "a net on several devices", "a net on one, or device 'auto', which leaves it there")
    try:
        placed(module, wanted)
        yield
    finally:
        for home in homes:
            module.to(home)
