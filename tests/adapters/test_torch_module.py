"""torch modules: every form answers like the live module; state is put back; nothing runs without trust."""

import io
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xaikit.adapters.torch_module import TorchModule, load, recognises, weights_sha256
from xaikit.compute.references import named
from xaikit.core.errors import DataError, ModelError, SpecError, TrustError
from xaikit.core.model import Differentiable, Layered, Model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

NET = """
import torch

class Net(torch.nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.first = torch.nn.Linear(3, width)
        self.drop = torch.nn.Dropout(0.5)
        self.norm = torch.nn.BatchNorm1d(width)
        self.last = torch.nn.Linear(width, 2)

    def forward(self, x):
        return self.last(self.norm(self.drop(torch.relu(self.first(x)))))
"""


@pytest.fixture
def rows():
    return np.random.default_rng(5).normal(size=(11, 3)).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "net.py").write_text(NET)
    return tmp_path


@pytest.fixture
def net(folder):
    generator = torch.Generator().manual_seed(3)
    module = named("net.py:Net", "the test", folder)()
    for p in module.parameters():
        p.data = torch.randn(p.shape, generator=generator)
    module.norm.running_mean = torch.randn(4, generator=generator)
    return module


def sequential():
    generator = torch.Generator().manual_seed(3)
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    for p in module.parameters():
        p.data = torch.randn(p.shape, generator=generator)
    return module.eval()


def truth(module, rows):
    with torch.no_grad():
        return module.eval()(torch.as_tensor(rows)).double().numpy()


def safetensors(state):
    """Write the format from its specification: header size, JSON header, data."""
    header, data = {"__metadata__": {"by": "a test"}}, b""
    names = {torch.float32: "F32", torch.int64: "I64"}
    for name, value in state.items():
        raw = value.contiguous().numpy().tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": names[value.dtype], "shape": list(value.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


# ---- live modules


def test_a_live_module_has_every_capability(net, rows):
    model = TorchModule(net)
    assert isinstance(model, Model)
    assert isinstance(model, Differentiable)
    assert isinstance(model, Layered)
    assert list(model.layers()) == ["first", "drop", "norm", "last"]
    assert model.card.detail["parameters"] == str(3 * 4 + 4 + 8 + 4 * 2 + 2)


def test_it_answers_in_evaluation_mode_and_puts_every_flag_back(net, rows):
    expected = truth(net, rows)
    net.train()
    net.norm.eval()  # frozen, as in fine-tuning
    flags = {n: m.training for n, m in net.named_modules()}
    mean = net.norm.running_mean.clone()
    model = TorchModule(net)
    assert np.array_equal(model.predict(rows), expected)
    out = model.forward(torch.as_tensor(rows))
    assert np.array_equal(out.detach().double().numpy(), expected)
    assert {n: m.training for n, m in net.named_modules()} == flags
    assert torch.equal(net.norm.running_mean, mean)


def test_flags_come_back_when_the_module_raises(net):
    net.train()
    with pytest.raises(ModelError):
        TorchModule(net).predict(np.zeros((2, 7)))
    assert all(m.training for m in net.modules())


def test_forward_keeps_the_graph_and_predict_leaves_no_trace(net, rows):
    model = TorchModule(net)
    batch = torch.as_tensor(rows, dtype=torch.float64).requires_grad_()
    model.forward(batch).sum().backward()
    assert batch.grad is not None
    assert batch.grad.abs().sum() > 0
    net.zero_grad()
    model.predict(rows)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert all(p.grad is None for p in net.parameters())


@pytest.mark.parametrize("kind", ["array", "float64", "tensor", "list", "tensors", "frame", "strided"])
def test_containers_and_types_make_no_difference(net, rows, kind):
    given_as = {
        "array": rows,
        "float64": rows.astype(np.float64),
        "tensor": torch.as_tensor(rows),
        "list": rows.tolist(),
        "tensors": list(torch.as_tensor(rows)),
        "frame": pd.DataFrame(rows, columns=["a", "b", "c"]),
        "strided": np.asfortranarray(rows),
    }[kind]
    assert np.array_equal(TorchModule(net).predict(given_as), truth(net, rows))


def test_one_output_is_a_column():
    class Flat(torch.nn.Module):
        def forward(self, x):
            return x.sum(dim=1)

    assert TorchModule(Flat()).predict(np.ones((4, 3))).tolist() == [[3.0]] * 4


