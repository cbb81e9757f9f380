import numpy as np
import pandas as pd
import pytest
import torch

import xaikit as xk
from tests.compute.hiring import FEATURES, IMMUTABLE, NUMBERS, ONLY_INCREASE, Screener, applicants

TABLE = applicants(3000)
NET = Screener(TABLE)
SCORES = NET(TABLE)
PEOPLE = TABLE[2500:][SCORES[2500:] < 0.5][FEATURES][:30]
DECLARED = {"immutable": list(IMMUTABLE), "only_increase": list(ONLY_INCREASE)}


def score(table):
    return NET(table.astype(dict.fromkeys(NUMBERS, float)))


def asked(people=PEOPLE, **parameters):
    given = {**DECLARED, **parameters}
    return xk.explain(score, people, background=TABLE[:2500][FEATURES], engine="counterfactual", **given)


@pytest.fixture(scope="module")
def found():
    return asked()


def test_from_a_notebook_any_callable_gets_its_recourse(found):
    assert found.values.shape == (30, len(FEATURES), 1)
    assert found.converged.all()
    assert found.engine == "counterfactual"
    assert found.prediction[:, 0] == pytest.approx(SCORES[PEOPLE.index], abs=1e-6)
    changed = PEOPLE.copy().astype(dict.fromkeys(NUMBERS, float))
    for i, row in enumerate(PEOPLE.index):
        for j, feature in enumerate(FEATURES):
            if feature in NUMBERS:
                changed.loc[row, feature] += found.values[i, j, 0]
            elif found.values[i, j, 0]:
                assert found.values[i, j, 0] == 1
                changed.loc[row, feature] = found.alternatives[i][0].changes[feature][1]
    assert (NET(changed) >= 0.5).all()
    fixed = [FEATURES.index(f) for f in IMMUTABLE]
    assert (found.values[:, fixed] == 0).all()
    assert (found.values[:, [FEATURES.index(f) for f in ONLY_INCREASE]] >= 0).all()


def test_every_alternative_is_accepted_and_says_its_score_cost_and_plausibility(found):
    several = 0
    for i, ways in enumerate(found.alternatives):
        several += len(ways) > 1
        sets = [frozenset(w.changes) for w in ways]
        assert len(set(sets)) == len(sets)
        for way in ways:
            row = PEOPLE.iloc[[i]].astype(dict.fromkeys(NUMBERS, float))
            for feature, (before, after) in way.changes.items():
                assert row[feature].iloc[0] == before
                row[feature] = after
            assert way.score == pytest.approx(float(NET(row)[0]), abs=1e-6)
            assert way.score >= 0.5
            assert 0 < way.plausibility <= 1
            assert way.cost > 0
        assert str(ways[0]).count("→") == len(ways[0].changes)
    assert several > 25
    assert np.nanmean(found.detail["diversity"]) >= 0.8


def test_who_has_no_recourse_gets_nan_and_a_note():
    none = asked(PEOPLE[:4], immutable=FEATURES, only_increase=None)
    assert np.isnan(none.values).all()
    assert not none.converged.any()
    assert none.alternatives == ((), (), (), ())
    assert "4 of 4 rows have no recourse within the stated constraints" in none.notes


def test_who_is_accepted_needs_no_change():
    best = TABLE[FEATURES].iloc[[int(SCORES.argmax())]]
    both = asked(pd.concat([best, PEOPLE[:1]]))
    assert (both.values[0] == 0).all()
    assert both.alternatives[0] == ()
    assert both.alternatives[1]
    assert "1 of 2 rows are accepted as they are" in both.notes


def test_that_nothing_was_declared_immutable_is_noted():
    assert any("immutable" in n for n in asked(PEOPLE[:1], immutable=None, only_increase=None).notes)
    assert not any("immutable" in n for n in asked(PEOPLE[:1]).notes)


def test_a_net_a_lower_threshold_and_a_score_of_which_less_is_better():
    torch_net = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Sigmoid())
    with torch.no_grad():
        torch_net[0].weight.copy_(torch.tensor([[2.0, 0.0, -1.0]]))
        torch_net[0].bias.zero_()
    x = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    risk = torch_net(torch.tensor(x)).detach().numpy()[:, 0]
    people = x[risk > 0.6][:10]
    safer = xk.explain(
        torch_net, people, background=x, engine="counterfactual", target=lambda y: -y[:, 0], threshold=-0.3, k=1
    )
    after = people + safer.values[..., 0].astype(np.float32)
    assert (torch_net(torch.tensor(after)).detach().numpy()[:, 0] <= 0.3).all()
    assert (safer.values[:, 1] == 0).all()  # the net does not read it
    kept = xk.explain(torch_net, people, background=x, engine="counterfactual", immutable=["x0"], threshold=0.99, k=1)
    assert (np.nan_to_num(kept.values[:, 0]) == 0).all()


def test_of_two_outputs_the_last_is_favourable_and_of_three_one_must_be_named():
    x = np.random.default_rng(0).normal(size=(300, 2))

    def two(rows):
        p = 1 / (1 + np.exp(-rows[:, 0]))
        return np.stack([1 - p, p], axis=1)

    people = x[x[:, 0] < 0][:5]
    found = xk.explain(two, people, background=x, engine="counterfactual", k=1)
    assert (people[:, 0] + found.values[:, 0, 0] >= 0).all()
    with pytest.raises(xk.SpecError, match="got 3 outputs"):
        xk.explain(lambda r: np.ones((len(r), 3)), people, background=x, engine="counterfactual")


def test_a_parameter_or_feature_that_is_not_there_gives_the_nearest_name():
    with pytest.raises(xk.SpecError, match="Did you mean 'education'"):
        asked(only_increase=["eduction"])
    with pytest.raises(xk.SpecError, match="Did you mean 'immutable'"):
        asked(immutabel=["age"])


def test_it_is_kept_on_disk_with_its_alternatives(found, tmp_path):
    found.save(tmp_path / "ways.npz")
    again = xk.Explanation.load(tmp_path / "ways.npz")
    assert again.alternatives == found.alternatives
    assert np.array_equal(again.values, found.values)
    assert found[3:5].alternatives == found.alternatives[3:5]


def test_it_draws_itself_and_becomes_a_frame(found):
    assert str(found.alternatives[0][0]) in found._repr_html_()
    none = asked(PEOPLE[:2], immutable=FEATURES, only_increase=None)._repr_html_()
    assert none.count("no recourse within the stated constraints") >= 2
    frame = found.to_frame()
    assert len(frame) == 30 * len(FEATURES)


def test_other_engines_have_no_alternatives():
    x = np.zeros((2, 2))
    with pytest.raises(xk.XaikitError, match='engine="counterfactual"'):
        _ = xk.explain(lambda r: r[:, 0], x, background=x).alternatives


def test_in_an_audit_the_check_is_named_instead():
    with pytest.raises(xk.SpecError, match=r"checks: \{recourse"):
        xk.audit(TABLE, roles=xk.Roles(label="hired"), model=score, features=FEATURES, explain=["counterfactual"])
