"""What surrounds a call of a torch module: evaluation mode, its own random numbers and buffers; all is put back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_MODES = threading.Lock()
_HELD: dict[torch.nn.Module, list[int]] = {}  # inner modules that were training, and how many calls hold each
_RANDOM = threading.RLock()  # torch has one generator a device for all threads


@contextmanager
def evaluating(module: torch.nn.Module) -> Iterator[None]:
    """Put a module into evaluation mode, and every inner module back into the mode in which it was.

    Calls of several threads may overlap: the last one to end puts the modes back.
    """
    with _MODES:
        held = [m for m in module.modules() if m.training or m in _HELD]
        for inner in held:
            _HELD.setdefault(inner, [0])[0] += 1
        if held:
            evaluation(module)
    try:
        yield
    finally:
        with _MODES:
            for inner in held:
                _HELD[inner][0] -= 1
                if not _HELD[inner][0]:
                    del _HELD[inner]
                    inner.training = True


def evaluation(module: torch.nn.Module) -> None:
    """Put every inner module into evaluation mode; exported programs refuse `eval()`, so the flag is set."""
    for inner in module.modules():
        if isinstance(inner, torch.jit.ScriptModule):
            inner.eval()
        else:
            inner.training = False


@contextmanager
def own_randomness(device: torch.device, seed: int) -> Iterator[None]:
    """Draw from a stream of the seed, and put torch's global generator back."""
    cards = [device.index or 0] if device.type == "cuda" else []
    with _RANDOM, torch.random.fork_rng(devices=cards), _of_mps(device, seed):
        torch.default_generator.manual_seed(seed)
        for card in cards:
            with torch.cuda.device(card):  # the seed goes to the current card
                torch.cuda.manual_seed(seed)
        yield


@contextmanager
def _of_mps(device: torch.device, seed: int) -> Iterator[None]:
    if device.type != "mps":
        yield
        return
    before = torch.mps.get_rng_state()
    torch.mps.manual_seed(seed)
    try:
        yield
    finally:
        torch.mps.set_rng_state(before)


@contextmanager
def differentiable_rnn(module: torch.nn.Module, tensor: torch.Tensor) -> Iterator[None]:
    """Let a recurrent net on a card be differentiated: cuDNN's backward pass needs training mode, others do not."""
    recurrent = tensor.is_cuda and any(isinstance(m, torch.nn.RNNBase) for m in module.modules())
    with torch.backends.cudnn.flags(enabled=not recurrent and torch.backends.cudnn.enabled):
        yield


class OwnBuffers:
    """Gives a net copies of its buffers to write into, until it has shown that it writes none.

    A counter or a moving mean that a net keeps by itself, in evaluation mode too, would otherwise differ after every
    question. Calls must not overlap: hold `own_randomness` around it.
    """

    def __init__(self) -> None:
        self._written: bool | None = None

    @contextmanager
    def kept(self, module: torch.nn.Module) -> Iterator[None]:
        """Put back the buffers of a module, each the same tensor as before."""
        if self._written is False:
            yield
            return
        copies: dict[int, torch.Tensor] = {}
        held = []
        for inner in module.modules():
            if isinstance(inner, torch.jit.ScriptModule):
                continue
            for name, buffer in inner._buffers.items():
                if buffer is not None:
                    lent = copies.setdefault(id(buffer), buffer.detach().clone())
                    held.append((inner, name, buffer, lent))
                    inner._buffers[name] = lent
        written = False
        try:
            yield
        finally:
            for inner, name, buffer, lent in held:
                written |= inner._buffers.get(name) is not lent or not torch.equal(lent, buffer)
                inner._buffers[name] = buffer
            self._written = bool(self._written) or written
