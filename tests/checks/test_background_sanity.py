"""The background is tested against the population: honest ones pass at the promised rate, picked ones are caught."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from xaikit.adapters.function import FunctionModel
from xaikit.checks import background_sanity
from xaikit.core.decisions import Decisions
from xaikit.core.players import Players
from xaikit.core.roles import Roles
from xaikit.core.target import every_output

TARGET = every_output(("score",))


def by_measure(evidence):
    return {e.measure: e for e in evidence}


def linear_score(z):
    return np.asarray(z)[:, 0] + 0.5 * np.asarray(z)[:, 1]


def test_honest_backgrounds_pass_at_the_rate_that_p_values_promise():
    """Expected before the run: p ≤ .05 in 5 % of 200 draws, 1 to 22 of them (exact binomial bounds of 99.9 %)."""
    rng = np.random.default_rng(43)
    population = np.column_stack([rng.exponential(size=(900, 3)), rng.integers(0, 3, 900)])
    bounds = binom.ppf(0.0005, 200, 0.05), binom.isf(0.0005, 200, 0.05)
    small = {"background_p": 0, "background_score_p": 0}
    for seed in range(200):
        own = np.random.default_rng([44, seed])
        behind = population[own.permutation(900)[:50]]
        given = {"permutations": 99, "rows": 200}
        e = by_measure(background_sanity.check(FunctionModel(linear_score), behind, population, TARGET, own, **given))
        for measure in small:
            small[measure] += e[measure].value <= 0.05
    for count in small.values():
        assert bounds[0] <= count <= bounds[1]


def test_picked_background_is_caught_in_features_and_in_scores():
    """Expected before the run: the upper half of an exponential feature lies ln 2 above its mean, which is .62

    standard deviations of the score; the mean of 100 rows against 500 has an error of .11, so .26 to .98.
    """
    rng = np.random.default_rng(45)
    population = np.column_stack([rng.exponential(size=2000), rng.normal(size=(2000, 3))])
    upper = population[population[:, 0] > np.log(2)]
    picked = upper[rng.permutation(len(upper))[:100]]
    e = by_measure(background_sanity.check(FunctionModel(linear_score), picked, population, TARGET, rng))
    assert e["background_p"].value == pytest.approx(0.001)
    assert e["background_p"].detail["differs_most"] == "0"
    assert e["background_score_p"].value < 0.01
    assert 0.26 < e["background_base_shift"].value < 0.98
    single = by_measure(background_sanity.check(FunctionModel(linear_score), picked[:1], population, TARGET, rng))
    assert "a choice, not a sample" in single["background_p"].because


@pytest.mark.slow
def test_background_picked_by_one_feature_behind_equal_scores_is_caught():
    """Laberge et al. (2022): a sensitive attribution falls by 90 %, and the scores do not show it.

    Expected before the run: with the share of the other group cut from .4 to .06 in 200 rows the profile's bound,
    p < .002, is passed in all of 20 draws (a test of two shares has power 1 − 10⁻⁹); the scores, drawn alike, stay
    above .05 in 18 or more (exact binomial bound of 99.9 %: 15).
    """
    rng = np.random.default_rng(46)
    population = np.column_stack([rng.random(4000) < 0.4, rng.normal(size=(4000, 11))]).astype(float)

    def score(z):
        return 0.5 * z[:, 0] + z[:, 1] + 0.5 * z[:, 2]

    cells = np.digitize(score(population), np.quantile(score(population), np.linspace(0, 1, 11)[1:-1]))
    seen, shown = [], []
    for seed in range(20):
        own = np.random.default_rng([47, seed])
        picked = []
        for cell in range(10):
            rows = np.flatnonzero(cells == cell)
            weight = np.where(population[rows, 0] > 0, 0.1, 1.0)
            picked.append(own.choice(rows, 20, replace=False, p=weight / weight.sum()))
        behind = population[np.concatenate(picked)]
        assert behind[:, 0].mean() < 0.15
        e = by_measure(background_sanity.check(FunctionModel(score), behind, population, TARGET, own))
        seen.append(e["background_p"].value < 0.002)
        assert e["background_p"].detail["differs_most"] == "0"
        shown.append(e["background_score_p"].value <= 0.05)
    assert all(seen)
    assert sum(shown) <= 5


def test_tables_with_words_are_compared_too():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"job": rng.choice(["a", "b"], 400), "age": rng.normal(size=400)})
    model = FunctionModel(lambda t: t["age"])
    biased = frame[frame["job"] == "a"].iloc[:80]
    assert by_measure(background_sanity.check(model, biased, frame, TARGET, rng))["background_p"].value < 0.01


def grouped(population, rows, share, rng):
    """Rows drawn by chance but for the share of those with a one in column 0."""
    ones, rest = (np.flatnonzero(population[:, 0] == v) for v in (1, 0))
    many = rng.binomial(rows, share)
    return population[np.concatenate([rng.choice(ones, many, replace=False), rng.choice(rest, rows - many, False)])]


@pytest.mark.slow
def test_a_sensitive_feature_is_tested_for_itself():
    """Expected before the run: a group of .3 cut to .15 in 100 rows lies .15 ± .036 below 1,500 others.

    One of four statistics needs p ≤ .0125, 2.5 standard errors of .047, so at least 80 % are found: of 40 draws 23
    or more (exact binomial bound of 99.9 %); among 16 features it needs 3 or more standard errors (60 %).
    """
    rng = np.random.default_rng(81)
    population = np.column_stack([rng.random(3000) < 0.3, rng.normal(size=(3000, 15))]).astype(float)
    names = [f"x{i}" for i in range(16)]
    frame = pd.DataFrame(population, columns=names).assign(hired=rng.random(3000) < 0.5)
    decisions = Decisions.of(frame, Roles(decision="hired", sensitive=("x0",)))
    model, found = FunctionModel(linear_score), {"known": 0, "unknown": 0}
    for seed in range(40):
        behind = grouped(population, 100, 0.15, np.random.default_rng([82, seed]))
        for known, given in (("known", {"decisions": decisions, "players": Players.of(names)}), ("unknown", {})):
            own = np.random.default_rng([83, seed])
            checked = background_sanity.check(model, behind, population, TARGET, own, permutations=199, **given)
            found[known] += by_measure(checked)["background_p"].value <= 0.05
    assert found["known"] >= 23
    assert found["known"] > found["unknown"]


@pytest.mark.slow
def test_a_background_that_is_half_of_the_population_keeps_its_level():
    """Expected before the run: of 200 honest ones p ≤ .05 in 5 %, 1 to 22 (exact binomial bounds of 99.9 %).

    Its own rows on both sides would halve the difference: then hardly any, .5 %; 4 or more happen in 98 % of 200 at
    5 %, in 2 % at .5 %.
    """
    rng = np.random.default_rng(84)
    population = np.column_stack([rng.exponential(size=(200, 3)), rng.integers(0, 3, 200)])
    small = 0
    for seed in range(200):
        own = np.random.default_rng([85, seed])
        behind = population[own.permutation(200)[:100]]
        e = by_measure(
            background_sanity.check(FunctionModel(linear_score), behind, population, TARGET, own, permutations=99)
        )
        small += e["background_p"].value <= 0.05
        assert e["background_p"].detail["population"] == 100
    assert 4 <= small <= 22


def test_rows_that_many_share_stay_on_both_sides():
    rng = np.random.default_rng(86)
    population = rng.integers(0, 2, (300, 3)).astype(float)
    e = by_measure(background_sanity.check(FunctionModel(linear_score), population[:50], population, TARGET, rng))
    assert e["background_p"].detail["population"] == 300
