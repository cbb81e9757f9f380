"""Agreement of methods by loops over rows and features: ties, constants, zeros, groups of columns, and who."""

import numpy as np
import pytest
from scipy.stats import spearmanr, t

from xaikit.adapters.function import FunctionModel
from xaikit.checks.agreement import check
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.target import every_output, one_output
from xaikit.engines import occlusion, shapley
from xaikit.stats.agreement import rank_correlation, top_agreement

NAMES = ["a", "b", "c", "d"]
PLAYERS, TARGET = Players.of(NAMES), one_output(0, ["score"])


def top_by_loop(one, other, top):
    """The mean, over all orders of what ties, of the share of the top features that both name with the same sign."""
    rng, total = np.random.default_rng(0), 0.0

    def shares(values):
        counted = np.zeros(len(values))
        for _ in range(4000):
            order = sorted(range(len(values)), key=lambda i: (-abs(values[i]), rng.random()))
            counted[order[:top]] += 1 / 4000
        return counted

    a, b = shares(one), shares(other)
    for i in range(len(one)):
        if np.sign(one[i]) == np.sign(other[i]):
            total += min(a[i], b[i])
    return total / top


@pytest.mark.parametrize("digits", [0, 1, 6], ids=["many ties", "some ties", "none"])
def test_rank_correlation_is_scipys_row_by_row(digits):
    rng = np.random.default_rng(1)
    one, other = np.round(rng.normal(size=(2, 30, 5)), digits)
    one[0] = 2.0  # a constant has no order
    found = rank_correlation(one, other)
    assert np.isnan(found[0])
    for mine, a, b in zip(found[1:], one[1:], other[1:], strict=True):
        if len(set(a)) > 1 and len(set(b)) > 1:
            assert mine == pytest.approx(spearmanr(a, b).statistic)
        else:
            assert np.isnan(mine)


@pytest.mark.parametrize(("digits", "top"), [(6, 2), (0, 2), (0, 3), (6, 9)])
def test_the_top_is_that_of_all_orders_of_what_ties(digits, top):
    rng = np.random.default_rng(2)
    one, other = np.round(rng.normal(size=(2, 6, 4)), digits)
    found = top_agreement(one, other, top)
    for mine, a, b in zip(found, one, other, strict=True):
        assert mine == pytest.approx(top_by_loop(a, b, min(top, 4)), abs=0.04)


def score(z):
    return np.asarray(z, dtype=float) @ [3.0, -2.0, 1.0, 0.0] + 0.5 * np.asarray(z)[:, 0] * np.asarray(z)[:, 2]


def made(engine, x, behind, model=score, players=PLAYERS, target=TARGET):
    more = (silent,) if engine is occlusion else (np.random.default_rng(0), silent)
    return engine.explain(FunctionModel(model), x, behind, target, players, *more)


def agreed(explanations, x, behind, model=score, players=PLAYERS, target=TARGET, **parameters):
    found = check(
        explanations, FunctionModel(model), x, behind, target, np.random.default_rng(4), players, **parameters
    )
    return {(e.about["explanation"], e.about.get("other", ""), e.measure): e for e in found}


def test_two_methods_of_an_audit_are_compared_with_each_other_as_a_loop_does():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(12, 4))
    behind = x[:8]
    both = {"first": made(shapley, x, behind), "second": made(occlusion, x, behind)}
    found = agreed(both, x, behind, rows=12)
    assert {(a, b) for a, b, _ in found} == {("first", "occlusion")}
    a, b = (e.values[..., 0] for e in both.values())
    ranks = [spearmanr(p, q).statistic for p, q in zip(a, b, strict=True)]
    e = found["first", "occlusion", "method_rank_correlation"]
    assert (e.value, e.n) == (pytest.approx(np.mean(ranks), abs=1e-6), 12)
    half = t.isf(0.025, 11) * np.std(ranks, ddof=1) / np.sqrt(12)
    assert (e.low, e.high) == pytest.approx((e.value - half, e.value + half), abs=1e-6)
    e = found["first", "occlusion", "method_top_agreement"]
    assert e.detail["top"] == 3
    assert e.value == pytest.approx(np.mean([top_by_loop(p, q, 3) for p, q in zip(a, b, strict=True)]), abs=0.02)


