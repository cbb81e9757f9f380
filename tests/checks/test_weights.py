"""Checks honour weights and clusters, or say in `assumes` that they do not."""

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.checks import funnel, periods, representation, strata
from xaikit.core.decisions import Decisions, Roles
from xaikit.stats.tally import Tally

STAGES = ["first", "last"]


def frame(n=600, seed=0):
    rng = np.random.default_rng(seed)
    first = rng.random(n) < 0.6
    last = first & (rng.random(n) < 0.6)
    return pd.DataFrame(
        {
            "sex": rng.choice(["F", "M"], n),
            "dept": rng.choice(["x", "y"], n),
            "month": rng.integers(1, 4, n),
            "w": rng.integers(1, 5, n),
            "who": rng.integers(0, 150, n),
            "first": first.astype(int),
            "last": last.astype(int),
            "good": rng.integers(0, 2, n),
            "score": rng.random(n),
            "age": rng.normal(size=n),
        }
    )


def roles(**more):
    return Roles(decision="last", sensitive="sex", control="dept", **more)


def found(check, data, asked):
    decisions, rng = Decisions.of(data, asked), np.random.default_rng(0)
    quick = {"replicates": 300, "simulations": 300}
    if check is representation:
        return list(check.check(Tally.of(decisions)))
    if check is strata:
        return list(check.check(Tally.of(decisions), rng, simulations=300))
    if check is periods:
        return list(check.check(decisions, rng, column="month", simulations=300))
    return list(check.check(decisions, rng, stages=STAGES, **quick))


@pytest.mark.parametrize("check", [representation, strata, periods, funnel])
def test_whole_weights_are_as_so_many_rows(check):
    data = frame()
    many = data.loc[data.index.repeat(data.w)].reset_index(drop=True)
    ours = {e.id: e for e in found(check, data, roles(weight="w"))}
    theirs = {e.id: e for e in found(check, many, roles())}
    assert set(ours) == set(theirs)
    kinds = ("representation", "selection_rate", "impact_ratio")
    compared = [i for i, e in theirs.items() if e.measure in kinds]
    assert compared
    for i in compared:
        assert ours[i].value == pytest.approx(theirs[i].value), i
        if ours[i].measure != "impact_ratio":
            assert ours[i].high - ours[i].low > theirs[i].high - theirs[i].low, i  # 600 rows, not 1500


@pytest.mark.parametrize("check", [representation, strata, periods, funnel])
def test_rows_repeated_within_clusters_make_nothing_surer(check):
    data = frame()
    data["who"] = np.arange(len(data))
    tripled = pd.concat([data] * 3, ignore_index=True)
    once = {e.id: e for e in found(check, data, roles(cluster="who"))}
    for e in found(check, tripled, roles(cluster="who")):
        if e.measure in ("representation", "selection_rate"):
            assert (e.low, e.high) == pytest.approx((once[e.id].low, once[e.id].high)), e.id


@pytest.mark.parametrize("role", [{"weight": "w"}, {"cluster": "who"}])
def test_every_measure_of_groups_honours_them_or_says_that_it_does_not(role):
    asked = Roles(decision="last", label="good", score="score", sensitive="sex", control="dept", **role)
    checks = {"default": {}, "periods": {"column": "month"}, "funnel": {"stages": STAGES}, "ranking": {"top": [10]}}
    data = pd.concat([frame(200).assign(who=range(200))] * 3, ignore_index=True)
    plain = xk.audit(data, roles=Roles(**{**_fields(asked), **dict.fromkeys(role)}), checks=checks)
    result = xk.audit(data, roles=asked, checks=checks)
    before = {e.id + e.source: e for e in plain.evidence}
    silent = set()
    for e in result.evidence:
        was = before.get(e.id + e.source)
        if e.value is None or "sensitive" not in e.about or was is None:
            continue
        taken = (e.value, e.low, e.high) != (was.value, was.low, was.high)
        if e.about.get("group") == e.about.get("reference", ""):  # itself: 0 without any sampling
            continue
        if e.measure.endswith("_bounds"):  # what unknown people could change; no sampling is in it
            continue
        if not taken and "assumes" not in e.detail and (e.low is not None or e.unit == "p"):
            silent.add(f"{e.source}: {e.measure}")
    assert not silent


def _fields(asked):
    return {name: getattr(asked, name) for name in asked.__dataclass_fields__}
