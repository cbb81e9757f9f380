import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference

from xaikit.checks import tradeoff
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError, SpecError

METHODS = ["threshold_optimizer", "reductions", "correlation_remover"]


def sample(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], n)
    years = rng.normal(5, 2, n) + 1.5 * (sex == "M")
    skill = rng.normal(0, 1, n)
    merit = rng.random(n) < 1 / (1 + np.exp(-(0.6 * (years - 5.7) + skill)))
    score = 1 / (1 + np.exp(-(0.7 * (years - 5.7) + 0.9 * skill)))
    return pd.DataFrame(
        {
            "sex": sex,
            "years": years,
            "skill": skill,
            "good": merit.astype(int),
            "score": score,
            "hired": (score > 0.5).astype(int),
        }
    )


def measured(data, **parameters):
    decisions = Decisions.of(data, Roles(decision="hired", label="good", score="score", sensitive=("sex",)))
    parameters = {"methods": METHODS, **parameters}
    return list(tradeoff.check(decisions, data[["years", "skill"]], np.random.default_rng(0), **parameters))


def of(found, measure, **about):
    return [e for e in found if e.measure == measure and all(e.about.get(k) == v for k, v in about.items())]


@pytest.fixture(scope="module")
def frontier():
    return measured(sample(), strengths=[0.0, 0.1])


def test_the_deployed_model_has_its_place(frontier):
    data = sample()
    order = np.random.default_rng(0).permutation(len(data))
    test = np.sort(order[len(data) // 2 :])
    held = data.iloc[test]
    (accuracy,) = of(frontier, "tradeoff_accuracy", method="deployed")
    (gap,) = of(frontier, "tradeoff_gap", method="deployed")
    assert accuracy.value == pytest.approx((held.hired == held.good).mean())
    assert gap.value == pytest.approx(
        demographic_parity_difference(held.good, held.hired, sensitive_features=held.sex)
    )
    assert accuracy.low < accuracy.value < accuracy.high


def test_every_method_narrows_the_gap_on_rows_it_has_not_seen(frontier):
    (deployed,) = of(frontier, "tradeoff_gap", method="deployed")
    assert deployed.value > 0.2
    for method in METHODS:
        strict = of(frontier, "tradeoff_gap", method=method)[0]
        assert strict.value < 0.6 * deployed.value, method
    assert len({e.id for e in frontier}) == len(frontier)


def test_less_gap_costs_accuracy_and_somebody(frontier):
    (before,) = of(frontier, "tradeoff_accuracy", method="deployed")
    after = of(frontier, "tradeoff_accuracy", method="threshold_optimizer")[0]
    assert after.value < before.value
    change = {
        e.about["group"]: e.value for e in of(frontier, "tradeoff_selection_change", method="threshold_optimizer")[:2]
    }
    assert change["F"] > 0 > change["M"]


def test_the_frontier_is_what_nothing_beats(frontier):
    points = {
        (e.about["method"], e.about["setting"]): (
            e.value,
            of(frontier, "tradeoff_gap", **e.about)[0].value,
            e.detail["on_frontier"],
        )
        for e in of(frontier, "tradeoff_accuracy")
    }
    assert any(on for *_, on in points.values())
    for accuracy, gap, on in points.values():
        beaten = any(a >= accuracy and g <= gap and (a > accuracy or g < gap) for a, g, _ in points.values())
        assert on != beaten


def test_equalized_odds_are_measured_as_fairlearn_does():
    data = sample(1500)
    found = measured(data, methods=["threshold_optimizer"], constraint="equalized_odds", strengths=[0.0])
    test = np.sort(np.random.default_rng(0).permutation(len(data))[750:])
    held = data.iloc[test]
    (gap,) = of(found, "tradeoff_gap", method="deployed")
    assert gap.value == pytest.approx(equalized_odds_difference(held.good, held.hired, sensitive_features=held.sex))
    assert of(found, "tradeoff_gap", method="threshold_optimizer")[0].value < gap.value


def test_what_does_not_fit_is_named():
    data = sample(200)
    with pytest.raises(SpecError, match="Did you mean 'reductions'"):
        measured(data, methods=["reduction"])
    with pytest.raises(SpecError, match="Did you mean 'equalized_odds'"):
        measured(data, constraint="equalised_odds")
    with pytest.raises(SpecError, match="feature 'age'"):
        measured(data, feature="age")
    plain = Decisions.of(data, Roles(decision="hired", sensitive=("sex",)))
    with pytest.raises(AbsentError):
        list(tradeoff.check(plain, data[["years"]], np.random.default_rng(0), methods=METHODS))
