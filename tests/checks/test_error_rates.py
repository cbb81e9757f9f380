import warnings

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    MetricFrame,
    equalized_odds_difference,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import accuracy_score, precision_score

from xaikit.checks import calibration, error_rates, scoring_rate
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError
from xaikit.stats.tally import Tally

PEERS = {
    "true_positive_rate": true_positive_rate,
    "false_positive_rate": false_positive_rate,
    "false_negative_rate": false_negative_rate,
    "precision": precision_score,
    "accuracy": accuracy_score,
    "selection_rate": selection_rate,
}


def sample(n=600, seed=0):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"sex": rng.choice(["F", "M"], n), "race": rng.choice(["A", "B", "C"], n)})
    data["score"] = rng.random(n).round(2)
    data["good"] = (rng.random(n) < data.score).astype(int)
    data["hired"] = (data.score + (data.sex == "M") * 0.1 > 0.5).astype(int)
    return data


def tally(data, **roles):
    return Tally.of(
        Decisions.of(data, Roles(**{"decision": "hired", "label": "good", "sensitive": ("sex", "race"), **roles}))
    )


def measured(check, counts, **parameters):
    return {e.id: e for e in check(counts, np.random.default_rng(0), **parameters)}


def of(found, measure, **about):
    return [e for e in found.values() if e.measure == measure and all(e.about.get(k) == v for k, v in about.items())]


def test_agrees_with_fairlearn_where_fairlearn_is_right():
    data = sample()
    found = measured(error_rates.check, tally(data))
    peer = MetricFrame(metrics=PEERS, y_true=data.good, y_pred=data.hired, sensitive_features=data[["sex", "race"]])
    for group, row in peer.by_group.iterrows():
        for measure in set(PEERS) - {"selection_rate"}:
            (ours,) = of(found, measure, sensitive="sex×race", group="×".join(group))
            assert ours.value == pytest.approx(row[measure]), (group, measure)
    gap = equalized_odds_difference(data.good, data.hired, sensitive_features=data.sex)
    assert of(found, "equalized_odds_difference", sensitive="sex")[0].value == pytest.approx(gap)


def test_agrees_with_the_definitions_of_aif360():
    """Row by row, as that toolkit documents them: unprivileged less (or over) privileged."""
    data = sample(2000, 5)
    women, men = data[data.sex == "F"], data[data.sex == "M"]
    found = measured(error_rates.check, tally(data, sensitive=("sex",)))

    def rate(part, label):
        return part.hired[part.good == label].mean()

    odds = ((rate(women, 1) - rate(men, 1)) + (rate(women, 0) - rate(men, 0))) / 2
    value = {e.id.partition("[")[0] + e.about.get("group", ""): e.value for e in found.values()}
    ours = (value["true_positive_rateF"] - value["true_positive_rateM"]) / 2
    ours += (value["false_positive_rateF"] - value["false_positive_rateM"]) / 2
    assert ours == pytest.approx(odds)
    assert value["equal_opportunity_difference"] == pytest.approx(abs(rate(women, 1) - rate(men, 1)))
    assert value["false_omission_rateF"] == pytest.approx(women.good[women.hired == 0].mean())
    assert value["false_discovery_rateM"] == pytest.approx(1 - men.good[men.hired == 1].mean())
    assert value["negative_predictive_valueM"] == pytest.approx(1 - men.good[men.hired == 0].mean())
    wrong = (women.good == 1) & (women.hired == 0), (women.good == 0) & (women.hired == 1)
    assert value["treatment_equalityF"] == pytest.approx(wrong[0].sum() / wrong[1].sum())


def test_fairlearn_invents_a_gap_from_a_group_without_positives():
    """Where nobody deserved the outcome there is no true-positive rate; fairlearn says 0.0, and finds a gap of 1."""
    data = pd.DataFrame({"sex": ["F"] * 4 + ["M"] * 4, "good": [0] * 4 + [1] * 4, "hired": [0, 1, 0, 0] + [1] * 4})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = MetricFrame(
            metrics=true_positive_rate, y_true=data.good, y_pred=data.hired, sensitive_features=data.sex
        )
    assert peer.by_group["F"] == 0.0
    assert peer.difference() == 1.0
    found = measured(error_rates.check, tally(data, sensitive=("sex",)))
    (ours,) = of(found, "true_positive_rate", group="F")
    assert ours.value is None
    assert ours.low is None
    assert "nobody in the group has a favourable label" in ours.because
    (gap,) = of(found, "equal_opportunity_difference")
    assert gap.value is None
    assert "fewer than two groups" in gap.because


