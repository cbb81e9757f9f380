"""Archives of torch: what would run code on opening is refused, and a canary proves that nothing ran."""

import contextlib
import io
import json
import warnings
import zipfile

import pytest
import torch

from xaikit.compute import artefacts, torch_archives
from xaikit.core.errors import TrustError


class Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return exec, (f"import pathlib; pathlib.Path({str(self.path)!r}).write_text('sang')",)


@pytest.fixture(scope="module")
def program():
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).eval()
    rows = torch.export.Dim("rows")
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(net, (torch.zeros(2, 3),), dynamic_shapes=({0: rows},)), buffer)
    return buffer.getvalue()


def rewritten(content, path, change, extra=()):
    """Write a copy of an archive in which `change(name, data)` gives the new data of each member."""
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in extra:
            new.writestr(name, data)
    return artefacts.read(path)


def same(name, data):
    return data


def test_a_plain_program_passes_also_when_rewritten(program, tmp_path):
    torch_archives.check_program(rewritten(program, tmp_path / "m.pt2", same))


def test_a_pickle_among_the_sample_inputs_is_refused_which_torch_itself_would_run(program, tmp_path):
    canary = tmp_path / "sang"
    buffer = io.BytesIO()
    torch.save((Canary(canary),), buffer)

    def change(name, data):
        return buffer.getvalue() if name.endswith("sample_inputs/model.pt") else data

    artefact = rewritten(program, tmp_path / "m.pt2", change)
    with pytest.raises(TrustError, match=r"a pickle of more than tensors in data/sample_inputs/model\.pt"):
        torch_archives.check_program(artefact)
    assert not canary.exists()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(Exception):  # whatever torch makes of it: by then the code has run
            torch.export.load(artefact.stream())
    assert canary.exists(), "torch has become safer: this check may be relaxed"


def test_tensors_saved_by_pickle_are_refused(program, tmp_path):
    def change(name, data):
        return data.replace(b'"use_pickle": false', b'"use_pickle": true') if name.endswith(".json") else data

    with pytest.raises(TrustError, match="use_pickle: true"):
        torch_archives.check_program(rewritten(program, tmp_path / "m.pt2", change))


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "Symbol('s0').__class__",
        "exec(s0)",
        "s0.func(1)",
        "open('/etc/passwd')",
        "[s0 for s0 in s1]",
        "lambda: s0",
    ],
)
def test_shape_expressions_that_are_not_arithmetic_are_refused(program, tmp_path, expression):
    def change(name, data):
        if not name.endswith("models/model.json"):
            return data
        document = json.loads(data)
        document["planted"] = {"as_expr": {"expr_str": expression}}
        return json.dumps(document)

    with pytest.raises(TrustError, match="the shape expression"):
        torch_archives.check_program(rewritten(program, tmp_path / "m.pt2", change))


@pytest.mark.parametrize(
    "expression", ["Symbol('s31', positive=True, integer=True)", "2*s0 + 1", "Max(1, s0 - u1)", "FloorDiv(s0, 2)"]
)
def test_arithmetic_passes(expression):
    assert torch_archives._is_arithmetic(expression)


def test_machine_code_and_ambiguous_members_are_refused(program, tmp_path):
    with zipfile.ZipFile(io.BytesIO(program)) as archive:
        prefix = archive.namelist()[0].partition("/")[0]
    extra = [(f"{prefix}/data/aotinductor/model/x.so", b"\x7fELF")]
    with pytest.raises(TrustError, match="machine code"):
        torch_archives.check_program(rewritten(program, tmp_path / "a.pt2", same, extra))
    twice = [(f"{prefix}/MODELS/model.json", b"{}")]
    with pytest.raises(TrustError, match="not unique"):
        torch_archives.check_program(rewritten(program, tmp_path / "b.pt2", same, twice))


def test_weights_without_their_config_are_refused(program, tmp_path):
    with zipfile.ZipFile(io.BytesIO(program)) as old, zipfile.ZipFile(tmp_path / "m.pt2", "w") as new:
        for name in old.namelist():
            if "weights_config" not in name:
                new.writestr(name, old.read(name))
    with pytest.raises(TrustError, match="weights saved by pickle"):
        torch_archives.check_program(artefacts.read(tmp_path / "m.pt2"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript_that_touches_files_is_refused(tmp_path):
    class Plain(torch.nn.Module):
        def forward(self, x):
            return x * 2

    class Writes(torch.nn.Module):
        def forward(self, x):
            torch.save(x, "somewhere.pt")
            return x

    torch.jit.save(torch.jit.script(Plain()), tmp_path / "plain.pt")
    torch_archives.check_script(artefacts.read(tmp_path / "plain.pt"))
    torch.jit.save(torch.jit.script(Writes()), tmp_path / "writes.pt")
    with pytest.raises(TrustError, match="can execute code"):
        torch_archives.check_script(artefacts.read(tmp_path / "writes.pt"))
