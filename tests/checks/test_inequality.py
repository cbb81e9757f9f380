"""Inequality of benefit, person by person from the papers' formulas; decomposition, weights, clusters, nobody."""

import math

import numpy as np
import pandas as pd
import pytest

from xaikit.checks.inequality import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError
from xaikit.stats.tally import Tally

MEASURES = ("generalized_entropy", "theil_index")


def frame(n=400, seed=0):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {"sex": rng.choice(["f", "m", None], n, p=[0.4, 0.5, 0.1]), "town": rng.choice(["A", "B"], n)}
    )
    data["good"] = (rng.random(n) < 0.5).astype(int)
    data["hired"] = (rng.random(n) < np.where(data.good == 1, 0.7, 0.2) - 0.1 * (data.sex == "f")).astype(int)
    data["w"], data["who"] = rng.integers(1, 4, n), np.arange(n)
    return data


def measured(data, seed=0, sensitive=("sex",), **roles):
    asked = Roles(decision="hired", label="good", sensitive=sensitive, **roles)
    found = check(Tally.of(Decisions.of(data, asked)), np.random.default_rng(seed), replicates=400)
    return {(e.measure, e.about["sensitive"]): e for e in found}


def entropy(benefits, alpha):
    """Speicher's index, one person after the other."""
    mean = sum(benefits) / len(benefits)
    if alpha == 1:
        return sum((b / mean) * math.log(b / mean) for b in benefits if b > 0) / len(benefits)
    return sum((b / mean) ** alpha - 1 for b in benefits) / (len(benefits) * alpha * (alpha - 1))


def benefits(data):
    known = data[data.sex.notna()]
    return known.assign(benefit=known.hired - known.good + 1)


@pytest.mark.parametrize(("measure", "alpha"), [("generalized_entropy", 2), ("theil_index", 1)])
def test_it_is_the_sum_over_persons_and_falls_into_between_and_within(measure, alpha):
    data = frame()
    found, people = measured(data), benefits(data)
    whole = entropy(list(people.benefit), alpha)
    e = found[measure, "sex"]
    assert e.value == pytest.approx(whole)
    assert e.n == len(people), "whose sex is unknown is outside"
    means = people.groupby("sex").benefit.transform("mean")
    between = found[f"{measure}_between_groups", "sex"].value
    assert between == pytest.approx(entropy(list(means), alpha))
    within = sum(
        len(g) / len(people) * (g.benefit.mean() / people.benefit.mean()) ** alpha * entropy(list(g.benefit), alpha)
        for _, g in people.groupby("sex")
    )
    assert between + within == pytest.approx(whole), "Shorrocks' decomposition"


def test_features_and_their_intersection_have_their_own():
    found = measured(frame(), sensitive=("sex", "town"))
    assert {view for _, view in found} == {"sex", "town", "sex×town"}
    for measure in MEASURES:
        name = f"{measure}_between_groups"
        finer, coarser = found[name, "sex×town"].value, found[name, "sex"].value
        assert finer >= coarser - 1e-12, "more groups, more of it between them"


def test_whole_weights_are_as_so_many_rows():
    data = frame()
    many = data.loc[data.index.repeat(data.w)].reset_index(drop=True)
    ours, theirs = measured(data, weight="w"), measured(many)
    for key, e in ours.items():
        assert e.value == pytest.approx(theirs[key].value)
    assert ours["theil_index", "sex"].high - ours["theil_index", "sex"].low > (
        theirs["theil_index", "sex"].high - theirs["theil_index", "sex"].low
    )


def test_rows_repeated_within_clusters_make_nothing_surer():
    data = frame()
    tripled = pd.concat([data] * 3, ignore_index=True)
    once, apart, together = measured(data), measured(tripled), measured(tripled, cluster="who")
    for measure in MEASURES:
        widths = [f[measure, "sex"].high - f[measure, "sex"].low for f in (once, apart, together)]
        assert widths[2] == pytest.approx(widths[0], rel=0.2)
        assert widths[1] < 0.75 * widths[0]


def test_decisions_that_are_all_right_have_none():
    found = measured(frame().assign(hired=lambda t: t.good))
    assert {e.value for e in found.values()} == {0.0}


def test_where_nobody_gets_anything_there_is_nothing_to_spread():
    found = measured(frame().assign(good=1, hired=0))
    for e in found.values():
        assert e.value is e.low is e.high is None
        assert e.because.startswith("nobody has any benefit")
    one = frame().assign(good=1, hired=0)
    one.loc[int(np.flatnonzero(one.sex == "f")[0]), "hired"] = 1  # replicates without this person have no value
    found = measured(one)
    n = int(one.sex.notna().sum())
    assert found["theil_index", "sex"].value == pytest.approx(math.log(n))
    for e in found.values():
        assert np.isfinite([e.low, e.high]).all()
        assert e.low <= e.value <= e.high


def test_one_group_has_nothing_between():
    data = frame().assign(sex="f")
    found = measured(data)
    assert found["theil_index", "sex"].value > 0
    assert found["theil_index_between_groups", "sex"].value == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("missing", ["decision", "label"])
def test_without_labels_or_decisions_there_is_no_benefit(missing):
    roles = {k: v for k, v in (("decision", "hired"), ("label", "good")) if k != missing}
    tally = Tally.of(Decisions.of(frame(), Roles(sensitive=("sex",), **roles)))
    with pytest.raises(AbsentError, match="without labels and decisions"):
        list(check(tally, np.random.default_rng(0)))