def test_nobody_selected_has_no_precision():
    data = pd.DataFrame({"sex": ["F"] * 3 + ["M"] * 3, "good": [0, 1, 1, 0, 1, 1], "hired": [0, 0, 0, 1, 1, 0]})
    found = measured(error_rates.check, tally(data, sensitive=("sex",)))
    (ours,) = of(found, "precision", group="F")
    assert ours.value is None
    assert "nobody in the group was selected" in ours.because


def test_limits_hold_the_value_and_cover_a_known_rate():
    hit = []
    for seed in range(600):
        data = sample(300, seed)
        e = of(measured(error_rates.check, tally(data, sensitive=("sex",)), replicates=10), "accuracy", group="F")[0]
        hit.append(e.low <= TRUTH <= e.high)
    assert 0.93 <= np.mean(hit) <= 0.97


TRUTH = (lambda d: ((d.good == d.hired) & (d.sex == "F")).sum() / (d.sex == "F").sum())(sample(400_000, 99))


def test_without_labels_the_checks_are_skipped_not_failed():
    data = sample()
    for check in (error_rates.check, calibration.check):
        with pytest.raises(AbsentError):
            list(check(tally(data, label=None), np.random.default_rng(0)))


def test_calibration_by_group():
    data = sample(5000)
    found = measured(calibration.check, tally(data, score="score", sensitive=("sex",)))
    for sex in ("F", "M"):
        (slope,) = of(found, "calibration_slope", group=sex)
        assert slope.low < 1 < slope.high
        (area,) = of(found, "auc", group=sex)
        assert 0.8 < area.low < area.value < area.high < 0.87
        curve = of(found, "calibration", group=sex)
        assert len(curve) == 10
        assert sum(e.n for e in curve) == (data.sex == sex).sum()
        assert all(abs(e.value - e.detail["mean_score"]) < 0.15 for e in curve)
        (error,) = of(found, "expected_calibration_error", group=sex)
        assert 0 <= error.low <= error.value <= error.high < 0.08


def test_a_score_that_is_no_probability_has_ranking_but_no_calibration():
    data = sample().assign(score=lambda d: 100 * d.score)
    found = measured(calibration.check, tally(data, score="score", sensitive=("sex",)))
    assert all(e.value is None and "not a probability" in e.because for e in of(found, "expected_calibration_error"))
    assert all(e.value is not None for e in of(found, "auc"))


def test_one_label_only_has_no_auc():
    data = sample().assign(good=lambda d: np.where(d.sex == "F", 0, d.good))
    found = measured(calibration.check, tally(data, score="score", sensitive=("sex",)))
    (area,) = of(found, "auc", group="F")
    assert area.value is None
    assert "favourable" in area.because


def test_scoring_rates_of_the_law():
    data = pd.DataFrame(
        {"sex": ["Male"] * 92 + ["Female"] * 76, "score": [1.0] * 50 + [0.0] * 42 + [1.0] * 34 + [0.0] * 42}
    )
    counts = Tally.of(Decisions.of(data, Roles(score="score", sensitive=("sex",))))
    found = measured(scoring_rate.check, counts)
    assert of(found, "scoring_rate", group="Male")[0].value == pytest.approx(50 / 92)
    ratio = of(found, "scoring_impact_ratio", group="Female")[0]
    assert ratio.value == pytest.approx(0.82, abs=5e-3)
    assert ratio.low < 0.82 < ratio.high


def test_unknown_people_may_or_may_not_enter_the_median():
    data = pd.DataFrame({"sex": ["F"] * 4 + ["M"] * 4 + [None] * 5, "score": [1, 2, 3, 4, 3, 4, 5, 6] + [9] * 5})
    counts = Tally.of(Decisions.of(data, Roles(score="score", sensitive=("sex",))))
    with_ = measured(scoring_rate.check, counts)
    without = measured(scoring_rate.check, counts, unknown_in_median=False)
    assert of(with_, "scoring_rate", group="M")[0].value == 0.25  # above 5
    assert of(without, "scoring_rate", group="M")[0].value == 0.75  # above 3.5
    assert of(with_, "scoring_rate", group="unknown")[0].n == 5
    assert not of(without, "scoring_rate", group="unknown")
