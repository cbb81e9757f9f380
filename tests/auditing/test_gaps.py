"""Rows with missing values are explained as they are where the model takes them, and refused where it does not."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import xaikit as xk
from tests.oracles.shapley import brute_force, marginal_game
from xaikit.auditing.gaps import takes_gaps
from xaikit.auditing.models import as_model


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(900, 4)), columns=["skill", "hours", "tests", "gap"])
    label = (frame.skill + 0.7 * frame.hours * frame.tests + rng.normal(size=900) > 0).astype(int)
    holes = rng.random(frame.shape) < 0.12
    return frame.mask(holes), label


@pytest.mark.parametrize("as_frame", [True, False])
@pytest.mark.parametrize("kind", ["trees", "pipeline"])
def test_values_of_rows_with_gaps_are_those_of_the_definition(kind, as_frame, table):
    x, y = table if as_frame else (table[0].to_numpy(), table[1])
    fills = make_pipeline(SimpleImputer(add_indicator=True), LogisticRegression())
    model = (HistGradientBoostingClassifier(max_iter=20) if kind == "trees" else fills).fit(x, y)
    few, behind = x[:4], x[40:60]
    assert np.isnan(np.asarray(few)).any()
    assert np.isnan(np.asarray(behind)).any()

    def positive(rows):
        return model.predict_proba(pd.DataFrame(rows, columns=x.columns) if as_frame else rows)[:, 1]

    found = xk.explain(model, few, background=behind, target=1)
    for row, values in zip(np.asarray(few), found.values[..., 0], strict=True):
        true = brute_force(marginal_game(positive, row, np.asarray(behind)), 4)[:, 0]
        assert np.allclose(values, true, atol=1e-9)


def test_a_model_that_does_not_take_gaps_is_not_given_them(table):
    net = torch.nn.Sequential(torch.nn.Linear(4, 1))
    gaps = table[0].to_numpy(dtype="float32")
    assert not takes_gaps(as_model(net), gaps)
    assert takes_gaps(as_model(net), np.nan_to_num(gaps))
    with pytest.raises(xk.DataError, match=r"X: got NaN or Inf in \d+ rows.*fill or drop them"):
        xk.explain(net, gaps, background=np.nan_to_num(gaps[:9]))
    with pytest.raises(xk.DataError, match="background: got NaN"):
        xk.explain(net, np.nan_to_num(gaps[:9]), background=gaps)


def test_infinite_numbers_are_refused_by_all(table):
    x, y = table
    model = HistGradientBoostingClassifier(max_iter=5).fit(x, y)
    with pytest.raises(xk.DataError, match="columns 'tests'"):
        xk.explain(model, x[:5].assign(tests=np.inf), background=x)


@pytest.mark.slow
def test_an_audit_of_a_table_with_gaps_fails_no_step(table):
    x, y = table
    sex = np.random.default_rng(4).choice(["f", "m"], len(x))
    model = HistGradientBoostingClassifier(max_iter=30).fit(x, y)
    roles = xk.Roles(sensitive=["sex"], label="y")
    checks = [
        *("background_sanity", "individual", "manipulation", "stability", "importance"),
        *("gap_attribution", "permutation_importance", "recourse", "proxies"),
    ]
    found = xk.audit(x.assign(sex=sex, y=y), roles=roles, model=model, explain=["shapley"], checks=checks)
    assert {s.name: s.status for s in found.steps} == dict.fromkeys(["shapley", *checks], "ran")
    told = {e.measure: e for e in found.evidence}
    assert told["twin_disagreement"].high < 0.2  # an honest model, by the bound of the profile
    assert told["consistency"].value is not None
    assert told["background_p"].value > 0.01


@pytest.fixture(scope="module")
def screened(table):
    x, y = table
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(x, y)
    scores = model.predict_proba(x)[:, 1]
    whole = ~x.isna().any(axis=1)
    rejected = np.flatnonzero((scores < 0.45) & whole)[:40], np.flatnonzero((scores < 0.45) & ~whole)[:5]
    return model, x, rejected


def test_changes_are_searched_among_complete_rows(screened):
    model, x, (rejected, _) = screened
    found = xk.explain(model, x.iloc[rejected], background=x, engine="counterfactual", target=1)
    full = xk.explain(model, x.iloc[rejected], background=x.dropna(), engine="counterfactual", target=1)
    assert found.converged.all()
    assert np.array_equal(found.values, full.values)
    proposed = pd.DataFrame(found.detail["proposed"][:, 0].astype(float), columns=x.columns)
    assert (model.predict_proba(proposed)[:, 1] >= 0.5).all()


def test_a_row_with_a_gap_is_not_said_to_have_no_recourse(screened):
    model, x, (rejected, gaps) = screened
    with pytest.raises(xk.DataError, match="1 rows in which a number is missing, the first of them row 2"):
        xk.explain(model, x.iloc[[rejected[0], gaps[0]]], background=x, engine="counterfactual", target=1)
    frame = x.assign(sex=np.where(np.arange(len(x)) % 2, "f", "m"))
    checks = {"recourse": {"rows": 60}, "applicant": {"ids": [str(gaps[0]), str(rejected[0])], "immutable": []}}
    roles = xk.Roles(sensitive=["sex"])
    audit = xk.audit(frame, roles=roles, model=model, threshold=0.45, checks=checks)
    everybody = next(e for e in audit.measured("recourse_found") if not e.about)
    assert everybody.value > 0.9
    assert everybody.detail["left_out_with_gaps"] > 50
    (told,) = audit.measured("applicant_recourse_found", case=str(gaps[0]))
    assert told.value is None
    assert "number is missing" in told.because
    (other,) = audit.measured("applicant_recourse_found", case=str(rejected[0]))
    assert other.value == 1
    page = audit.to_html()
    assert page.count("a number is missing in this row: ways are searched for complete rows") >= 1
    assert "No change was found within the stated constraints" not in page
