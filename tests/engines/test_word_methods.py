"""The second and third opinion on texts, against definitions re-derived slowly."""

import numpy as np
import pytest
import torch

import xaikit as xk
from tests.families.reader import Reader
from tests.oracles.make_believe_card import Card
from xaikit.adapters.transformers import load
from xaikit.compute.spans import PARTS
from xaikit.core.errors import DataError
from xaikit.core.model import Embedded
from xaikit.engines.word_gradients import owners

WORDS = ["managed", "sales", "team", "wrote", "netball", "guild"]


def strange(text):
    words = text.split()
    return len(words) ** 1.5 + 3 * ("sales" in words and "team" in words) - 2 * ("netball" in words)


def test_occlusion_is_the_score_less_the_score_without_the_word():
    texts = ["sales team wrote", "netball", "team netball sales managed"]
    found = xk.explain(lambda t: [strange(x) for x in t], texts, engine="word_occlusion")
    for i, text in enumerate(texts):
        words = text.split()
        slow = [strange(text) - strange(" ".join(words[:k] + words[k + 1 :])) for k in range(len(words))]
        np.testing.assert_allclose(found.values[i, : len(words), 0], slow)
        assert not found.values[i, len(words) :].any()
        assert found.base[i, 0] == strange("")
        assert found.prediction[i, 0] == strange(text)


def test_occlusion_masks_and_takes_sentences():
    seen = []
    found = xk.explain(
        lambda t: seen.extend(t) or [float("good." in x) for x in t],
        ["I am good. I sing!"],
        engine="word_occlusion",
        unit="sentence",
    )
    assert found.data[0].tolist() == ["I am good.", "I sing!"]
    assert found.values[0, :, 0].tolist() == [1.0, 0.0]
    seen.clear()
    xk.explain(lambda t: seen.extend(t) or [0.0] * len(t), ["a b"], engine="word_occlusion", mask="[M]")
    assert set(seen) == {"a b", "[M] b", "a [M]", "[M] [M]"}
    with pytest.raises(DataError, match="no word in row 1"):
        xk.explain(lambda t: [0.0] * len(t), [" "], engine="word_occlusion")


def slow_gradients(model, text, points=4000):
    """Return integrated gradients of each word by the midpoint rule, one point and one word at a time."""
    ends, nothing = model.embed(text)[0], model.absent()
    out = np.zeros(len(ends))
    for step in range(points):
        alpha = (step + 0.5) / points
        point = (nothing + alpha * (ends - nothing)).requires_grad_()
        (slope,) = torch.autograd.grad(model.forward(point[None]).sum(), point)
        for k in range(len(ends)):
            out[k] += float(slope[k] @ (ends[k] - nothing)) / points
    return out


def test_gradients_are_integrals_along_the_path_from_tokens_that_say_nothing():
    """Bound stated before the run: 1e-4 of the largest value, for the midpoint rule in single precision."""
    model = Reader(WORDS)
    assert isinstance(model, Embedded)
    texts = ["sales team wrote", "netball sales managed guild"]
    found = xk.explain(model, texts, engine="word_gradients")
    for i, text in enumerate(texts):
        slow = slow_gradients(model, text)
        np.testing.assert_allclose(found.values[i, : len(slow), 0], slow, atol=1e-4 * np.abs(slow).max())
    assert found.converged.all()
    np.testing.assert_allclose(found.prediction, model.predict(texts), rtol=1e-5)
    assert np.abs(found.residual).max() < 0.01 * np.abs(found.prediction - found.base).max()


def test_gradients_are_the_same_on_a_card_and_nothing_strays():
    """Bound as in `device_cases`: 2e-4 of the largest value; on a card without float64."""
    texts = ["sales team wrote", "netball sales managed guild"]
    here = xk.explain(Reader(WORDS), texts, engine="word_gradients")
    with Card("mps") as card:
        model = Reader(WORDS)
        model.module.to("mps")
        there = xk.explain(model, texts, engine="word_gradients")
        model.module.to("cpu")
    assert not card.refused
    assert card.counts["pass"]
    np.testing.assert_allclose(there.values, here.values, atol=2e-4 * np.abs(here.values).max())
    np.testing.assert_allclose(there.base, here.base, atol=1e-4)


def test_tokens_belong_to_the_word_in_which_they_end():
    text = "  un usual,\nthing"
    #         "un"    " us"   "ual"   ","      "thing"   a special one
    spans = np.array([[2, 4], [4, 7], [7, 10], [10, 11], [12, 17], [0, 0]])
    assert owners(text, spans, PARTS["word"]).tolist() == [0, 1, 1, 1, 2, -1]


def test_a_transformer_says_where_its_tokens_stand_and_long_texts_are_cut_with_a_note(tmp_path):
    from tests.families import text as tiny

    model = load(path=tiny.folder(tmp_path / "m"), device="cpu", max_length=6)
    assert isinstance(model, Embedded)
    assert model.spans("maria worked") == ((0, 0), (0, 5), (6, 12), (0, 0))
    assert model.absent().shape == (32,)
    found = xk.explain(model, ["maria led people and managed sales team"], engine="word_gradients", target=1)
    assert np.abs(found.values[0, :4, 0]).min() > 0
    assert not found.values[0, 4:].any(), "words that the net does not read have no value"
    assert any("longer than the net reads" in n for n in found.notes)
    assert np.abs(found.residual).max() < 0.01 * np.abs(found.prediction - found.base).max()
