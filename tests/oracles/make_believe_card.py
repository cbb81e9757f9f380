"""A card that is not there, and is strict: tensors that say `cuda:0` (or `mps:0`), computed for real on the CPU.

Whatever a real card refuses is refused: operations between the card and the CPU, `.numpy()` without `.cpu()`, a CPU
generator for numbers of the card, float64 on MPS, more memory than there is. What it makes wait is counted: copies in
and out, and reads of single numbers. A refusal that somebody catches is still kept, in `Card.refused`.

Every operation of a card tensor comes through `Card.run` with its real numbers in `held`; the shell around them is a
tensor on torch's `meta` device. It says nothing of speed, nor of the card's own rounding.
"""

import gc
import traceback
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch
from weakref import WeakValueDictionary

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.oracles.make_believe_library import PLAIN_GENERATOR, is_the_cards, patches

aten = torch.ops.aten
INDEXED = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_, aten._unsafe_index}
WAITS = {aten._local_scalar_dense, aten.nonzero, aten.masked_select, aten._unique2, aten.unique_dim, aten.equal}
BIAS_FIRST = {aten.addmm, aten.baddbmm, aten._addmm_activation}
PASSES = BIAS_FIRST | {aten.mm, aten.bmm, aten.convolution, aten.linear}
OWN = ("/torch/", str(Path(__file__).with_name("make_believe_")))


