"""Calibration within groups by loops over people and pairs, and scikit-learn's fits; what is not defined, and why."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from xaikit.checks.calibration import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError
from xaikit.stats.tally import Tally


def frame(n=600, seed=0, digits=2):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {"sex": rng.choice(["f", "m", None], n, p=[0.4, 0.5, 0.1]), "town": rng.choice(["A", "B"], n)}
    )
    data["score"] = np.round(rng.beta(2, 2, n), digits)
    data["good"] = (rng.random(n) < data.score * np.where(data.sex == "f", 0.8, 1)).astype(int)
    data["w"], data["who"] = rng.integers(1, 4, n), np.arange(n) // 3
    return data


def measured(data, sensitive=("sex",), **parameters):
    roles = {k: parameters.pop(k) for k in ("weight", "cluster") if k in parameters}
    asked = Roles(score="score", label="good", sensitive=sensitive, **roles)
    tally = Tally.of(Decisions.of(data, asked))
    return list(check(tally, np.random.default_rng(0), **{"replicates": 300, **parameters}))


def of(evidence, measure, group, view="sex"):
    return [e for e in evidence if e.measure == measure and (e.about["group"], e.about["sensitive"]) == (group, view)]


def bins_by_loop(score, label, bins):
    """People, favourable labels and scores of each bin of equal width, each holding its upper edge."""
    out = [[0, 0, 0.0] for _ in range(bins)]
    for s, y in zip(score, label, strict=True):
        b = next(b for b in range(bins) if s <= (b + 1) / bins + 1e-12)
        out[b] = [out[b][0] + 1, out[b][1] + y, out[b][2] + s]
    return out


@pytest.mark.parametrize(("bins", "digits"), [(10, 2), (4, 1), (10, 12), (7, 2)])
def test_error_and_curve_are_those_of_a_loop(bins, digits):
    data = frame(3000, digits=digits)
    evidence = measured(data, bins=bins)
    for group in ("f", "m"):
        mine = data[data.sex == group]
        cells = bins_by_loop(mine.score, mine.good, bins)
        (error,) = of(evidence, "expected_calibration_error", group)
        assert error.value == pytest.approx(sum(abs(y - s) for n, y, s in cells) / len(mine))
        assert error.n == len(mine)
        assert error.detail["mean_score"] == pytest.approx(mine.score.mean())
        assert error.detail["exact"] is True
        curve = {int(e.about["bin"]): e for e in of(evidence, "calibration", group)}
        assert set(curve) == {b + 1 for b, (n, _, _) in enumerate(cells) if n}, "an empty bin has no rate"
        for b, e in curve.items():
            n, y, s = cells[b - 1]
            assert (e.value, e.n) == (pytest.approx(y / n), n)
            assert e.detail["mean_score"] == pytest.approx(s / n)
            assert 0 <= e.low <= e.value <= e.high <= 1


def test_seven_bins_of_many_scores_are_told_to_be_near_and_are():
    data = frame(3000, digits=12)
    (error,) = of(measured(data, bins=7), "expected_calibration_error", "m")
    mine = data[data.sex == "m"]
    assert error.detail["exact"] is False
    expected = sum(abs(y - s) for _, y, s in bins_by_loop(mine.score, mine.good, 7)) / len(mine)
    assert error.value == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("digits", [1, 12], ids=["ties", "no ties"])
def test_auc_is_that_of_all_pairs_and_its_error_that_of_leaving_one_out(digits):
    data = frame(200, digits=digits)
    for group in ("f", "m"):
        mine = data[data.sex == group].reset_index(drop=True)
        (e,) = of(measured(data), "auc", group)
        pairs = [(a > b) + (a == b) / 2 for a in mine.score[mine.good == 1] for b in mine.score[mine.good == 0]]
        assert e.value == pytest.approx(np.mean(pairs))
        assert e.value == pytest.approx(roc_auc_score(mine.good, mine.score))
        assert (e.detail["positives"], e.detail["negatives"]) == (mine.good.sum(), (1 - mine.good).sum())
        spread = 0.0
        for label in (0, 1):  # the jackknife within labels is DeLong's
            rows = np.flatnonzero(mine.good == label)
            left = [roc_auc_score(mine.good.drop(i), mine.score.drop(i)) for i in rows]
            spread += (len(rows) - 1) / len(rows) * np.sum((left - np.mean(left)) ** 2)
        half = 1.959964 * np.sqrt(spread) / (e.value * (1 - e.value))
        logit = np.log(e.value / (1 - e.value))
        assert (e.low, e.high) == pytest.approx(
            tuple(1 / (1 + np.exp(-(logit + s * half))) for s in (-1, 1)), rel=1e-3
        )


def test_slope_and_intercept_are_scikit_learns():
    data = frame(2000)
    evidence = measured(data)
    for group in ("f", "m"):
        mine = data[data.sex == group]
        odds = np.log(np.clip(mine.score, 1e-6, 1 - 1e-6) / (1 - np.clip(mine.score, 1e-6, 1 - 1e-6)))
        fit = LogisticRegression(C=1e12, tol=1e-10, max_iter=1000).fit(odds.to_numpy()[:, None], mine.good)
        (slope,), (intercept,) = (of(evidence, f"calibration_{m}", group) for m in ("slope", "intercept"))
        assert slope.value == pytest.approx(fit.coef_[0, 0], rel=1e-4)
        assert intercept.value == pytest.approx(fit.intercept_[0], abs=1e-4)
        p = fit.predict_proba(odds.to_numpy()[:, None])[:, 1]
        design = np.column_stack([np.ones(len(odds)), odds])
        errors = np.sqrt(np.diag(np.linalg.inv((design * (p * (1 - p))[:, None]).T @ design)))
        for e, error in ((intercept, errors[0]), (slope, errors[1])):
            assert e.high - e.low == pytest.approx(2 * 1.959964 * error, rel=1e-3)


def test_a_group_of_one_label_has_no_auc_and_no_slope_and_says_which_is_missing():
    for good, missing in ((1, "unfavourable"), (0, "favourable")):
        data = frame()
        data.loc[data.sex == "f", "good"] = good
        evidence = measured(data)
        (auc,), (slope,) = of(evidence, "auc", "f"), of(evidence, "calibration_slope", "f")
        assert auc.value is None
        assert auc.because == f"nobody in the group has a label that is {missing}"
        assert slope.value is None
        assert "one label only" in slope.because
        (error,) = of(evidence, "expected_calibration_error", "f")
        mine = data[data.sex == "f"].score
        assert error.value == pytest.approx((1 - mine).mean() if good else mine.mean()), (
            "and has an error all the same"
        )
        assert of(evidence, "auc", "m")[0].value is not None


def test_one_score_separated_labels_and_one_person():
    data = frame().assign(score=0.5)
    evidence = measured(data)
    assert of(evidence, "auc", "f")[0].value == 0.5
    assert of(evidence, "calibration_slope", "f")[0].value is None
    apart = frame().assign(good=lambda t: (t.score > 0.5).astype(int))
    evidence = measured(apart)
    (auc,) = of(evidence, "auc", "f")
    assert auc.value == auc.high == 1
    assert 0.9 < auc.low < 1, "of 240 people, and not of infinitely many"
    assert of(evidence, "calibration_slope", "f")[0].because.endswith("labels that a score separates")
    alone = frame()
    alone.loc[0, "sex"] = "x"
    (error,) = of(measured(alone), "expected_calibration_error", "x")
    assert (error.n, error.value) == (1, pytest.approx(abs(alone.good[0] - alone.score[0])))
    assert np.isfinite([error.low, error.high]).all()


@pytest.mark.parametrize(("shift", "scale"), [(-0.5, 1), (0, 3)])
def test_a_score_that_is_no_probability_is_ranked_and_not_calibrated(shift, scale):
    data = frame().assign(score=lambda t: scale * (t.score + shift))
    evidence = measured(data)
    (error,) = of(evidence, "expected_calibration_error", "f")
    assert error.value is None
    assert "not a probability" in error.because
    assert not of(evidence, "calibration_slope", "f")
    assert of(evidence, "auc", "f")[0].value == pytest.approx(of(measured(frame()), "auc", "f")[0].value)


def test_the_ends_of_the_scale_are_scores_too():
    data = frame()
    data.loc[:20, "score"], data.loc[21:40, "score"] = 0.0, 1.0
    (error,) = of(measured(data), "expected_calibration_error", "m")
    mine = data[data.sex == "m"]
    cells = bins_by_loop(mine.score, mine.good, 10)
    assert error.value == pytest.approx(sum(abs(y - s) for _, y, s in cells) / len(mine))


def test_intersections_are_groups_and_shards_are_the_whole():
    data = frame()
    evidence = measured(data, sensitive=("sex", "town"))
    mine = data[(data.sex == "f") & (data.town == "B")]
    (auc,) = of(evidence, "auc", "f×B", "sex×town")
    assert (auc.n, auc.value) == (len(mine), pytest.approx(roc_auc_score(mine.good, mine.score)))
    asked = Roles(score="score", label="good", sensitive=("sex",))
    parts = [Tally.of(Decisions.of(part, asked)) for part in (data[:200], data[200:].reset_index(drop=True))]
    merged = list(check(parts[0] + parts[1], np.random.default_rng(0), replicates=300))
    assert {e.id: e.value for e in merged} == pytest.approx({e.id: e.value for e in measured(data)})


@pytest.mark.parametrize("role", [{"weight": "w"}, {"cluster": "who"}], ids=["weight", "cluster"])
def test_rows_are_counted_plainly_and_it_is_said(role):
    plain, told = measured(frame()), measured(frame(), **role)
    assert {e.id: e.value for e in plain} == {e.id: e.value for e in told}
    assert all(e.detail["assumes"] == "independent rows of equal weight; these are not" for e in told if e.value)
    assert not any("assumes" in e.detail for e in plain)


@pytest.mark.parametrize("missing", ["score", "label"])
def test_without_scores_or_labels_it_is_skipped(missing):
    roles = {k: v for k, v in (("score", "score"), ("label", "good")) if k != missing}
    tally = Tally.of(Decisions.of(frame(), Roles(sensitive=("sex",), **roles)))
    with pytest.raises(AbsentError, match=f"without {missing}s"):
        list(check(tally, np.random.default_rng(0)))


@pytest.mark.parametrize("up", [True, False], ids=["always above", "always below"])
def test_a_perfect_area_is_limited_by_pairs_that_share_nobody(up):
    # 12 favourable and 20 others: twelve pairs without a common person, all the same way round; P = A ** 12
    scores = np.r_[np.linspace(0.6, 0.9, 12), np.linspace(0.1, 0.4, 20)]
    data = pd.DataFrame({"sex": "f", "score": scores if up else 1 - scores, "good": [1] * 12 + [0] * 20})
    (e,) = of(measured(data), "auc", "f")
    least = 0.025 ** (1 / 12)
    assert (e.value, e.low, e.high) == ((1, pytest.approx(least), 1) if up else (0, 0, pytest.approx(1 - least)))
