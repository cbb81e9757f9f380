"""Whether a torch archive can be opened without running code that it brings along."""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import torch

from xaikit.compute.artefacts import Artefact
from xaikit.core.errors import ModelError, TrustError, shown

# `torch.export.load` hands shape expressions to sympy, which evaluates them as Python: nothing but arithmetic on
# symbols and these functions may stand there.
SHAPE_FUNCTIONS = {
    "Max", "Min", "Mod", "PythonMod", "FloorDiv", "CeilDiv", "CleanDiv", "ModularIndexing", "Where", "Pow",
    "PowByNatural", "FloatPow", "Abs", "Eq", "Ne", "Lt", "Le", "Gt", "Ge", "And", "Or", "Not", "IntTrueDiv",
    "FloatTrueDiv", "RoundToInt", "RoundDecimal", "FloorToInt", "CeilToInt", "TruncToInt", "TruncToFloat",
    "ToFloat", "Identity", "LShift", "RShift", "floor", "ceiling", "Integer", "Rational", "Float",
}  # fmt: skip
SYMBOL = re.compile(r"Symbol\('[a-z]\w*'(?:, [a-z]+=(?:True|False))*\)", re.ASCII)
SHAPE_TEXT = re.compile(r"[\w\s+\-*/%(),.<>=&|~]*", re.ASCII)
WORD = re.compile(r"\.?\s*[A-Za-z_]\w*\s*\(?")


def check_whole(artefact: Artefact) -> None:
    """Return when the members of an archive have their check sums; torch reads damaged weights without a word.

    Raises
    ------
    ModelError
        Naming the first member that is damaged.
    """
    member = "its index"
    try:
        with zipfile.ZipFile(artefact.stream()) as archive:
            for entry in archive.infolist():
                member = entry.filename
                if entry.CRC:  # torch can be told to write none
                    archive.read(entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as error:
        where, got = (
            f"model file {shown(str(artefact.path), 200)}",
            f"{artefact.looks_like}, damaged in {shown(member)}",
        )
        raise ModelError(where, got, "a whole file") from error


def check_program(artefact: Artefact) -> None:
    """Return when a `torch.export` archive holds nothing that `torch.export.load` would execute.

    Checked, because each is a way to run code: tensors saved by pickle, sample inputs that need more than tensors
    (torch falls back to a full unpickling by itself), compiled machine code, shape expressions that are not
    arithmetic, and member names that two zip readers could read differently.

    Raises
    ------
    TrustError
        Naming what was found.
    """
    with zipfile.ZipFile(artefact.stream()) as archive:
        found = list(dict.fromkeys(_dangers(archive)))
    if found:
        _refuse(artefact, found, "a torch.export program of plain tensors")


def check_script(artefact: Artefact) -> None:
    """Return when the code of a TorchScript archive neither reads nor writes files nor calls custom operators.

    TorchScript has an interpreter of its own, without Python; its archives are read by an unpickler that knows
    only tensors and its own classes.

    Raises
    ------
    TrustError
        Naming the file of code and the operator.
    """
    found = []
    with zipfile.ZipFile(artefact.stream()) as archive:
        for name in archive.namelist():
            if name.endswith(".py"):
                code = archive.read(name).decode("utf-8", "replace")
                found += [
                    f"{shown(operator)} in {shown(name, 60)}"
                    for operator in ("torch.save(", "torch.from_file(", "torch.load(")
                    if operator in code
                ]
                found += [f"operators {shown(o, 60)}" for o in sorted(set(_custom(code)))]
    if found:
        _refuse(artefact, found, "TorchScript that only computes")


def _custom(code: str) -> Iterator[str]:
    for match in re.finditer(r"\bops\.(\w+)\.(\w+)", code):
        if match.group(1) not in {"aten", "prim"}:
            yield match.group(0)


def _refuse(artefact: Artefact, found: list[str], expected: str) -> None:
    raise TrustError(
        f"model file {shown(str(artefact.path), 200)}",
        f"{artefact.looks_like} with {'; '.join(found[:6])}, which can execute code",
        expected,
        f"From somebody you trust: `trust: sha256:{artefact.sha256}`.",
    )


def _dangers(archive: zipfile.ZipFile) -> Iterator[str]:
    names = archive.namelist()
    if len({n.casefold() for n in names}) < len(names) or len({n.partition("/")[0] for n in names}) > 1:
        yield "member names that are not unique"
    for name in names:
        inner = name.partition("/")[2]
        if inner.startswith("data/aotinductor/") or inner.endswith((".so", ".dll", ".dylib", ".cubin")):
            yield "compiled machine code"
        elif inner.endswith(".json"):
            yield from _dangers_in_json(inner, archive.read(name))
        elif inner.endswith((".pt", ".pkl")) and not _only_tensors(archive.read(name)):
            yield f"a pickle of more than tensors in {inner}"
    for folder, config in (("weights", "weights"), ("constants", "constants")):
        if not any(n.endswith(f"data/{folder}/model_{config}_config.json") for n in names):
            yield f"{folder} saved by pickle"


def _only_tensors(content: bytes) -> bool:
    if not content:
        return True
    try:
        torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception:  # whatever torch says: it needs more than tensors, or is damaged
        return False
    return True


def _dangers_in_json(name: str, content: bytes) -> Iterator[str]:
    try:
        document = json.loads(content)
    except ValueError:
        yield f"JSON that cannot be read in {name}"
        return
    for key, value in _entries(document):
        if key == "use_pickle" and value is not False:
            yield "tensors saved by pickle (use_pickle: true)"
        elif key == "expr_str" and not _is_arithmetic(str(value)):
            yield f"the shape expression {shown(str(value), 60)}"


def _entries(document: Any) -> Iterator[tuple[str, Any]]:
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield from node.items()
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _is_arithmetic(expression: str) -> bool:
    expression = SYMBOL.sub("s0", expression)
    if not SHAPE_TEXT.fullmatch(expression) or "__" in expression:
        return False
    words = [w.replace(" ", "") for w in WORD.findall(expression)]
    return all(not w.startswith(".") and (not w.endswith("(") or w[:-1] in SHAPE_FUNCTIONS) for w in words)
