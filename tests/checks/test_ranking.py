from math import log, log2

import numpy as np
import pandas as pd
import pytest

from xaikit.checks import individual, ranking
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError, DataError


def decisions(data, **roles):
    return Decisions.of(data, Roles(**{"score": "score", "sensitive": ("sex",), **roles}))


def measured(data, roles=None, **parameters):
    return list(ranking.check(decisions(data, **(roles or {})), np.random.default_rng(0), **parameters))


def one(found, measure, **about):
    (e,) = [e for e in found if e.measure == measure and all(e.about.get(k) == v for k, v in about.items())]
    return e


def ndkl_by_loop(groups):
    """From the paper: every prefix against the whole."""
    names, n = sorted(set(groups)), len(groups)
    whole = {g: groups.count(g) / n for g in names}
    total = norm = 0.0
    for i in range(1, n + 1):
        share = {g: groups[:i].count(g) / i for g in names}
        kl = sum(s * log(s / whole[g]) for g, s in share.items() if s > 0)
        total, norm = total + kl / log2(i + 1), norm + 1 / log2(i + 1)
    return total / norm


def test_ndkl_and_exposure_equal_their_definitions():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"sex": rng.choice(["F", "M", "X"], 60), "score": rng.permutation(60) * 1.0})
    found = measured(data, top=[10])
    order = data.sort_values("score", ascending=False).sex.tolist()
    assert one(found, "ndkl").value == pytest.approx(ndkl_by_loop(order))
    seen = {g: np.mean([1 / log2(i + 2) for i, v in enumerate(order) if v == g]) for g in "FMX"}
    for g in "FMX":
        assert one(found, "exposure", group=g).value == pytest.approx(seen[g])
        assert one(found, "exposure_ratio", group=g).value == pytest.approx(seen[g] / max(seen.values()))
        assert one(found, "top_rate", group=g).value == pytest.approx(order[:10].count(g) / order.count(g))
        assert one(found, "top_rate", group=g).detail["share_of_the_head"] == pytest.approx(order[:10].count(g) / 10)


def test_each_vacancy_is_a_list_of_its_own():
    data = pd.DataFrame({"sex": list("FMFMMF"), "score": [3, 2, 1, 9, 8, 7.0], "job": list("aaabbb")})
    found = measured(data, {"cluster": "job"}, top=[1])
    expected = (3 * ndkl_by_loop(list("FMF")) + 3 * ndkl_by_loop(list("MMF"))) / 6
    assert one(found, "ndkl").value == pytest.approx(expected)
    assert one(found, "top_rate", group="F").value == pytest.approx(1 / 3)
    assert one(found, "ndkl").detail["lists"] == 2


def test_chance_is_told_from_order():
    rng = np.random.default_rng(1)
    sex = rng.choice(["F", "M"], 400)
    fair = pd.DataFrame({"sex": sex, "score": rng.random(400)})
    unfair = fair.assign(score=lambda d: d.score + 0.3 * (d.sex == "M"))
    assert one(measured(fair, top=[5], shuffles=300), "ndkl").detail["p"] > 0.05
    assert one(measured(unfair, top=[5], shuffles=300), "ndkl").detail["p"] < 0.01
    assert one(measured(unfair, top=[5], shuffles=300), "exposure", group="F").detail["p"] < 0.01


def test_ties_are_broken_by_lot_and_the_unknown_are_left_out():
    data = pd.DataFrame({"sex": ["F"] * 50 + ["M"] * 50 + [None] * 20, "score": [1.0] * 100 + [5.0] * 20})
    found = measured(data, top=[10], shuffles=200)
    assert one(found, "ndkl").n == 100
    assert one(found, "ndkl").detail["p"] > 0.01


def test_without_scores_it_is_skipped():
    data = pd.DataFrame({"sex": ["F", "M"], "hired": [1, 0], "score": [1.0, 2.0]})
    with pytest.raises(AbsentError, match="without scores"):
        list(ranking.check(decisions(data, score=None, decision="hired"), np.random.default_rng(0), top=[1]))


def people(n=300, seed=0):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {"sex": rng.choice(["F", "M"], n), "years": rng.normal(5, 2, n), "grade": rng.choice(list("abc"), n)}
    )
    data["hired"] = (data.years > 5).astype(int)
    return data


def treated(data, **parameters):
    d = Decisions.of(data, Roles(decision="hired", sensitive=("sex",)))
    return list(individual.check(d, data[["years", "grade", "sex"]], np.random.default_rng(0), **parameters))


def test_consistency_equals_the_loop_over_neighbours():
    data = people(80)
    found = treated(data, neighbours=4)
    table = pd.get_dummies(data[["years", "grade"]], dtype=float)
    z = ((table - table.mean()) / table.std(ddof=0)).to_numpy()
    like = []
    for i in range(len(z)):
        far = np.linalg.norm(z - z[i], axis=1)
        far[i] = np.inf
        like.append(1 - abs(data.hired[i] - data.hired.to_numpy()[np.argsort(far)[:4]].mean()))
    (whole,) = [e for e in found if e.measure == "consistency" and not e.about]
    assert whole.value == pytest.approx(np.mean(like))
    women = one(found, "consistency", group="F")
    assert women.value == pytest.approx(np.array(like)[data.sex == "F"].mean())
    assert women.low <= women.value <= women.high


def test_identical_people_are_not_their_own_neighbours():
    data = pd.DataFrame({"sex": ["F", "M"] * 20, "years": [1.0] * 40, "grade": ["a"] * 40, "hired": [0, 1] * 20})
    (whole,) = [e for e in treated(data, neighbours=39) if e.measure == "consistency" and not e.about]
    assert whole.value == pytest.approx(1 - 20 / 39)


def test_the_fliptest_finds_a_bar_that_is_higher_for_women():
    data = people(1500)
    fair = one(treated(data), "FT", group="F")
    data["hired"] = (data.years > np.where(data.sex == "F", 6, 5)).astype(int)
    unfair = one(treated(data), "FT", group="F")
    assert abs(fair.value) < 0.03
    assert unfair.low > 0.1
    assert unfair.detail["turned_down_unlike_their_likes"] > 100
    assert one(treated(data), "FT", group="M").value < -0.1


def test_rows_that_do_not_fit():
    data = people(20)
    d = Decisions.of(data, Roles(decision="hired", sensitive=("sex",)))
    with pytest.raises(DataError, match="19 rows of inputs"):
        list(individual.check(d, data[["years"]][:19], np.random.default_rng(0)))
    with pytest.raises(AbsentError, match="no feature"):
        list(individual.check(d, data[["sex"]], np.random.default_rng(0)))
