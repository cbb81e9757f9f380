"""From a file to a `torch.nn.Module`, by the safest way that the file allows."""

import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.export.passes import move_to_device_pass

from xaikit.compute import pickles, references, torch_archives
from xaikit.compute.artefacts import Artefact
from xaikit.compute.devices import placed
from xaikit.core.errors import ModelError, SpecError, listed, nearest, shown

SAFETENSORS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
TENSOR_PARTS = re.compile(r"collections\.OrderedDict|torch\._utils\._rebuild_\w+|torch\.\w+Storage")
TAKES = "a state dict with `factory`, safetensors with `factory`, a .pt2, TorchScript, or a whole module with `trust`"


@dataclass(frozen=True, slots=True)
class Opened:
    """A module, and what a reader must know of how it was opened.

    Parameters
    ----------
    module : torch.nn.Module
        On the CPU.
    form : str
        "state dict", "torch.export", …
    warnings : tuple of str
        For the report.
    exact_batch : int or None
        The number of rows that the program takes, when it was exported for one number alone.
    program : torch.export.ExportedProgram or None
        From which the module was made.
    """

    module: torch.nn.Module
    form: str
    warnings: tuple[str, ...] = ()
    exact_batch: int | None = None
    program: torch.export.ExportedProgram | None = None

    def on(self, device: torch.device) -> torch.nn.Module:
        """Return the module on a device; a program's own constants, which name the CPU, go along."""
        if self.program is None or device.type == "cpu":
            return placed(self.module, device)
        where = f"{device.type}:{device.index or 0}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return move_to_device_pass(self.program, where).module()


@dataclass(frozen=True, slots=True)
class Factory:
    """The architecture of a state dict: code that the auditor names.

    Parameters
    ----------
    reference : str or None
        `package.module:Class` or `file.py:Class`.
    arguments : mapping
        Keyword arguments of the call.
    """

    reference: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


def opened(artefact: Artefact, factory: Factory, trust: bool | str) -> Opened:
    """Open a torch file; nothing falls back silently to a less safe way.

    Raises
    ------
    ModelError
        For a file that is not torch's, weights that do not fit the factory, a damaged file.
    TrustError
        When opening would execute code and `trust` does not cover it.
    SpecError
        For a state dict without factory, or a factory that does not exist.
    """
    openers = {
        "torch_program": _program,
        "torch_script": _script,
        "torch_zip": _saved,
        "torch_legacy": _saved,
        "safetensors": _safetensors,
    }
    if artefact.kind not in openers:
        hint = "For joblib and pickles of scikit-learn: `adapter: sklearn`." if artefact.kind == "pickle" else None
        raise artefact.wrong(TAKES, hint)
    if artefact.kind in ("torch_program", "torch_script", "torch_zip"):
        torch_archives.check_whole(artefact)
    return openers[artefact.kind](artefact, factory, trust)


def _program(artefact: Artefact, factory: Factory, trust: bool | str) -> Opened:
    del factory
    notes: tuple[str, ...] = ()
    if trust:
        notes = (pickles.gate(artefact, trust, "a torch.export program"),)
    else:
        torch_archives.check_program(artefact)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.load(artefact.stream())
            module = program.module()
    except Exception as error:
        raise _damaged(artefact, error) from error
    return Opened(module, "torch.export program", notes, _exact_batch(program), program)


def _exact_batch(program: torch.export.ExportedProgram) -> int | None:
    names = set(program.graph_signature.user_inputs)
    shapes = [n.meta["val"].shape for n in program.graph.nodes if n.op == "placeholder" and n.name in names]
    return shapes[0][0] if shapes and len(shapes[0]) and isinstance(shapes[0][0], int) else None


def _script(artefact: Artefact, factory: Factory, trust: bool | str) -> Opened:
    del factory
    notes: tuple[str, ...] = ("TorchScript is deprecated by torch; ask for a torch.export program (.pt2).",)
    if trust:
        notes += (pickles.gate(artefact, trust, "a TorchScript archive"),)
    else:
        torch_archives.check_script(artefact)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the deprecation is in the notes
            module = torch.jit.load(artefact.stream(), map_location="cpu")  # type: ignore[no-untyped-call]
    except Exception as error:
        raise _damaged(artefact, error) from error
    return Opened(module, "TorchScript", notes)


def _saved(artefact: Artefact, factory: Factory, trust: bool | str) -> Opened:
    try:
        content = torch.load(artefact.stream(), map_location="cpu", weights_only=True)
    except Exception as error:
        if all(TENSOR_PARTS.fullmatch(name) for name in pickles.listing(artefact.content).names):
            raise _damaged(artefact, error) from error  # nothing but tensors, and yet it cannot be read
        return _whole(artefact, trust)
    weights, note = _weights(artefact, content)
    return _filled(artefact, weights, factory, "state dict", note)


