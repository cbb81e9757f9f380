"""Words against the definition of the Shapley value, and against what is known of the model."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xaikit
from xaikit.core.errors import DataError


def by_permutations(score, words):
    """Average over every order in which the words can come back."""
    out = np.zeros(len(words))
    orders = list(permutations(range(len(words))))
    for order in orders:
        there: set[int] = set()
        for word in order:
            before = score(" ".join(w for i, w in enumerate(words) if i in there))
            there.add(word)
            out[word] += score(" ".join(w for i, w in enumerate(words) if i in there)) - before
    return out / len(orders)


def strange(text):
    words = text.split()
    return len(words) ** 1.5 + 3 * ("a" in words and "b" in words) - 2 * ("c" in words) + (words[:1] == ["d"])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5))
def test_the_values_are_shapley_values(words):
    text = " ".join(words)
    found = xaikit.explain(lambda texts: [strange(t) for t in texts], [text], background=[""], engine="words")
    assert found.values[0, :, 0] == pytest.approx(by_permutations(strange, words), abs=1e-9)
    assert np.all(found.stderr == 0)
    assert found.converged.all()


def test_texts_of_different_length_are_padded():
    found = xaikit.explain(
        lambda texts: [float("hire" in t.split()) for t in texts], ["hire me", "me", "please do hire"], engine="words"
    )
    assert np.allclose(found.values[:, :, 0], [[1, 0, 0], [0, 0, 0], [0, 0, 1]])
    assert found.data.tolist() == [["hire", "me", ""], ["me", "", ""], ["please", "do", "hire"]]
    assert np.abs(found.residual).max() < 1e-12


def test_long_texts_are_sampled_with_honest_errors():
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(40)]
    weight = dict(zip(words, rng.normal(size=40), strict=True))

    def score(texts):
        return [sum(weight[w] for w in t.split()) + 2 * ("w3" in t.split() and "w7" in t.split()) for t in texts]

    found = xaikit.explain(score, [" ".join(words)], background=[""], engine="words", seed=1)
    truth = np.array([weight[w] for w in words]) + np.isin(words, ["w3", "w7"])
    error = found.values[0, :, 0] - truth
    assert np.abs(error).max() < 0.5
    assert (np.abs(error) <= 3 * found.stderr[0, :, 0] + 1e-9).mean() > 0.9
    assert np.abs(found.residual).max() < 1e-9
    assert found.budget["model_rows"] <= 2 * 32 * 40


def test_sentences_and_masks():
    seen = []
    found = xaikit.explain(
        lambda texts: seen.extend(texts) or [float("good." in t) for t in texts],
        ["I am good. I sing!"],
        background=[""],
        engine="words",
        unit="sentence",
    )
    assert found.data[0].tolist() == ["I am good.", "I sing!"]
    assert found.values[0, :, 0] == pytest.approx([1.0, 0.0])
    seen.clear()
    xaikit.explain(lambda t: seen.extend(t) or [0.0] * len(t), ["a b"], background=[""], engine="words", mask="[M]")
    assert set(seen) == {"a b", "[M] b", "a [M]", "[M] [M]"}


def test_a_text_without_words_is_refused():
    with pytest.raises(DataError, match="no word in row 2"):
        xaikit.explain(lambda t: [0.0] * len(t), ["a", " "], engine="words")
