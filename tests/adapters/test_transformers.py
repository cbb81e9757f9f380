"""Local folders of transformers: parity with the network itself; pickles, code and damage are refused."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
import transformers

from tests.families.text import folder, sentences
from xaikit.adapters.transformers import load, recognises
from xaikit.auditing.models import load_model
from xaikit.core.errors import DataError, ModelError, TrustError
from xaikit.core.model import Differentiable, Model, Tokenized

TEXTS = [*sentences(5, 0), "maria worked", "x"]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    labels = {0: "reject", 1: "invite"}
    return folder(tmp_path_factory.mktemp("c") / "m", id2label=labels, label2id={v: k for k, v in labels.items()})


def truth(path, text):
    """Score one text alone with transformers itself, nothing padded."""
    network = transformers.AutoModelForSequenceClassification.from_pretrained(path).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    with torch.no_grad():
        return network(**tokenizer(text, return_tensors="pt")).logits[0].numpy()


def test_it_answers_like_the_network_whatever_stands_beside_a_text(classifier):
    assert recognises(classifier)
    model = load_model(classifier, device="cpu", batch_size=3)
    assert isinstance(model, Model)
    assert isinstance(model, Tokenized)
    assert isinstance(model, Differentiable)
    out = model.predict(TEXTS)
    assert out == pytest.approx(np.array([truth(classifier, t) for t in TEXTS]), abs=1e-5)
    assert model.card.output_names == ("reject", "invite")
    assert len(model.card.sha256) == 64


@pytest.mark.parametrize("kind", ["series", "frame", "array", "tuple"])
def test_containers_make_no_difference(classifier, kind):
    batch = {
        "series": pd.Series(TEXTS),
        "frame": pd.DataFrame({"cv": TEXTS}),
        "array": np.array(TEXTS),
        "tuple": tuple(TEXTS),
    }[kind]
    model = load(path=classifier, device="cpu")
    assert np.array_equal(model.predict(batch), model.predict(TEXTS))


def test_tokens_attention_and_gradients(classifier):
    model = load(path=classifier, device="cpu", activation="softmax")
    assert model.tokens("Maria worked") == ("[CLS]", "maria", "worked", "[SEP]")
    attention = model.attention("Maria worked")
    assert attention.shape == (2, 2, 4, 4)
    assert attention.sum(axis=-1) == pytest.approx(np.ones((2, 2, 4)), abs=1e-5)
    embedded = model.embed("maria worked").requires_grad_()
    out = model.forward(embedded)
    assert out.detach().numpy() == pytest.approx(model.predict(["maria worked"]), abs=1e-6)
    out[0, 1].backward()
    assert embedded.grad.abs().sum() > 0


def test_embeddings_have_length_one_and_next_tokens_a_vocabulary(tmp_path):
    vectors = load(path=folder(tmp_path / "e", "embedding"), device="cpu").predict(TEXTS)
    assert vectors.shape == (7, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(7), abs=1e-5)
    model = load(path=folder(tmp_path / "n", "next_token", is_decoder=True), device="cpu")
    together, alone = model.predict(TEXTS), model.predict(TEXTS[-1:])
    assert together.shape[1] == model.module.config.vocab_size
    assert together[-1:] == pytest.approx(alone, abs=1e-5), "padding does not change the next token"


def test_long_texts_are_cut_as_the_network_was_trained(classifier):
    model = load(path=classifier, device="cpu")
    assert len(model.tokens("maria " * 500)) == 48
    assert model.predict(["maria " * 500]).shape == (1, 2)


def test_what_is_no_text(classifier):
    model = load(path=classifier, device="cpu")
    with pytest.raises(DataError, match="3 in row 2"):
        model.predict(["a", 3])
    with pytest.raises(DataError, match="one column of texts"):
        model.predict(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(DataError, match="no rows"):
        model.predict([])


def test_pickled_weights_and_code_of_its_own_are_refused(tmp_path):
    pickled = folder(tmp_path / "p")
    weights = next(pickled.glob("*.safetensors"))
    weights.rename(pickled / "pytorch_model.bin")
    with pytest.raises(TrustError, match=r"pytorch_model\.bin.*execute code"):
        load(path=pickled)
    coded = folder(tmp_path / "c")
    config = json.loads((coded / "config.json").read_text())
    (coded / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.py--Net"}}))
    (coded / "evil.py").write_text("raise SystemExit('sang')")
    with pytest.raises(TrustError, match=r"evil\.py--Net"):
        load(path=coded)


def test_folders_that_are_none(tmp_path):
    with pytest.raises(ModelError, match=r"no config\.json"):
        load(path=tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be read"):
        load(path=tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="without model_type"):
        load(path=tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelError, match="no weights"):
        load(path=tmp_path)
    broken = folder(tmp_path / "b")
    weights = next(broken.glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ModelError, match="a whole model folder"):
        load(path=broken)