def test_words_are_refused_as_inputs(net):
    with pytest.raises(DataError, match="numbers"):
        TorchModule(net).predict(np.array([["a", "b", "c"]]))


def test_embeddings_get_integers():
    module = torch.nn.Sequential(torch.nn.Embedding(10, 3), torch.nn.Flatten(), torch.nn.Linear(6, 1))
    assert TorchModule(module).predict(np.array([[1.0, 2.0], [3.0, 4.0]])).shape == (2, 1)


def test_several_outputs_need_a_choice(rows):
    lstm = torch.nn.LSTM(3, 5, batch_first=True)
    batch = np.stack([rows, rows])
    with pytest.raises(ModelError, match=r"a tuple of '0', '1'; expected a tensor. Choose one with `part:`"):
        TorchModule(lstm).predict(batch)
    assert TorchModule(lstm, part=0).predict(batch).shape == (2, 11 * 5)
    with pytest.raises(ModelError, match="part 1"):
        TorchModule(lstm, part=1).predict(batch)


@pytest.mark.parametrize(("activation", "apply"), [("sigmoid", torch.sigmoid), ("softmax", lambda y: y.softmax(1))])
def test_logits_become_probabilities_on_request(net, rows, activation, apply):
    out = TorchModule(net, activation=activation).predict(rows)
    assert out == pytest.approx(apply(torch.as_tensor(truth(net, rows))).numpy(), abs=1e-6)


def test_a_module_with_chance_in_it_leaves_the_global_generator_alone_and_shows_its_chance():
    class Noisy(torch.nn.Module):
        def forward(self, x):
            return x.sum(1) + torch.rand(len(x))

    model = TorchModule(Noisy())
    before = torch.random.get_rng_state()
    first, second = model.predict(np.zeros((3, 2))), model.predict(np.zeros((3, 2)))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not np.array_equal(first, second)
    assert np.array_equal(TorchModule(Noisy()).predict(np.zeros((3, 2))), first)  # the same calls, the same numbers


def test_forward_draws_as_predict_does_and_leaves_the_global_generator_alone():
    class Noisy(torch.nn.Module):
        def forward(self, x):
            return x.sum(1) + torch.rand(len(x))

    before = torch.random.get_rng_state()
    first = TorchModule(Noisy()).forward(torch.zeros(3, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(TorchModule(Noisy()).forward(torch.zeros(3, 2)), first)


@pytest.mark.parametrize("kind", [torch.float32, np.float32, np.float64])
def test_a_module_that_computes_in_place_does_not_reach_the_rows(kind):
    net = torch.nn.Sequential(torch.nn.ReLU(inplace=True), torch.nn.Linear(3, 1))
    tensor = torch.randn(4, 3)
    rows = tensor if kind is torch.float32 else tensor.numpy().astype(kind)
    kept, model = np.array(rows), TorchModule(net)
    answer = model.predict(rows)
    assert np.array_equal(rows, kept)
    assert model.forward(rows).detach().numpy() == pytest.approx(answer)
    assert np.array_equal(rows, kept)
    leaf = torch.as_tensor(kept).requires_grad_()
    assert torch.autograd.grad(model.forward(leaf).sum(), leaf)[0].shape == (4, 3)


@pytest.mark.filterwarnings("error")
def test_reversed_and_read_only_rows_are_rows(net, rows):
    turned, locked = rows[::-1], rows.copy()
    locked.setflags(write=False)
    model = TorchModule(net)
    assert np.array_equal(model.predict(turned[:1]), model.predict(rows[-1:]))
    assert model.predict(turned) == pytest.approx(model.predict(rows)[::-1])
    assert np.array_equal(model.predict(locked), model.predict(rows))


class Fails(torch.nn.Module):
    """Answers wrongly in the way it is told."""

    def __init__(self, how):
        super().__init__()
        self.how = how

    def forward(self, x):
        if self.how == "shape":
            return x[:-1]
        if self.how == "nan":
            return torch.where(x[:, :1] == 6, torch.nan, x[:, :1])
        if (x[:, 0] == 6).any():
            raise ValueError("no sixes")
        return x[:, :1]


@pytest.mark.parametrize(
    ("how", "says"), [("shape", "shape (9, 1) to 10 rows"), ("nan", "row 7"), ("raise", "row 7: got ValueError")]
)
def test_wrong_answers_name_the_rows(how, says):
    with pytest.raises(ModelError) as error:
        TorchModule(Fails(how)).predict(np.arange(10.0)[:, None])
    assert says in str(error.value)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        dtype=st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.uint8, np.int64, np.bool_]),
        shape=hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5),
    )
)
def test_any_array_gives_an_answer_or_a_clear_error(batch):
    model = TorchModule(sequential())
    try:
        out = model.predict(batch)
    except (ModelError, DataError):
        return
    assert len(out) == len(batch)
    assert np.isfinite(out).all()


