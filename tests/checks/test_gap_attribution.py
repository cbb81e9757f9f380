import numpy as np
import pandas as pd
import pytest

from tests.oracles.shapley import brute_force, marginal_game
from xaikit.adapters.function import FunctionModel
from xaikit.checks.gap_attribution import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.target import one_output

TARGET = one_output(0, ["score"])
WEIGHTS = np.array([0.5, -0.3, 0.0])


def linear(x):
    return np.asarray(x) @ WEIGHTS


def tangled(x):
    x = np.asarray(x)
    return 1 / (1 + np.exp(-(x[:, 0] * x[:, 1] + x[:, 1] - x[:, 0] * x[:, 1] * (x[:, 2] > 0))))


def world(n=400, seed=0):
    rng = np.random.default_rng(seed)
    sex = np.where(np.arange(n) % 4 == 0, "f", "m")
    x = rng.normal(size=(n, 3)) + (sex == "m")[:, None] * [1.0, 0.5, 0.0]
    return x, pd.DataFrame({"sex": sex}), rng.normal(size=(50, 3))


def split(function, x, frame, background, **parameters):
    roles = Roles(sensitive=("sex",), legitimate=("a",))
    model = FunctionModel(function)
    threshold = parameters.pop("threshold", 0.5)
    scores = model.predict(x)[:, 0]
    frame = frame.assign(a=x[:, 0])
    decisions = Decisions.of(frame, roles, selected=scores >= threshold, score=scores)
    players = Players.of(["a", "b", "c"])
    rng = np.random.default_rng(parameters.pop("seed", 1))
    return list(check(model, x, background, TARGET, players, decisions, threshold, rng, silent, **parameters))


def parts(evidence, output="score"):
    return {e.about["feature"]: e for e in evidence if e.measure == "gap_attribution" and e.about["output"] == output}


def one(evidence, measure, output):
    (found,) = [e for e in evidence if e.measure == measure and e.about["output"] == output]
    return found


def test_a_linear_model_is_split_by_its_weights_times_the_difference_in_means():
    x, frame, background = world()
    women = (frame.sex == "f").to_numpy()
    expected = WEIGHTS * (x[women].mean(0) - x[~women].mean(0))
    found = parts(split(linear, x, frame, background, walks=4))
    assert np.allclose([found[f].value for f in "abc"], expected, atol=1e-9)
    assert found["a"].about["reference"] == "m"
    assert found["a"].detail["standing"] == "legitimate"
    assert found["b"].detail["standing"] == "undeclared"


@pytest.mark.parametrize("function", [linear, tangled])
def test_the_parts_sum_to_the_gap_in_score_and_in_decision(function):
    x, frame, background = world()
    evidence = split(function, x, frame, background, walks=3)
    women = (frame.sex == "f").to_numpy()
    score = function(x)
    for output, outcome in (("score", score), ("decision", (score >= 0.5) * 1.0)):
        gap = outcome[women].mean() - outcome[~women].mean()
        assert one(evidence, "gap", output).value == pytest.approx(gap, abs=1e-12)
        assert sum(e.value for e in parts(evidence, output).values()) == pytest.approx(gap, abs=1e-9)
        assert abs(one(evidence, "gap_attribution_residual", output).value) < 1e-9


def test_a_feature_that_is_never_read_carries_nothing():
    x, frame, background = world()
    found = parts(split(linear, x, frame, background, walks=4))["c"]
    assert found.value == pytest.approx(0, abs=1e-12)


def exact_gap(x, background, women):
    """The difference in mean Shapley values, each by enumeration of all coalitions against the whole background."""
    phi = np.array([brute_force(marginal_game(tangled, row, background), 3)[:, 0] for row in x])
    return phi[women].mean(0) - phi[~women].mean(0)


def test_it_converges_to_enumeration_when_every_background_person_is_walked_often():
    x, frame, background = world(120)
    women = (frame.sex == "f").to_numpy()
    found = parts(split(tangled, x, frame, background, walks=2000))
    assert np.allclose([found[f].value for f in "abc"], exact_gap(x, background, women), atol=2e-3)


@pytest.mark.slow
def test_the_intervals_cover_what_a_population_would_show():
    big, frame, _ = world(20_000, seed=5)
    crowd = np.random.default_rng(9).normal(size=(400, 3))
    women = (frame.sex == "f").to_numpy()
    truth = exact_gap(big[:4000], crowd[:100], women[:4000])
    rng = np.random.default_rng(11)
    inside = []
    for seed in range(300):
        rows = rng.choice(4000, 300, replace=False)
        people = crowd[:100][rng.choice(100, 64, replace=True)]
        found = parts(split(tangled, big[rows], frame.iloc[rows].reset_index(drop=True), people, walks=32, seed=seed))
        inside += [found[f].low <= t <= found[f].high for f, t in zip("abc", truth, strict=True)]
    # theory: 0.95
    assert 0.93 <= np.mean(inside) <= 0.97, np.mean(inside)


