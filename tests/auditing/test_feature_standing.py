"""Planted worlds: what stands in, what is declared, and what lies in the data without being read."""

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.auditing.feature_standing import PROFILE
from xaikit.core.codec import dumps, loads
from xaikit.io.profiles import load_profile


def people(n=2500, seed=0):
    rng = np.random.default_rng(seed)
    black = rng.random(n) < 0.5
    area = 2 * rng.integers(0, 5, n) + (rng.random(n) < np.where(black, 0.85, 0.15))
    frame = pd.DataFrame({"race": np.where(black, "b", "w"), "zip": 60_000 + 100 * area})
    frame["hours"] = rng.normal(size=n) - 1.0 * black
    frame["skill"] = rng.normal(size=n)
    frame["idle"] = rng.normal(size=n) - 1.0 * black
    return frame


def score(table):
    odd = (table["zip"] // 100) % 2
    return 0.5 - 0.2 * odd + 0.1 * table["hours"] + 0.1 * table["skill"]


def blind(table):
    return 0.5 + 0.1 * table["hours"] + 0.1 * table["skill"]


def audited(
    model=score, features=("zip", "hours", "skill", "idle"), explain=True, profiles=("us_il_hb3773",), **roles
):
    return xk.audit(
        people(),
        roles=xk.Roles(sensitive=["race"], **roles),
        model=model,
        features=list(features),
        explain=[{"engine": "shapley", "rows": 60}] if explain else [],
        checks=["proxies", "gap_attribution"],
        profiles=list(profiles),
    )


def standing(result):
    return {s.feature: s.standing for s in result.standings}


def zip_findings(result):
    return [f for f in result.findings if f.criterion.id == "IL-zip"]


@pytest.fixture(scope="module")
def whole():
    return audited(contested=["hours"], profiles=("us_il_hb3773", PROFILE))


def test_what_tells_and_carries_is_suspected_and_nothing_else(whole):
    assert standing(whole) == {
        "zip": "suspected proxy",
        "hours": "suspected proxy",  # contested: the evidence decides
        "skill": "undeclared",  # the model leans on it, and it tells nothing
        "idle": "undeclared",  # it tells as much as hours, and the model never reads it
    }
    by = {s.feature: s for s in whole.standings}
    assert by["hours"].declared == "contested"
    assert by["zip"].declared == "undeclared"
    assert by["zip"].because.startswith("race is told from it with an AUC of 0.8")
    assert set(by["zip"].evidence) <= {e.id for e in whole.evidence}


def test_what_is_declared_legitimate_stays_so():
    result = audited(legitimate=["hours"], contested=["skill"])
    assert standing(result) == {
        "zip": "suspected proxy",
        "hours": "legitimate",
        "skill": "contested",
        "idle": "undeclared",
    }


def test_without_explanations_nothing_is_suspected():
    result = audited(explain=False)
    assert set(standing(result).values()) == {"undeclared"}
    (first, *_) = zip_findings(result)
    assert str(first.verdict) == "INCONCLUSIVE"
    assert "No explanation measured" in first.because


def test_the_standing_survives_the_file(whole):
    assert loads(dumps(whole)).standings == whole.standings


def test_the_bounds_are_those_of_the_profile(whole):
    (rule,) = load_profile(PROFILE).criteria
    assert rule.bounds == {"auc_above": 0.556, "share_above": 0.01}
    found = {f.about["feature"]: str(f.verdict) for f in whole.findings if f.criterion.id == "FS-proxy"}
    assert found == {"zip": "INCONCLUSIVE", "hours": "INCONCLUSIVE", "skill": "PASS", "idle": "PASS"}


def test_illinois_a_zip_code_that_stands_in_fails(whole):
    found = zip_findings(whole)
    assert {f.about.get("part", "") for f in found} == {"", "first 3 characters"}
    assert all(str(f.verdict) == "FAIL" for f in found)
    assert "zip (zip code) stands in" in found[0].because


def test_illinois_a_zip_code_that_is_not_read_is_named():
    result = audited(model=blind, features=("hours", "skill"))
    found = zip_findings(result)
    assert found
    assert all(str(f.verdict) == "PASS" for f in found)
    assert all("the model does not read it" in f.because for f in found)
    assert standing(result)["zip"] == "undeclared"


def test_illinois_decisions_alone_leave_it_open():
    frame = people().assign(hired=lambda f: (score(f) > 0.5).astype(int))
    result = xk.audit(
        frame,
        roles=xk.Roles(decision="hired", sensitive=["race"]),
        checks=["proxies"],
        profiles=["us_il_hb3773"],
    )
    found = zip_findings(result)
    assert all(str(f.verdict) == "INCONCLUSIVE" for f in found)
    assert "is not known" in found[0].because


def test_illinois_without_a_zip_code_says_so():
    result = xk.audit(
        people().drop(columns="zip"),
        roles=xk.Roles(sensitive=["race"]),
        model=blind,
        features=["hours", "skill"],
        checks=["proxies"],
        profiles=["us_il_hb3773"],
    )
    (only,) = zip_findings(result)
    assert str(only.verdict) == "NOT_APPLICABLE"
    assert "No column is a zip code" in only.because


def test_a_zip_code_that_the_model_reads_and_that_tells_nothing_is_a_question():
    rng = np.random.default_rng(3)
    frame = people().assign(zip=lambda f: 60_000 + 100 * rng.integers(0, 10, len(f)))
    result = xk.audit(
        frame,
        roles=xk.Roles(sensitive=["race"]),
        model=score,
        features=["zip", "hours", "skill"],
        explain=[{"engine": "shapley", "rows": 60}],
        checks=["proxies"],
        profiles=["us_il_hb3773"],
    )
    assert {str(f.verdict) for f in zip_findings(result)} == {"INCONCLUSIVE"}
    assert standing(result)["zip"] == "undeclared"