def test_the_hash_is_of_the_weights():
    one, two = sequential(), sequential()
    assert weights_sha256(one) == weights_sha256(two)
    two[0].weight.data[0, 0] += 1e-6
    assert weights_sha256(one) != weights_sha256(two)
    assert weights_sha256(torch.nn.ReLU()) is None


# ---- files


def saved(form, module, folder):
    path = folder / f"model_{form}"
    rows = torch.export.Dim("rows")
    if form == "state":
        torch.save(module.state_dict(), path)
    elif form == "legacy":
        torch.save(module.state_dict(), path, _use_new_zipfile_serialization=False)
    elif form == "checkpoint":
        torch.save({"epoch": 3, "state_dict": module.state_dict(), "lr": 0.1}, path)
    elif form == "safetensors":
        path.write_bytes(safetensors(module.state_dict()))
    elif form == "script":
        torch.jit.save(torch.jit.script(module.eval()), path)
    elif form == "program":
        program = torch.export.export(module.eval(), (torch.zeros(2, 3),), dynamic_shapes=({0: rows},))
        torch.export.save(program, path.with_suffix(".pt2"))
        path = path.with_suffix(".pt2")
    elif form == "program_of_4":
        path = path.with_suffix(".pt2")
        torch.export.save(torch.export.export(module.eval(), (torch.zeros(4, 3),)), path)
    return path


FACTORY = {"factory": "net.py:Net", "arguments": {"width": 4}}


@pytest.mark.parametrize(
    ("form", "parameters"),
    [
        ("state", FACTORY),
        ("legacy", FACTORY),
        ("checkpoint", FACTORY),
        ("safetensors", FACTORY),
        ("script", {}),
        ("program", {}),
        ("program_of_4", {}),
    ],
)
def test_every_form_answers_like_the_live_module(form, parameters, net, folder, rows):
    path = saved(form, net, folder)
    model = load(path=path, device="cpu", **parameters)
    assert model.predict(rows) == pytest.approx(truth(net, rows), abs=1e-6)
    assert recognises(path)
    assert model.card.sha256 == __import__("hashlib").sha256(path.read_bytes()).hexdigest()
    batch = torch.as_tensor(rows).requires_grad_()
    model.forward(batch)[:, 0].sum().backward()
    live = torch.as_tensor(rows).requires_grad_()
    net.eval()(live)[:, 0].sum().backward()
    assert torch.allclose(batch.grad, live.grad, atol=1e-6)


def test_names_of_outputs_reach_the_card(net, folder):
    model = load(path=saved("state", net, folder), outputs=["no", "yes"], device="cpu", **FACTORY)
    assert model.card.output_names == ("no", "yes")


def test_torchscript_warns(net, folder):
    assert "deprecated" in load(path=saved("script", net, folder), device="cpu").card.warnings[0]


def test_a_state_dict_without_factory_says_what_is_missing(net, folder):
    with pytest.raises(SpecError, match=r"weights \('first\.weight'.*`factory: package\.module:Class`"):
        load(path=saved("state", net, folder))


def test_a_factory_that_does_not_fit_says_where(net, folder):
    path = saved("state", net, folder)
    with pytest.raises(ModelError, match=r"'first\.weight' of shape \(4, 3\), not \(5, 3\)"):
        load(path=path, factory="net.py:Net", arguments={"width": 5})
    with pytest.raises(ModelError, match="no weights for 'weight', 'bias'"):
        load(path=path, factory="torch.nn:Linear", arguments={"in_features": 3, "out_features": 2})
    with pytest.raises(ModelError, match="TypeError"):
        load(path=path, factory="net.py:Net", arguments={"depth": 5})
    with pytest.raises(ModelError, match=r"a dict; expected a torch\.nn\.Module"):
        load(path=path, factory="builtins:dict")
    with pytest.raises(SpecError, match="Did you mean 'Net'"):
        load(path=path, factory="net.py:Nett")


