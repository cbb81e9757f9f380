"""An audit of a net on a card that is not there: files, tensors, texts, pictures, checks: the CPU's answers."""

import numpy as np
import pandas as pd
import pytest
import torch

import xaikit as xk
from tests.adapters.test_onnx import mlp as onnx_file
from tests.adapters.test_torch_module import FACTORY, NET, saved
from tests.families.text import folder, sentences
from tests.oracles.make_believe_card import Card
from xaikit.adapters.onnx import load as load_onnx
from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.models import load_model
from xaikit.checks import layers, partial_dependence, permutation_importance
from xaikit.compute.composed import composed, reconstruction_error
from xaikit.compute.devices import on
from xaikit.compute.references import named
from xaikit.compute.tensors import rows_a_call
from xaikit.compute.weight_noise import shaken
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.target import resolve

pytestmark = [
    pytest.mark.skipif(torch.cuda.is_available(), reason="a real card is here"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

COLUMNS = ["age", "pay", "years", "score", "woman"]
X = np.random.default_rng(0).normal(size=(120, len(COLUMNS))).astype(np.float32)
X[:, -1] = np.random.default_rng(1).random(len(X)) < 0.5


@pytest.fixture
def card():
    with Card() as made:
        yield made
        assert not made.refused


def net(outputs=1):
    torch.manual_seed(0)
    layers_ = [torch.nn.Linear(len(COLUMNS), 12), torch.nn.ReLU(), torch.nn.Linear(12, outputs)]
    return torch.nn.Sequential(*layers_, *[torch.nn.Sigmoid()] * (outputs == 1)).eval()


def same(evidence, other):
    """Compare evidence: the same measures of the same things, and their numbers."""
    evidence, other = list(evidence), list(other)
    assert len(evidence) > 0
    assert [(e.measure, e.about, e.n) for e in evidence] == [(e.measure, e.about, e.n) for e in other]
    for part in ("value", "low", "high"):
        numbers = [[getattr(e, part) for e in side] for side in (evidence, other)]
        ours, right = (np.array([np.nan if v is None else v for v in side], dtype=float) for side in numbers)
        np.testing.assert_allclose(ours, right, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("device", ["auto", "cuda"])
@pytest.mark.parametrize(
    ("form", "parameters"),
    [("state", FACTORY), ("safetensors", FACTORY), ("program", {}), ("program_of_4", {})],
)
def test_a_file_is_opened_on_the_card(form, parameters, device, tmp_path):
    (tmp_path / "net.py").write_text(NET)
    torch.manual_seed(1)
    path, rows = saved(form, named("net.py:Net", "the test", tmp_path)().eval(), tmp_path), X[:11, :3]
    with Card() as card:
        here, there = (load_model(path, device=d, **parameters) for d in ("cpu", device))
        assert (here.device.type, there.device.type) == ("cpu", "cuda")
        assert here.card.sha256 == there.card.sha256
        np.testing.assert_allclose(there.predict(rows), here.predict(rows), atol=1e-5)
        engine = {"engine": "integrated_gradients", "steps": 8, "background": rows[:2]}
        found = [xk.explain(model, rows[:4], **engine).values for model in (here, there)]
        np.testing.assert_allclose(found[1], found[0], atol=1e-5)
    assert not card.refused


def test_a_graph_of_onnx_stays_with_onnxruntime_on_the_cpu(tmp_path, card):
    model, rows = load_onnx(path=onnx_file(tmp_path / "m.onnx"), gradients=True), X[:5, :3]
    found = xk.explain(model, rows, background=rows[:2], engine="integrated_gradients", device="cuda")
    assert model.device.type == "cpu"
    assert card.counts["pass"] == 0
    assert np.isfinite(found.values).all()


def test_an_audit_with_its_gate(card):
    frame = pd.DataFrame(X, columns=COLUMNS).astype(float)
    frame["sex"] = np.where(X[:, -1] > 0, "f", "m")
    frame["good"] = (X[:, 0] + X[:, 1] > 0).astype(int)
    engines = ("shapley", "integrated_gradients", "deep_lift")
    checks = [
        "selection_rate", "attribute_flip", "faithfulness", "randomisation", "stability", "agreement",
        "background_sanity", "repeatability", "permutation_importance", "gap_attribution", "metric_attribution",
        "recourse",
    ]  # fmt: skip
    given = {
        "roles": {"sensitive": ["sex"], "label": "good"}, "features": COLUMNS, "profiles": ["explanation_trust"],
        "explain": [{"engine": e, "rows": 8, "background": 5} for e in engines], "checks": checks,
    }  # fmt: skip
    here = xk.audit(frame, model=net(), **given)
    there = xk.audit(frame, model=net().to("cuda"), **given)
    assert (here.provenance.device, there.provenance.device) == ("cpu", "cuda:0")
    same(there.evidence, here.evidence)
    for name, explanation in here.explanations.items():
        np.testing.assert_allclose(there.explanations[name].values, explanation.values, atol=1e-5)


def test_tensors_of_the_card_are_taken_and_given_back(card):
    rows = torch.from_numpy(X[:9])
    model = net(3)
    here = xk.Explainer(model, "integrated_gradients", background=rows[:4]).attribute(rows, target=1)
    model.to("cuda")
    rows = rows.to("cuda")
    there = xk.Explainer(model, "integrated_gradients", background=rows[:4]).attribute(rows, target=1)
    assert (there.device.type, there.dtype) == ("cuda", here.dtype)
    np.testing.assert_allclose(there.cpu(), here, atol=1e-5)
    asked = xk.explain(lambda batch: model(batch), rows, background=rows[:4])  # a callable that takes tensors
    assert asked.values.shape == (9, 5, 3)


def test_checks_of_tensors_of_the_card(card):
    players, found = Players.of(COLUMNS), []
    for device in ("cpu", "cuda"):
        model, rows = TorchModule(net().to(device)), torch.from_numpy(X[:40]).to(device)
        target = resolve("all", ["output 0"])
        effects = partial_dependence.check(
            model, rows, target, players, np.random.default_rng(0), features=["age", "woman"]
        )
        importance = permutation_importance.check(
            model, rows, target, players, np.random.default_rng(0), rows=20, repeats=2
        )
        found.append([*effects, *importance])
    same(found[1], found[0])


def test_channels_of_pictures_and_their_patches(card):
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.ReLU(), torch.nn.Conv2d(3, 4, 3)).eval()
    pictures = np.random.default_rng(0).normal(size=(12, 1, 7, 7)).astype(np.float32)
    model, found = TorchModule(module), []
    for device in ("cpu", "cuda"):
        with on(model, device):
            found.append(
                list(
                    layers.check(
                        model, pictures, np.random.default_rng(0), silent, layers=["2"], channels=2, patches=2
                    )
                )
            )
    same(found[1], found[0])
    assert [e.detail for e in found[1]] == [e.detail for e in found[0]]


def test_texts_their_tokens_and_words(tmp_path):
    model, texts, found = load_model(folder(tmp_path / "m"), device="cpu"), sentences(1, 0), []
    for device in ("cpu", "cuda"):  # moved when it is open: transformers builds on torch's `meta`, as the card does
        with Card() as card, on(model, device):
            tokens = model.embed(texts[0])
            given = {"background": torch.zeros_like(tokens), "engine": "integrated_gradients", "steps": 4}
            words = xk.explain(model, texts, engine="words", budget=8, target=0)
            slopes = xk.explain(model, tokens, target=0, **given)
            found.append([model.predict(texts), model.attention(texts[0]), words.values, slopes.values])
        assert not card.refused
        assert bool(card.counts["pass"]) == (device == "cuda")
    for ours, right in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(ours, right, atol=1e-5)


@pytest.mark.parametrize("how", ["script", "trace"])
def test_torchscript_moves_and_comes_back(how):
    module = torch.jit.script(net(2)) if how == "script" else torch.jit.trace(net(2), torch.from_numpy(X[:2]))
    given = {"background": X[:3], "engine": "integrated_gradients", "steps": 8}
    here = xk.explain(module, X[:5], **given)
    with Card() as card:
        there = xk.explain(module, X[:5], device="cuda", **given)
    assert card.counts["pass"]
    assert not card.refused
    np.testing.assert_allclose(there.values, here.values, atol=1e-5)
    assert next(module.parameters()).device.type == "cpu"


def test_models_of_models_and_shaken_weights(card):
    torch.manual_seed(0)
    coder = torch.nn.Sequential(torch.nn.Linear(5, 2), torch.nn.Linear(2, 5)).eval()
    found = []
    for device in ("cpu", "cuda"):
        first, second = TorchModule(coder.to(device)), TorchModule(net(2).to(device))
        models = [
            reconstruction_error(first),
            composed(first, second),
            *shaken(second, 1, np.random.default_rng(0), 0.1),
        ]
        answers = [m.predict(X[:7]) for m in models]
        answers += [xk.explain(m, X[:7], background=X[:3], engine="gradient_shap", samples=8).values for m in models]
        found.append(answers)
    for ours, right in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(ours, right, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "gigabytes", "rows"), [("cuda", 80, 65_536), ("cuda", 1, 10_485), ("mps", 1, 10_485)]
)
def test_batches_are_tuned_to_the_memory_of_the_card(kind, gigabytes, rows):
    """A quarter of the memory, for 64 numbers of 4 bytes kept a number read; at most 65,536 rows."""
    with Card(kind, memory=gigabytes * 2**30):
        model = TorchModule(torch.nn.Linear(100, 1).to(kind))
        assert rows_a_call(model, (100,)) == rows
    assert rows_a_call(TorchModule(torch.nn.Linear(100, 1)), (100,)) == 4096


class Guessing(torch.nn.Linear):
    """A net that draws numbers whenever it answers."""

    def forward(self, x):
        return super().forward(torch.nn.functional.dropout(x, 0.5, training=True))


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_net_that_draws_numbers_leaves_the_streams_alone(kind):
    with Card(kind) as card:
        torch.manual_seed(0)
        module = Guessing(5, 2).to(kind)
        cpu, own = torch.get_rng_state(), card.generator.get_state()
        one, other = (TorchModule(module) for _ in range(2))
        first, second = one.predict(X[:20]), one.predict(X[:20])
        assert np.array_equal(other.predict(X[:20]), first)  # the same again
        assert not np.array_equal(first, second)  # another draw at each call
        assert torch.equal(torch.get_rng_state(), cpu)
        assert torch.equal(card.generator.get_state(), own)
