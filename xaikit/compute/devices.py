"""Which device computes: one policy for the whole project."""

from typing import Any

import torch

from xaikit.core.errors import SpecError, nearest, shown

KINDS = ("auto", "cpu", "cuda", "mps")


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


def moved(model: Any, device: str) -> Any:
    """Return the model with its parameters on the device; a model without a module stays where it is.

    Raises
    ------
    SpecError
        When there is no such device.
    """
    wanted = resolve(device)
    module = getattr(model, "module", None)
    if isinstance(module, torch.nn.Module):
        module.to(wanted)
    return model
