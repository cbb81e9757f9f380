"""Owen and Winter values of words in clauses and sentences, against orders written out and against closed forms."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xaikit
from tests.oracles.shapley import brute_force
from xaikit.compute.spans import labels
from xaikit.core.errors import SpecError
from xaikit.stats.permutations import every_nested_order, nested_orders


def explained(score, text, **parameters):
    return xaikit.explain(lambda ts: [score(t) for t in ts], [text], background=[""], engine="words", **parameters)


def strange(text):
    words = [w.strip(",.") for w in text.split()]
    return len(words) ** 1.5 + 3 * ("a" in words and "b" in words) - 2 * ("c" in words) + (words[:1] == ["d"])


def together(order, label):
    """Whether the members of every union come one after the other."""
    seen = [label[p] for p in order]
    return all(seen[i] == seen[i - 1] or seen[i] not in seen[:i] for i in range(1, len(seen)))


def by_orders(score, words, levels):
    """Average over the orders that keep all unions together; orders are kept or thrown away one by one."""
    kept = [o for o in permutations(range(len(words))) if all(together(o, level) for level in levels)]
    out = np.zeros(len(words))
    for order in kept:
        there: set[int] = set()
        for word in order:
            before = score(" ".join(w for i, w in enumerate(words) if i in there))
            there.add(word)
            out[word] += score(" ".join(w for i, w in enumerate(words) if i in there)) - before
    return out / len(kept), len(kept)


SENTENCES = ["a, b c. d", "d a. b, c a.", "a. b. c. d", "c, a, b", "b a d c"]


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("partition", [["sentence"], ["clause"], ["clause", "sentence"]])
def test_the_values_are_those_of_unions_that_join_together(text, partition):
    levels = [labels(text, s).tolist() for s in partition]
    truth, _ = by_orders(strange, text.split(), levels)
    found = explained(strange, text, partition=partition)
    assert found.values[0, :, 0] == pytest.approx(truth, abs=1e-9)
    assert not found.stderr.any()
    assert [found.detail[s][0].tolist() for s in partition] == levels
    assert np.abs(found.residual).max() < 1e-9


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6))
def test_one_span_is_the_shapley_value(words):
    text = " ".join(words)
    one = explained(strange, text, partition=["sentence"]).values[0, :, 0]
    truth = brute_force(lambda s: strange(" ".join(words[i] for i in sorted(s))), len(words))
    assert one == pytest.approx(truth, abs=1e-9)
    assert one == pytest.approx(explained(strange, text).values[0, :, 0], abs=1e-9)


def test_the_words_of_a_sentence_share_what_the_sentence_is_worth():
    text = "a c. b d. e a b."
    words = explained(strange, text, partition=["sentence"])
    sentences = explained(strange, text, unit="sentence").values[0, :, 0]
    shares = [words.values[0, words.detail["sentence"][0] == s, 0].sum() for s in range(3)]
    assert shares == pytest.approx(sentences, abs=1e-9)


LONG = "I led a team, and wrote reports. We sold much; my guild helped me. I sing."


def test_a_planted_pair_across_sentences_is_shared_by_sentences_then_by_words():
    """`team` and `guild` together are worth 1: each is one half, whatever stands around them; nothing else counts."""
    found = explained(lambda t: float("team" in t and "guild" in t), LONG, partition=["clause", "sentence"], seed=3)
    value = dict(zip(found.data[0], found.values[0, :, 0], strict=True))
    assert value.pop("team,") == pytest.approx(0.5, abs=0.15)
    assert value.pop("guild") == pytest.approx(0.5, abs=0.15)
    assert max(map(abs, value.values())) < 1e-12
    assert np.abs(found.residual).max() < 1e-12


def test_a_long_text_is_sampled_with_honest_errors():
    """A game with a closed form: pairs inside one sentence split evenly, single words keep their worth."""
    text = " ".join(f"w{i}{'.' if i % 6 == 5 else ''}" for i in range(30))
    worth = np.random.default_rng(0).normal(size=30)

    def score(t):
        there = {int(w.strip(".")[1:]) for w in t.split()}
        return sum(worth[i] for i in there) + 4 * ({0, 3} <= there) + 2 * ({1, 14} <= there)

    truth = worth.copy()
    truth[[0, 3]] += 2
    truth[[1, 14]] += 1
    inside = 0
    for seed in range(20):
        found = explained(score, text, partition=["sentence"], seed=seed)
        error = np.abs(found.values[0, :, 0] - truth)
        inside += int((error <= 2 * found.stderr[0, :, 0] + 1e-9).sum())
        assert error.max() < 1
        assert found.budget["model_rows"] <= 64 * 30
    assert inside / 600 > 0.9


def test_orders_keep_every_union_together_and_come_in_all_kinds():
    levels = np.array([[0, 0, 0, 1, 1], [0, 0, 1, 2, 2]])
    _, count = by_orders(strange, list("abcde"), levels.tolist())
    every = every_nested_order(levels, 1000)
    assert len(every) == len(np.unique(every, axis=0)) == count
    assert every_nested_order(levels, count - 1) is None
    drawn = nested_orders(levels, 4000, np.random.default_rng(0))
    kinds, times = np.unique(drawn, axis=0, return_counts=True)
    assert (kinds == every).all()
    assert abs(times - 4000 / count).max() < 5 * np.sqrt(4000 / count)


def test_spans_end_with_punctuation_or_a_line():
    assert labels('He said: "No." Then, 3.5 more\n\nEnd', "sentence").tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert labels('He said: "No." Then, 3.5 more\n\nEnd', "clause").tolist() == [0, 0, 1, 2, 3, 3, 4]
    assert labels("나는 갔다。 그는 왔다", "sentence").tolist() == [0, 0, 1, 1]


def test_spans_of_sentences_are_refused():
    with pytest.raises(SpecError, match="unit: word"):
        explained(strange, "a. b.", unit="sentence", partition=["clause"])