@pytest.mark.parametrize("form", ["state", "legacy", "script", "program", "safetensors"])
def test_half_a_file_is_damaged_not_opened(form, net, folder):
    path = saved(form, net, folder)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError) as error:
        load(path=path, **FACTORY)
    assert not isinstance(error.value, TrustError)


@pytest.mark.parametrize(
    ("content", "looks_like"),
    [
        (b"age,sex\n1,F\n", "text"),
        (b"", "an empty file"),
        (b"\x89HDF\r\n\x1a\n123", "an HDF5 file"),
        (b"\x80\x04N.", "pickle"),
    ],
)
def test_another_file_says_what_it_looks_like(content, looks_like, tmp_path):
    path = tmp_path / "model.pt2"
    path.write_bytes(content)
    assert not recognises(path)
    with pytest.raises(ModelError, match=looks_like):
        load(path=path)


# ---- trust


class Canary(torch.nn.Module):
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        super().__init__()
        self.path = str(path)

    def __reduce__(self):
        return exec, (f"import pathlib; pathlib.Path({self.path!r}).write_text('sang')",)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickled_module_does_not_run_without_trust(tmp_path, zipped):
    song = tmp_path / "sang"
    torch.save(Canary(song), tmp_path / "m.pt", _use_new_zipfile_serialization=zipped)
    with pytest.raises(TrustError) as error:
        load(path=tmp_path / "m.pt")
    assert "exec" in str(error.value)
    assert "sha256:" in str(error.value)
    with pytest.raises(TrustError, match="the one trusted"):
        load(path=tmp_path / "m.pt", trust="sha256:" + "1" * 64)
    with pytest.raises(TrustError):
        load(path=tmp_path / "m.pt", factory="builtins:dict")  # a factory is no trust
    assert not song.exists()
    with pytest.raises(ModelError):  # with trust it runs, and the None that it makes is no module
        load(path=tmp_path / "m.pt", trust=True)
    assert song.exists()


def test_a_whole_module_opens_with_trust_and_says_so_in_the_card(tmp_path, rows):
    path = tmp_path / "m.pt"
    torch.save(sequential(), path)
    model = load(path=path, trust=True, device="cpu")
    assert np.array_equal(model.predict(rows), truth(sequential(), rows))
    assert "executed" in model.card.warnings[0]
    hashed = load(path=path, trust=f"sha256:{model.card.sha256}", device="cpu")
    assert model.card.sha256 in hashed.card.warnings[0]


def test_a_pickled_thing_that_is_no_module_is_refused(tmp_path):
    torch.save({"a": {1, 2}, "b": Path("x")}, tmp_path / "m.pt")
    with pytest.raises(TrustError):
        load(path=tmp_path / "m.pt")
    with pytest.raises(ModelError, match="held a dict"):
        load(path=tmp_path / "m.pt", trust=True)


def test_numbers_are_the_same_in_another_process(tmp_path, rows):
    path = tmp_path / "m.pt"
    torch.save(sequential().state_dict(), path)
    (tmp_path / "made.py").write_text(
        "import torch\ndef make():\n"
        "    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))\n"
    )
    np.save(tmp_path / "rows.npy", rows)
    code = (
        "import numpy as np, sys; from pathlib import Path; from xaikit.adapters.torch_module import load\n"
        f"m = load(path=Path({str(path)!r}), factory='made.py:make', device='cpu')\n"
        f"sys.stdout.write(m.predict(np.load({str(tmp_path / 'rows.npy')!r})).tobytes().hex())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert bytes.fromhex(out) == truth(sequential(), rows).tobytes()


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "net.inner."])
def test_weights_of_a_wrapped_net_are_found_under_its_prefix(prefix, net, folder, rows):
    path = folder / "wrapped.pt"
    torch.save({prefix + name: weight for name, weight in net.state_dict().items()}, path)
    model = load(path=path, device="cpu", **FACTORY)
    assert model.predict(rows) == pytest.approx(truth(net, rows), abs=1e-6)
    assert any(f"began with '{prefix}'" in warning for warning in model.card.warnings)


@pytest.mark.parametrize("form", ["state", "program", "script"])
def test_a_damaged_byte_is_found_though_torch_reads_weights_without_looking(form, net, folder):
    path = saved(form, net, folder)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.compress_size)
    start = largest.header_offset + 30 + sum(struct.unpack_from("<HH", content, largest.header_offset + 26))
    content[start + largest.compress_size // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="damaged in"):
        load(path=path, **FACTORY)
