"""Calibration, flips and recourse of the same people in two audits: tested row by row, from what was kept of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.auditing.compare import compare
from xaikit.auditing.models import as_model
from xaikit.auditing.pairing import ANOTHER, NOT_NOTED
from xaikit.auditing.plan import plan
from xaikit.auditing.run import run
from xaikit.auditing.spec import parse
from xaikit.core.traces import Traced
from xaikit.io.rows import load_rows, save_rows

CHECKS = {"calibration": {"replicates": 200}, "attribute_flip": None, "recourse": {"rows": 120, "examples": 0}}
TURNED = {"expected_calibration_error", "attribute_flip_to_favourable", "recourse_cost_gap"}


def people(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"who": np.arange(n), "female": rng.integers(0, 2, n), "skill": rng.normal(size=n)})
    frame["years"] = rng.integers(0, 20, n) - 2 * frame.female
    frame["good"] = (rng.random(n) < 1 / (1 + np.exp(-frame.skill - 0.1 * (frame.years - 10)))).astype(int)
    return frame


def scorer(sharp, penalty):
    def score(batch):
        female, skill, years = np.asarray(batch, dtype=float).T
        return 1 / (1 + np.exp(-sharp * (skill + 0.1 * (years - 10) - penalty * female)))

    return score


def audited(frame, model, **data):
    spec = {
        "title": "a",
        "data": {"path": "(in memory)", "id": "who", **data},
        "roles": {"label": "good", "sensitive": ["female"]},
        "model": {"adapter": "function", "features": ["female", "skill", "years"]},
        "checks": CHECKS,
        "profiles": [],
        "explain": [],
    }
    kept = []
    result = run(plan(parse(spec, "test"), frame=frame, model=as_model(model)), keep=kept.append)
    assert [s.because for s in result.steps if s.status != "ran"] == []
    return result, kept[0]


@pytest.fixture(scope="module")
def both():
    frame = people()
    return audited(frame, scorer(1.0, 0.2)), audited(frame, scorer(1.5, 0.32))


def told(found):
    return {(c.after.measure, *sorted(c.after.about.items())): c for c in found.compared}


def test_they_are_tested_row_by_row_and_find_more(both):
    (before, rows), (after, rows_after) = both
    paired, alone = told(compare(before, after, rows=(rows, rows_after))), told(compare(before, after))
    assert {c.after.measure for c in paired.values()} >= TURNED
    assert all(c.paired and not c.because for c in paired.values())
    for c in (c for c in paired.values() if c.after.measure in TURNED):
        assert c.difference == pytest.approx(c.after.value - c.before.value)
    for measure in TURNED:
        for key in (k for k in paired if k[0] == measure):
            widths = [c.high - c.low for c in (paired[key], alone[key])]
            assert widths[0] < widths[1] * (1 if "calibration" in measure else 0.9), key


def test_what_was_noted_is_what_the_model_answered(both):
    (before, rows), _ = both
    frame = people()
    score = scorer(1.0, 0.2)
    own = score(frame[["female", "skill", "years"]])
    other = score(frame.assign(female=1 - frame.female)[["female", "skill", "years"]])
    for group in (0, 1):
        mine = (frame.female == group).to_numpy()
        noted = rows.traces["attribute_flip_to_favourable", "female", str(1 - group)]
        np.testing.assert_array_equal(noted[mine], ((own < 0.5) & (other >= 0.5))[mine])
        assert np.isnan(noted[~mine]).all()
    cost = rows.traces[("recourse_cost",)]
    assert np.isnan(cost[own >= 0.5]).all()
    assert before.measured("recourse_cost")[0].value == pytest.approx(np.nanmean(cost))


def test_rows_in_another_order_after_a_file_give_the_same(both, tmp_path):
    (before, rows), _ = both
    shuffled = people().sample(frac=1, random_state=1).reset_index(drop=True)
    after, rows_after = audited(shuffled, scorer(1.0, 0.2))
    for name, kept in (("a", rows), ("b", rows_after)):
        save_rows(kept, tmp_path / name, name)
    loaded = tuple(load_rows(tmp_path / name, name) for name in ("a", "b"))
    found = told(compare(before, after, rows=loaded))
    assert all(c.paired for c in found.values())
    flips = [c for key, c in found.items() if "flip" in key[0]]
    assert flips
    assert all(c.difference == 0 and c.p == 1 for c in flips), "the same model of the same people"


def test_flips_of_more_people_than_were_audited_are_not_paired_and_it_is_said(both):
    frame = people().assign(office=lambda t: np.where(t.who % 2, "east", "west"))
    sides = [audited(frame, scorer(*m), where={"office": "east"}) for m in ((1.0, 0.2), (1.5, 0.32))]
    found = told(compare(*(r for r, _ in sides), rows=tuple(d for _, d in sides)))
    flips = [c for key, c in found.items() if "flip" in key[0]]
    assert flips
    assert all(not c.paired and c.because == NOT_NOTED for c in flips)
    assert all(c.paired for key, c in found.items() if "flip" not in key[0])


def test_what_was_noted_of_another_model_is_not_believed(both):
    (before, rows), (after, rows_after) = both
    wrong = Traced.with_traces(rows_after, rows.traces)
    found = told(compare(before, after, rows=(rows, wrong)))
    reasons = {key[0]: c.because for key, c in found.items() if not c.paired}
    assert reasons["recourse_cost_gap"] == reasons["attribute_flip_to_favourable"] == ANOTHER


def test_clusters_widen_what_is_tested(both):
    frame = pd.concat([people(700)] * 2, ignore_index=True).assign(who=range(1400), team=np.tile(np.arange(700), 2))
    sides = [audited(frame, scorer(*m)) for m in ((1.0, 0.2), (1.5, 0.32))]
    rows = tuple(d for _, d in sides)
    clustered = tuple(replace(d, cluster=frame.team.to_numpy()) for d in rows)
    results = [r for r, _ in sides]
    alone, together = (told(compare(*results, rows=r)) for r in (rows, clustered))
    for key, c in together.items():
        assert c.paired
        if "flip" in key[0]:  # recourse is searched for a few, of whom hardly two are of one team
            assert c.high - c.low > 1.05 * (alone[key].high - alone[key].low) or c.difference == 0, key


def test_a_gap_that_turned_round_is_still_one_gap():
    sides = [audited(people(), scorer(1.0, p)) for p in (0.5, -0.9)]
    found = told(compare(*(r for r, _ in sides), rows=tuple(d for _, d in sides)))
    (gap,) = [c for key, c in found.items() if key[0] == "recourse_cost_gap"]
    assert gap.paired
    assert gap.before.value < 0 < gap.after.value
    assert gap.difference == pytest.approx(gap.after.value - gap.before.value)


def test_the_page_says_which_are_paired_and_why_others_are_not():
    frame = people(600).assign(office=lambda t: np.where(t.who % 2, "east", "west"))
    sides = [audited(frame, scorer(*m), where={"office": "east"}) for m in ((1.0, 0.2), (1.5, 0.32))]
    found = compare(*(r for r, _ in sides), rows=tuple(d for _, d in sides))
    from xaikit.report.comparison import render_comparison

    page = render_comparison(found)
    assert NOT_NOTED in page
    assert "row by row." in page
    assert "exchanging each person" in page
    assert xk.__version__ in page