def _map(change: Any, value: Any) -> Any:
    """Return nested lists, tuples and dicts with every leaf changed: torch's own way takes ten times as long."""
    if isinstance(value, dict):
        return {k: _map(change, v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return type(value)([_map(change, v) for v in value])
    return change(value)


def _leaves(value: Any) -> list[Any]:
    found: list[Any] = []
    _map(found.append, value)
    return found


class CardTensor(torch.Tensor):
    """A tensor that says it lies on the card."""

    held: torch.Tensor
    card: "Card"
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def of(held: torch.Tensor, card: "Card") -> "CardTensor":
        """Return the card's tensor of numbers that lie in the CPU's memory."""
        offset = held.storage_offset() if held.numel() else 0
        shell = torch.empty_strided(held.shape, held.stride(), dtype=held.dtype, device="meta")
        if offset:
            whole = torch.empty(
                offset + shell.untyped_storage().nbytes() // held.itemsize, dtype=held.dtype, device="meta"
            )
            shell = whole.as_strided(held.shape, held.stride(), offset)
        made = torch.Tensor._make_subclass(CardTensor, shell, False, device_for_backend_keys=card.place)
        made.held, made.card, made._lease = held, card, card.lease(held)
        return made

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        card = next(t.card for t in _leaves((args, kwargs)) if isinstance(t, CardTensor))
        return card.run(function, args, kwargs or {})

    @property
    def device(self):
        return self.card.place

    @property
    def is_cuda(self):
        return self.card.kind == "cuda"

    @property
    def is_meta(self):
        return False

    def get_device(self):
        return 0

    def cpu(self, *_args, **_kwargs):
        return self.to("cpu")

    def tolist(self):
        return self.cpu().tolist()

    def new_tensor(self, data, dtype=None, device=None, requires_grad=False):
        made = torch.as_tensor(data, dtype=dtype or self.dtype, device=device or self.device)
        return made.requires_grad_(requires_grad)

    def numpy(self, *_args, **_kwargs):
        message = f"can't convert {self.device} device type tensor to numpy. Use Tensor.cpu() first."
        raise self.card.refusal(TypeError, message)

    def __array__(self, *_args, **_kwargs):
        return self.numpy()

    def __dlpack__(self, *_args, **_kwargs):
        return self.numpy()

    def __deepcopy__(self, memo):
        made = CardTensor.of(self.held.detach().clone(), self.card).requires_grad_(self.requires_grad)
        if getattr(self, "_is_param", False):
            made._is_param = True
        return memo.setdefault(id(self), made)

    def __repr__(self, **_kwargs):
        return f"{self.held!r} on {self.device}"


CardTensor.__module__ = "torch"  # the type of a card's tensor is torch's own


class _Lease:
    """The memory of one storage on the card, given back when its last tensor goes."""

    def __init__(self, card: "Card", size: int) -> None:
        self.card, self.size = card, size
        card.live += size

    def __del__(self) -> None:
        self.card.live -= self.size


class Card(TorchDispatchMode):
    """The card, put in for the time of a `with`.

    Parameters
    ----------
    kind : {"cuda", "mps"}
        What it says it is.
    memory : int
        Bytes; an operation after which more are alive raises what torch raises when memory runs out.
    rows : int, optional
        Matrix products and convolutions of more rows raise it too.

    Attributes
    ----------
    refused : list of str
        What a real card would have refused, with the line that asked, whether or not somebody caught the error.
    counts : Counter
        "in", "out" (copies), "wait" (reads of single numbers), "full" (errors for want of memory), "pass" (matrix
        products and convolutions), "emptied" (of the cache).
    live, peak : int
        Bytes.
    """

    def __init__(self, kind: str = "cuda", memory: int = 2**40, rows: int | None = None) -> None:
        super().__init__()
        self.kind, self.place, self.memory, self.rows = kind, torch.device(kind, 0), memory, rows
        self.refused: list[str] = []
        self.counts: Counter[str] = Counter()
        self.live = self.peak = 0
        self.generator = torch.Generator().manual_seed(0)
        self._leases: WeakValueDictionary[int, _Lease] = WeakValueDictionary()
        self._stack = ExitStack()

    def __enter__(self) -> "Card":
        for name, value in patches(self).items():
            self._stack.enter_context(patch(name, value))
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._stack.close()
        gc.collect()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return self.run(function, args, kwargs or {})

    def lease(self, held: torch.Tensor) -> _Lease:
        """Return the lease of a tensor's storage; views share one."""
        storage = held.untyped_storage()
        found = self._leases.get(storage._cdata)
        if found is None:
            found = self._leases[storage._cdata] = _Lease(self, int(storage.nbytes()))
        return found

    def refusal(self, kind: type[Exception], message: str) -> Exception:
        """Return an error that a card would raise, and keep it with the line that asked."""
        asked = [f for f in traceback.extract_stack() if not any(own in f.filename for own in OWN)]
        self.refused.append(f"{asked[-1].filename}:{asked[-1].lineno}: {message}")
        return kind(message)

    def run(self, function, args, kwargs):
        """Do an operation with the real numbers, if a card would do it."""
        leaves = _leaves((args, kwargs))
        mine = [t for t in leaves if isinstance(t, CardTensor)]
        theirs = [t for t in leaves if isinstance(t, torch.Tensor) and not isinstance(t, CardTensor)]
        device = kwargs.get("device") or next((a for a in leaves if isinstance(a, torch.device)), None)
        on_card = self._is_card(device) if device is not None else bool(mine)
        packet = function.overloadpacket
        if packet in {aten.copy_, aten._to_copy, aten.to}:
            on_card = self._copied(packet, args, on_card)
        elif mine:
            self._together(function, packet, args, theirs)
        self._generated(leaves, on_card)
        if mine:
            self._fits(packet, args)
            self.counts["wait"] += packet in WAITS
        inner_args, inner_kwargs = _map(self._inner, (args, kwargs))
        made = self._computed(function, inner_args, inner_kwargs, on_card)
        known = {id(t.held): t for t in mine}
        # what is seen of an ordinary tensor is ordinary in inference mode too
        ordinary = function.is_view and bool(mine) and not mine[0].is_inference()
        with torch.inference_mode(torch.is_inference_mode_enabled() and not ordinary):
            return _map(lambda t: self._wrapped(t, known, on_card) if isinstance(t, torch.Tensor) else t, made)

    def _inner(self, value: Any) -> Any:
        if isinstance(value, torch.device):
            return torch.device("cpu") if self._is_card(value) else value
        return value.held if isinstance(value, CardTensor) else value

    def _is_card(self, device: Any) -> bool:
        # torch's own code asks for `meta` where it makes a tensor like one of the card's; others, with a context
        real = torch.device("meta") == torch.utils._device.CURRENT_DEVICE
        return torch.device(device).type in {self.kind, self.kind if real else "meta"}

    def _copied(self, packet: Any, args: Any, on_card: bool) -> bool:
        """Count a copy between the two memories, and return whether the result lies on the card."""
        source = args[1] if packet is aten.copy_ else args[0]
        end = isinstance(args[0], CardTensor) if packet is aten.copy_ else on_card
        if end != isinstance(source, CardTensor):
            self.counts["in" if end else "out"] += 1
        return end

    def _together(self, function: Any, packet: Any, args: Any, theirs: list[torch.Tensor]) -> None:
        """Refuse what mixes the card's tensors with the CPU's; what torch lets pass, passes."""
        if packet in INDEXED:
            if not isinstance(args[0], CardTensor):
                found = "indices should be either on cpu or on the same device as the indexed tensor (cpu)"
                raise self.refusal(RuntimeError, found)
            indices = [t for t in _leaves(args[1]) if isinstance(t, torch.Tensor)]
            self.counts["in"] += sum(not isinstance(t, CardTensor) for t in indices)
            self.counts["wait"] += sum(t.dtype == torch.bool for t in indices)  # how many are there?
            theirs = [t for t in theirs if not any(t is i for i in indices)]
        scalars = packet in INDEXED or torch.Tag.pointwise in function.tags
        if any(t.ndim or not scalars for t in theirs):
            found = (
                f"Expected all tensors to be on the same device, but found at least two devices, {self.place} and "
            )
            raise self.refusal(RuntimeError, f"{found}cpu! (when calling {function})")

    def _generated(self, leaves: list[Any], on_card: bool) -> None:
        for g in leaves:
            if isinstance(g, PLAIN_GENERATOR) and is_the_cards(g) != on_card:
                wanted, found = (self.kind, "cpu")[:: 1 if on_card else -1]
                message = f"Expected a '{wanted}' device type for generator but found '{found}'"
                raise self.refusal(RuntimeError, message)

    def _fits(self, packet: Any, args: Any) -> None:
        if packet in PASSES:
            self.counts["pass"] += 1
            rows = len(args[1] if packet in BIAS_FIRST else args[0])
            if self.rows is not None and rows > self.rows:
                raise self.full(f"{rows} rows")

    def full(self, what: str) -> RuntimeError:
        """Return the error of a card that has no memory left; `torch.cuda` has a class for it, MPS has words."""
        self.counts["full"] += 1
        if self.kind == "mps":
            return RuntimeError(f"MPS backend out of memory (MPS allocated: {self.live} bytes). Tried {what}.")
        return torch.cuda.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {what}.")

    def _computed(self, function: Any, args: Any, kwargs: Any, on_card: bool) -> Any:
        if not (on_card and torch.Tag.nondeterministic_seeded in function.tags):
            return function(*args, **kwargs)
        before = torch.get_rng_state()  # the card has a stream of its own; the CPU's stays as it was
        torch.set_rng_state(self.generator.get_state())
        try:
            return function(*args, **kwargs)
        finally:
            self.generator.set_state(torch.get_rng_state())
            torch.set_rng_state(before)

    def _wrapped(self, made: torch.Tensor, known: dict[int, CardTensor], on_card: bool) -> torch.Tensor:
        if id(made) in known:
            if made.shape != known[id(made)].shape:
                raise NotImplementedError("a make-believe tensor cannot change its shape in place")
            return known[id(made)]
        if not on_card:
            return made
        if self.kind == "mps" and made.dtype in (torch.float64, torch.complex128):
            found = "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64."
            raise self.refusal(TypeError, f"{found} Please use float32 instead.")
        wrapped = CardTensor.of(made, self)
        if self.live > self.memory:
            size = wrapped._lease.size
            del wrapped
            raise self.full(f"{size} bytes")
        self.peak = max(self.peak, self.live)
        return wrapped
