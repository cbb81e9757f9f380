import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression

import xaikit as xk
from tests.compute.hiring import FEATURES, IMMUTABLE, ONLY_INCREASE, Screener, applicants
from xaikit.adapters.function import FunctionModel
from xaikit.adapters.sklearn import of
from xaikit.adapters.torch_module import TorchModule
from xaikit.checks.recourse import _by_group, check
from xaikit.compute.coding import Coding
from xaikit.compute.recourse import Answers
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import SpecError
from xaikit.core.groups import groups_of
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.target import one_output

TABLE = applicants()
MODEL = FunctionModel(Screener(TABLE), takes_frames=True)
FIXED = {"immutable": list(IMMUTABLE), "only_increase": list(ONLY_INCREASE)}


def measured(threshold=0.5, rows=200, **parameters):
    inputs = TABLE[FEATURES]
    scores = MODEL.predict(inputs)[:, 0]
    decisions = Decisions.of(TABLE, Roles(sensitive=("sex",)), selected=scores >= threshold, score=scores)
    evidence = check(
        *(MODEL, inputs, inputs, one_output(0, ["score"]), Players.of(FEATURES), decisions, threshold),
        *(np.random.default_rng(0), silent),
        rows=rows,
        **parameters,
    )
    return list(evidence)


def one(evidence, measure, **about):
    (found,) = [e for e in evidence if e.measure == measure and e.about == about]
    return found


def test_the_way_is_longer_for_those_whom_the_model_penalises():
    evidence = measured(rows=600, **FIXED)
    assert one(evidence, "recourse_found").value == 1.0
    assert one(evidence, "recourse_features_changed").value <= 1.3
    women, men = (one(evidence, "recourse_cost", sensitive="sex", group=g) for g in ("F", "M"))
    assert women.value > men.value
    gap = one(evidence, "recourse_cost_gap", sensitive="sex", group="F", reference="M")
    assert gap.value == pytest.approx(women.value - men.value)
    assert gap.low > 0


def test_examples_say_what_was_and_what_would_be_accepted():
    example = one(measured(**FIXED), "recourse_example", case="rejected 1")
    assert example.detail
    for feature, change in example.detail.items():
        assert feature not in IMMUTABLE
        before, after = change.split(" → ")
        assert before != after
        if feature in ONLY_INCREASE:
            assert float(after) > float(before)


def test_sensitive_features_are_immutable_unless_declared():
    examples = [e for e in measured(examples=50) if e.measure == "recourse_example"]
    assert all("sex" not in e.detail for e in examples)
    assert one(measured(), "recourse_found").detail["declared"] is False


def test_no_recourse_and_nobody_rejected_are_said():
    evidence = measured(rows=20, immutable=list(FEATURES))
    assert one(evidence, "recourse_found").value == 0.0
    assert "no recourse" in one(evidence, "recourse_cost").because
    assert "no recourse" in one(evidence, "recourse_example", case="rejected 1").because
    (nobody,) = measured(threshold=0.0)
    assert nobody.value is None
    assert "nobody was rejected" in nobody.because


def test_a_misspelt_feature_is_named():
    with pytest.raises(SpecError, match="Did you mean 'education'"):
        measured(rows=5, only_increase=["eduction"])


def test_answers_are_as_usual_as_real_rows_and_it_is_said_by_group():
    evidence = measured(**FIXED)
    assert one(evidence, "recourse_plausibility").value >= 0.9  # before the run: real rows have .95
    for about in ({}, {"sensitive": "sex", "group": "F"}, {"sensitive": "sex", "group": "M"}):
        e = one(evidence, "recourse_plausibility", **about)
        assert e.value == pytest.approx(e.detail["usual"] / e.n)
        assert e.low <= e.value <= e.high


@pytest.mark.parametrize("rows", [3, 4, 5, 6, 8, 10])
def test_of_few_people_too_no_way_is_free_or_changes_nothing(rows):
    """Some answers make a wide interval, which a symmetric one would carry below what is possible."""
    evidence = measured(rows=rows, **FIXED)
    for measure, floor in (("recourse_cost", 0), ("recourse_features_changed", 1)):
        for e in (e for e in evidence if e.measure == measure and e.low is not None):
            assert floor <= e.low <= e.value <= e.high