def test_intersections_unknowns_and_a_declared_reference():
    x, frame, background = world()
    frame = frame.assign(race=np.where(np.arange(len(frame)) % 3 == 0, "b", "w"))
    frame.loc[0, "sex"] = None
    roles = Roles(sensitive=("sex", "race"))
    model = FunctionModel(linear)
    scores = model.predict(x)[:, 0]
    decisions = Decisions.of(frame, roles, selected=scores >= 0.5, score=scores)
    evidence = list(
        check(
            *(model, x, background, TARGET, Players.of(["a", "b", "c"]), decisions, 0.5),
            *(np.random.default_rng(0), silent),
            walks=2,
            reference={"sex": "f"},
        )
    )
    assert {e.about["sensitive"] for e in evidence} == {"sex", "race", "sex×race"}
    assert {e.about["group"] for e in evidence if e.about["sensitive"] == "sex"} == {"m"}
    crossed = {e.about["group"] for e in evidence if e.about["sensitive"] == "sex×race"}
    assert "unknown" not in crossed
    assert len(crossed) == 3


def test_each_group_can_be_held_against_the_rest():
    x, frame, background = world()
    evidence = split(linear, x, frame, background, walks=3, against="rest")
    women = (frame.sex == "f").to_numpy()
    assert {(e.about["group"], e.about["reference"]) for e in evidence} == {("f", "the rest"), ("m", "the rest")}
    expected = WEIGHTS * (x[women].mean(0) - x[~women].mean(0))
    found = {
        e.about["feature"]: e.value
        for e in evidence
        if e.measure == "gap_attribution" and e.about["group"] == "f" and e.about["output"] == "score"
    }
    assert np.allclose([found[f] for f in "abc"], expected, atol=1e-9)


def test_fewer_rows_leave_a_residual_that_is_said():
    x, frame, background = world()
    evidence = split(linear, x, frame, background, walks=2, rows=100)
    total = sum(e.value for e in parts(evidence).values())
    gap, residual = (one(evidence, m, "score").value for m in ("gap", "gap_attribution_residual"))
    assert residual == pytest.approx(gap - total)
    assert abs(residual) > 1e-6


def three(frame):
    rng = np.random.default_rng(4)
    return frame.assign(race=rng.choice(list("abc"), len(frame)), old=rng.choice(["o", "y"], len(frame)))


def test_of_three_groups_each_is_held_against_the_best_and_against_the_rest():
    x, frame, background = world()
    frame = three(frame)
    model = FunctionModel(tangled)
    scores = model.predict(x)[:, 0]
    decisions = Decisions.of(frame, Roles(sensitive=("race",)), selected=scores >= 0.5, score=scores)
    rng = np.random.default_rng(0)
    found = list(
        check(model, x, background, TARGET, Players.of(["a", "b", "c"]), decisions, 0.5, rng, silent, walks=2)
    )
    best = max("abc", key=lambda g: (scores >= 0.5)[frame.race == g].mean())
    pairs = {(e.about["group"], e.about["reference"]) for e in found}
    assert pairs == {(g, "the rest") for g in "abc"} | {(g, best) for g in "abc" if g != best}
    for group in "abc":
        mine = (frame.race == group).to_numpy()
        (gap,) = [
            e
            for e in found
            if e.measure == "gap"
            and e.about == {"sensitive": "race", "group": group, "reference": "the rest", "output": "decision"}
        ]
        assert gap.value == pytest.approx((scores >= 0.5)[mine].mean() - (scores >= 0.5)[~mine].mean())
        split = [
            e.value for e in found if e.measure == "gap_attribution" and dict(gap.about).items() <= e.about.items()
        ]
        assert sum(split) == pytest.approx(gap.value, abs=1e-9)


def test_every_intersection_of_three_features_is_split():
    x, frame, background = world()
    frame = three(frame)
    model = FunctionModel(linear)
    scores = model.predict(x)[:, 0]
    decisions = Decisions.of(frame, Roles(sensitive=("sex", "race", "old")), selected=scores >= 0.5, score=scores)
    rng = np.random.default_rng(0)
    found = list(
        check(model, x, background, TARGET, Players.of(["a", "b", "c"]), decisions, 0.5, rng, silent, walks=2)
    )
    features = {e.about["sensitive"] for e in found}
    assert features == {"sex", "race", "old", "sex×race", "sex×old", "race×old", "sex×race×old"}
    groups = {e.about["group"] for e in found if e.about["sensitive"] == "sex×race×old"}
    assert len(groups) == 2 * 3 * 2 - 1  # the best is what the others are held against
    for gap in (e for e in found if e.measure == "gap"):
        same = [e.value for e in found if e.measure == "gap_attribution" and gap.about.items() <= e.about.items()]
        assert sum(same) == pytest.approx(gap.value, abs=1e-9)