def _whole(artefact: Artefact, trust: bool | str) -> Opened:
    note = pickles.gate(artefact, trust, "a whole torch module, saved by pickle")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # source of old torch classes differs; the note says that code ran
            module = torch.load(artefact.stream(), map_location="cpu", weights_only=False)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"model file {shown(str(artefact.path), 200)}", f"a pickle that needs the module {shown(error.name)}"
        ) from error
    except Exception as error:
        raise _damaged(artefact, error) from error
    if not isinstance(module, torch.nn.Module):
        raise artefact.wrong("a torch.nn.Module", f"The pickle held a {type(module).__name__}.")
    return Opened(module, "whole module, pickled", (note,))


def _weights(artefact: Artefact, content: Any) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    if not isinstance(content, Mapping):
        raise artefact.wrong("a state dict", f"It holds a {type(content).__name__}.")
    if content and all(isinstance(v, torch.Tensor) for v in content.values()):
        return content, ()
    inner = [
        k
        for k, v in content.items()
        if isinstance(v, Mapping) and v and all(isinstance(t, torch.Tensor) for t in v.values())
    ]
    if len(inner) != 1:
        raise artefact.wrong("a state dict, or a checkpoint that holds one", f"It holds {listed(content, 8)}.")
    return content[inner[0]], (f"The weights are those under {shown(inner[0])} of a checkpoint.",)


def _safetensors(artefact: Artefact, factory: Factory, trust: bool | str) -> Opened:
    del trust
    content = artefact.content
    start = 8 + int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8:start])
        header.pop("__metadata__", None)
        weights = {name: _tensor(content, start, entry) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise _damaged(artefact, error) from error
    return _filled(artefact, weights, factory, "safetensors")


def _tensor(content: bytes, start: int, entry: Mapping[str, Any]) -> torch.Tensor:
    low, high = entry["data_offsets"]
    shape = [int(s) for s in entry["shape"]]
    if not 0 <= low <= high <= len(content) - start:
        raise ValueError(f"offsets {low} to {high} of {len(content) - start} bytes")
    dtype = SAFETENSORS[entry["dtype"]]
    if low == high:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(bytearray(content[start + low : start + high]), dtype=dtype).reshape(shape)


def _filled(
    artefact: Artefact, weights: Mapping[str, Any], factory: Factory, form: str, notes: tuple[str, ...] = ()
) -> Opened:
    if factory.reference is None:
        raise SpecError(
            f"model file {shown(str(artefact.path), 200)}",
            f"a {form}: weights ({listed(weights, 4)}) without the architecture",
            "`factory: package.module:Class` (and `arguments: {…}`) that builds it",
        )
    make = references.named(factory.reference, "model.factory", artefact.path.parent)
    try:
        module = make(**factory.arguments)
    except Exception as error:
        got = f"{type(error).__name__}: {shown(str(error), 200)}"
        raise ModelError("model.factory", f"{factory.reference} raises {got}", "a module") from error
    if not isinstance(module, torch.nn.Module):
        raise ModelError("model.factory", f"a {type(module).__name__}", "a torch.nn.Module")
    weights, prefix = _unwrapped(module, weights)
    _fit(artefact, module, weights)
    if prefix:
        notes = (*notes, f"The names of the weights began with {shown(prefix)}, as of a net wrapped in another.")
    return Opened(module, form, notes)


def _unwrapped(module: torch.nn.Module, weights: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Return weights under the names of the net, where all are one prefix off, and the prefix.

    Nets in `DataParallel` ("module."), of `torch.compile` ("_orig_mod.") or inside a training loop are saved so.
    """
    first = next(iter(module.state_dict()), None)
    prefix = next((k.removesuffix(first) for k in weights if first and k.endswith(f".{first}")), "")
    if not prefix or not all(k.startswith(prefix) for k in weights):
        return weights, ""
    return {k.removeprefix(prefix): w for k, w in weights.items()}, prefix


def _fit(artefact: Artefact, module: torch.nn.Module, weights: Mapping[str, Any]) -> None:
    have = module.state_dict()
    missing, extra = [k for k in have if k not in weights], [k for k in weights if k not in have]
    shapes = [k for k in have if k in weights and have[k].shape != weights[k].shape]
    problems = [
        f"no weights for {listed(missing, 4)}" if missing else "",
        f"weights for {listed(extra, 4)}, which the architecture does not have" if extra else "",
        f"{shown(shapes[0])} of shape {tuple(weights[shapes[0]].shape)}, not {tuple(have[shapes[0]].shape)}"
        if shapes
        else "",
    ]
    if any(problems):
        near = nearest(missing[0], extra) if missing and extra else None
        hint = f"Is {shown(near)} another name for {shown(missing[0])}?" if near else None
        where = f"model file {shown(str(artefact.path), 200)}"
        raise ModelError(where, "; ".join(filter(None, problems)), "weights that fit the factory", hint)
    module.load_state_dict(dict(weights))


def _damaged(artefact: Artefact, error: Exception) -> ModelError:
    got = f"{artefact.looks_like} that cannot be read: {type(error).__name__}: {shown(str(error), 200)}"
    return ModelError(f"model file {shown(str(artefact.path), 200)}", got, "a whole file")