def test_how_different_several_ways_are_is_said():
    assert not [e for e in measured(rows=20, **FIXED) if e.measure == "recourse_diversity"]
    e = one(measured(rows=40, answers=3, **FIXED), "recourse_diversity")
    assert 0.8 <= e.low <= e.value <= e.high <= 1
    assert 2 <= e.detail["ways"] <= 3


def test_who_has_no_recourse_is_counted_and_judged():
    # a model that never accepts the field "art": half of the people may not leave it
    model = FunctionModel(lambda t: MODEL.predict(t)[:, 0] * (t.field != "art").to_numpy(), takes_frames=True)
    result = xk.audit(
        TABLE[:2000],
        roles=xk.Roles(label="hired", favourable=1, sensitive=["sex"]),
        model=model,
        features=FEATURES,
        checks={"recourse": {**FIXED, "immutable": [*IMMUTABLE, "field"], "examples": 3}},
        profiles=["recourse"],
    )
    (found,) = [e for e in result.measured("recourse_found") if not e.about]
    rejected = model.predict(TABLE[:2000][FEATURES])[:, 0] < 0.5
    art = (TABLE[:2000].field == "art").to_numpy()
    assert found.detail["without"] == pytest.approx(found.n * art[rejected].mean(), abs=0.06 * found.n)
    assert found.because == "no recourse within the stated constraints"
    (judged,) = [f for f in result.findings if f.criterion.id == "RC-found" and not f.about]
    assert judged.verdict is xk.Verdict.FAIL
    assert any("no recourse" in e.because for e in result.measured("recourse_example"))
    page = result.to_html()
    assert "no recourse within the stated constraints was found" in page


def test_a_group_of_a_few_is_not_compared():
    table = TABLE.assign(sex=np.where(np.arange(len(TABLE)) % 100 == 0, "X", TABLE.sex))
    scores = MODEL.predict(table[FEATURES])[:, 0]
    decisions = Decisions.of(table, Roles(sensitive=("sex",)), selected=scores >= 0.5, score=scores)
    found = list(
        check(
            *(
                MODEL,
                table[FEATURES],
                table[FEATURES],
                one_output(0, ["score"]),
                Players.of(FEATURES),
                decisions,
                0.5,
            ),
            *(np.random.default_rng(0), silent),
            rows=300,
        )
    )
    gaps = {e.about["group"]: e for e in found if e.measure == "recourse_cost_gap"}
    assert gaps["X"].value is None
    assert "too few to compare" in gaps["X"].because
    assert [g for g, e in gaps.items() if e.value is not None] == ["F"]


def planted(people, rng):
    """Scores that one number decides; the women are further below the line."""
    sex = rng.choice(["F", "M"], people)
    return pd.DataFrame({"sex": sex, "x": np.where(sex == "F", -0.2, 0.3) + rng.gumbel(0, 0.6, people)})


def asked(table, model, **parameters):
    scores = model.predict(table[["x"]])[:, 0]
    decisions = Decisions.of(table, Roles(sensitive=("sex",)), selected=scores >= 0, score=scores)
    inputs = table[["x"]]
    return list(
        check(
            *(model, inputs, inputs, one_output(0, ["score"]), Players.of(["x"]), decisions, 0.0),
            *(np.random.default_rng(0), silent),
            **parameters,
        )
    )