def test_one_method_is_compared_with_another_that_the_model_allows():
    x = np.random.default_rng(5).normal(size=(6, 4))
    found = agreed({"mine": made(shapley, x, x)}, x, x)
    assert {(a, b) for a, b, _ in found} == {("mine", "occlusion")}, "a callable has no gradients"
    assert found["mine", "occlusion", "method_rank_correlation"].value > 0.8


def test_a_linear_model_is_told_alike_by_all():
    x = np.random.default_rng(6).normal(size=(8, 4))
    found = agreed(
        {"mine": made(shapley, x, x[:4], lambda z: z @ [4.0, -3.0, 2.0, 0.5])},
        x,
        x[:4],
        lambda z: z @ [4.0, -3.0, 2.0, 0.5],
    )
    for e in found.values():
        assert e.value == pytest.approx(1)


def test_columns_of_one_feature_are_compared_as_one():
    players = Players.of(NAMES, {"ab": ["a", "b"]})
    x = np.random.default_rng(7).normal(size=(8, 4))

    def both(z):
        return 5 * (z[:, 0] + z[:, 1]) + z[:, 2]

    found = agreed({"mine": made(shapley, x, x[:4], both, players)}, x, x[:4], both, players, top=1)
    assert found["mine", "occlusion", "method_rank_correlation"].value == pytest.approx(1)
    assert found["mine", "occlusion", "method_top_agreement"].value == pytest.approx(1)


def test_a_model_that_answers_alike_to_all_has_no_order_and_it_is_said():
    x = np.random.default_rng(8).normal(size=(6, 4))

    def flat(z):
        return 0.0 * z[:, 0]

    found = agreed({"mine": made(shapley, x, x, flat)}, x, x, flat)
    for e in found.values():
        assert e.value is None
        assert e.n == 0
        assert e.because == "in every row a method gives all features the same value"


def test_each_class_counts_and_the_model_decides_which():
    x = np.random.default_rng(9).normal(size=(7, 4))

    def three(z):
        return np.column_stack([z @ [3.0, 2.0, 1.0, 0.0], z @ [0.0, 1.0, 2.0, 3.0], np.zeros(len(z))])

    target = every_output(("r", "g", "b"))
    found = agreed({"mine": made(shapley, x, x[:4], three, target=target)}, x, x[:4], three, target=target)
    e = found["mine", "occlusion", "method_top_agreement"]
    assert e.value == pytest.approx(1), "the class that nothing moves has no top"


def test_two_mirrored_classes_say_no_more_than_one():
    """Their values are those of one another with the other sign: the mean and its interval are those of one class."""
    x = np.random.default_rng(11).normal(size=(12, 4))

    def two(z):
        score = np.tanh(z[:, 0] * z[:, 1] + z[:, 2])
        return np.column_stack([score, -score])

    def measured(target):
        return agreed({"mine": made(shapley, x, x[:4], two, target=target)}, x, x[:4], two, target=target)

    both, one = measured(every_output(("no", "yes"))), measured(one_output(0, ["no", "yes"]))
    for key, e in one.items():
        assert e.value - e.low > 0
        assert (both[key].value, both[key].low, both[key].high, both[key].n) == pytest.approx(
            (e.value, e.low, e.high, e.n)
        )


def test_rows_are_drawn_by_the_generator_and_the_same_again():
    x = np.random.default_rng(10).normal(size=(40, 4))
    mine = {"mine": made(shapley, x, x[:4])}
    one, again = (agreed(mine, x, x[:4], rows=5) for _ in range(2))
    assert one == again
    assert {e.n for e in one.values()} == {5}