# Before the run: nominal .95, so between .93 and .97 (the standard error over 3,000 audits is .004), with two hundred
# rejected and skewed costs. The oracle of a cost: the nearest grid value that is accepted.
@pytest.mark.slow
def test_the_interval_of_the_gap_covers_the_gap_of_a_planted_world():
    rng = np.random.default_rng(5)
    world, model = planted(60_000, rng), FunctionModel(lambda t: t.x.to_numpy(), takes_frames=True)
    coding = Coding.of(world[["x"]], Players.of(["x"]))
    reach, span = coding.grids[0][coding.grids[0] >= 0].min(), coding.spans()[0]
    rejected = world[world.x < 0]
    cost = (reach - rejected.x.to_numpy()) / span
    women = (rejected.sex == "F").to_numpy()
    truth = cost[women].mean() - cost[~women].mean()

    (found,) = [e for e in asked(world, model, rows=4000) if e.measure == "recourse_cost_gap"]
    assert found.about == {"sensitive": "sex", "group": "F", "reference": "M"}
    assert found.value == pytest.approx(
        truth, abs=4 * (found.high - found.low) / 3.92
    )  # the search finds the oracle's way

    held = 0
    for _ in range(3000):
        rows = rng.integers(len(cost), size=200)
        sex, costs = rejected.sex.iloc[rows], cost[rows, None]
        answers = Answers(costs[..., None], costs, np.ones(costs.shape, dtype=int), np.full(costs.shape, np.nan))
        groups = groups_of(sex.reset_index(drop=True), "sex")
        (gap,) = [e for e in _by_group(answers, groups, groups.codes, 0.95, {}) if e.measure == "recourse_cost_gap"]
        sign = 1 if gap.about["group"] == "F" else -1
        held += gap.low <= sign * truth <= gap.high
    assert 0.93 <= held / 3000 <= 0.97


def noisy(noise, kind="estimator", **parameters):
    rng = np.random.default_rng(3)
    x = pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd"))
    y = ((x.a + noise * rng.normal(size=400)) > 0).astype(int)
    fitted = LogisticRegression().fit(x, y)
    model, output = of(fitted), 1
    if kind == "net":
        net = torch.nn.Sequential(torch.nn.Linear(4, 1), torch.nn.Sigmoid())
        with torch.no_grad():
            net[0].weight.copy_(torch.tensor(fitted.coef_))
            net[0].bias.copy_(torch.tensor(fitted.intercept_))
        model, output = TorchModule(net), 0
        before = [p.clone() for p in net.parameters()]
    if kind == "black box":
        model = FunctionModel(lambda t: fitted.predict_proba(t), takes_frames=True)
    inputs = x.to_numpy(np.float32) if kind == "net" else x
    scores = model.predict(inputs)[:, output]
    frame = x.assign(y=y, g="a")
    decisions = Decisions.of(frame, Roles(label="y", sensitive=("g",)), selected=scores >= 0.5, score=scores)
    names = ["0", "1"][: model.predict(inputs).shape[1]]
    evidence = check(
        *(model, inputs, inputs, one_output(output, names), Players.of(list("abcd")), decisions, 0.5),
        *(np.random.default_rng(0), silent, frame),
        **parameters,
    )
    found = [e for e in evidence if e.measure == "recourse_stability"]
    if kind == "net":
        assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    return found[0] if found else None


def test_answers_survive_retraining_less_where_the_labels_are_noisier():
    quiet, loud = noisy(0.1, retrainings=8), noisy(5.0, retrainings=8)
    assert 0 < loud.value < quiet.value <= 1
    assert quiet.detail["made_again"] == 8
    assert quiet.detail["method"] == "fitted again on bootstrap samples"
    assert quiet.low <= quiet.value <= quiet.high
    assert loud.detail["decisions_changed"] > quiet.detail["decisions_changed"]


def test_nothing_is_fitted_again_unless_it_is_asked_for():
    assert noisy(0.1) is None


def test_a_net_gets_noise_on_its_weights_and_keeps_its_own():
    little, much = (noisy(0.5, "net", weight_noise=w, retrainings=20) for w in (0.01, 1.0))
    assert little.detail["method"] == "weight noise of 0.01 sd"
    assert much.value < little.value <= 1
    assert noisy(0.5, "net").detail["made_again"] == 10


def test_a_black_box_is_fitted_again_by_the_auditors_function(tmp_path):
    e = noisy(0.1, "black box", retrainings=2)
    assert e.value is None
    assert "black box" in e.because
    code = "from sklearn.linear_model import LogisticRegression\n\ndef fit(x, y, seed):\n"
    (tmp_path / "train.py").write_text(code + "    return LogisticRegression(random_state=seed).fit(x, y)\n")
    again = noisy(0.1, "black box", retrainings=8, refit=f"{tmp_path}/train.py:fit")
    assert again.value == pytest.approx(noisy(0.1, retrainings=8).value, abs=0.05)
    assert "train.py:fit" in again.detail["method"]
    with pytest.raises(SpecError, match="Did you mean 'fit'"):
        noisy(0.1, "black box", retrainings=1, refit=f"{tmp_path}/train.py:fitt")
