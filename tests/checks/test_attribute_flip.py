"""The flip against a loop over people, and everything that is not defined."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xaikit.adapters.function import FunctionModel
from xaikit.checks.attribute_flip import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError
from xaikit.core.players import Players
from xaikit.core.target import one_output

TARGET = one_output(0, ["yes"])


def run(model, population, frame, sensitive, players, threshold=0.5, **parameters):
    decisions = Decisions.of(frame, Roles(sensitive=sensitive), selected=np.ones(len(frame), bool))
    return list(check(model, population, frame, decisions, players, threshold, TARGET, **parameters))


def by(evidence, measure, group, reference):
    (found,) = [
        e
        for e in evidence
        if e.measure == f"attribute_flip_{measure}"
        and e.about.get("group") == group
        and e.about.get("reference") == reference
    ]
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 60), st.integers(2, 4))
def test_it_counts_as_a_loop_over_people_does(seed, n, kinds):
    rng = np.random.default_rng(seed)
    group = rng.integers(kinds, size=n)
    group[:kinds] = np.arange(kinds)
    other = rng.normal(size=n).round(2)
    onehot = np.eye(kinds)[group]
    weights = rng.normal(size=kinds)
    population = np.column_stack([other, onehot]).astype(np.float32)

    def score(rows):
        return 1 / (1 + np.exp(-(np.asarray(rows, float)[:, 0] + np.asarray(rows, float)[:, 1:] @ weights)))

    names = ["other", *[f"g{i}" for i in range(kinds)]]
    players = Players.of(names, {"kind": names[1:]})
    frame = pd.DataFrame({"kind": [f"k{g}" for g in group]})
    evidence = run(FunctionModel(score), population, frame, ("kind",), players)
    for a in range(kinds):
        for b in set(range(kinds)) - {a}:
            people = [i for i in range(n) if group[i] == a]
            up = down = change = 0
            for i in people:
                row = population[i].copy()
                row[1:] = 0
                row[1 + b] = 1
                before, after = score(population[i : i + 1])[0], score(row[None])[0]
                up += before < 0.5 <= after
                down += after < 0.5 <= before
                change += after - before
            found = by(evidence, "to_favourable", f"k{a}", f"k{b}")
            assert found.value == pytest.approx(up / len(people))
            assert found.detail["count"] == up
            assert found.n == len(people)
            assert by(evidence, "to_unfavourable", f"k{a}", f"k{b}").detail["count"] == down
            mean = by(evidence, "score_change", f"k{a}", f"k{b}").value
            assert mean == pytest.approx(change / len(people), abs=1e-9)
    assert len(evidence) == 3 * kinds * (kinds - 1)


FRAME = pd.DataFrame({"sex": ["F", "F", "M", "M", None], "age": [30.0, 40.0, 50.0, 60.0, 70.0]})


def test_a_table_with_the_feature_as_a_column_of_words():
    model = FunctionModel(lambda t: 0.3 + 0.4 * (t["sex"] == "M") + 0 * t["age"], takes_frames=True)
    evidence = run(model, FRAME, FRAME, ("sex",), Players.of(["sex", "age"]))
    assert by(evidence, "to_favourable", "F", "M").value == 1.0
    assert by(evidence, "to_unfavourable", "M", "F").value == 1.0
    assert by(evidence, "score_change", "F", "M").value == pytest.approx(0.4)
    assert {e.about["group"] for e in evidence} == {"F", "M"}, "people whose sex is unknown are not flipped"


def test_categories_keep_their_type():
    frame = FRAME.iloc[:4].assign(sex=lambda t: t["sex"].astype("category"))

    def score(t):
        assert isinstance(t["sex"].dtype, pd.CategoricalDtype)
        return t["sex"].cat.codes.to_numpy() * 1.0

    evidence = run(FunctionModel(score), frame, frame, ("sex",), Players.of(["sex", "age"]))
    assert by(evidence, "to_favourable", "F", "M").value == 1.0


def test_the_population_is_not_altered():
    before = FRAME.copy(deep=True)
    rows = FRAME[["age"]].to_numpy(copy=True)
    run(FunctionModel(lambda t: t["age"]), FRAME, FRAME, ("sex",), Players.of(["sex", "age"]))
    run(FunctionModel(lambda r: r[:, 0]), rows, FRAME.assign(age2=1), ("age",), Players.of(["age"]))
    pd.testing.assert_frame_equal(FRAME, before)
    assert np.array_equal(rows, FRAME[["age"]])


def test_a_feature_that_does_not_reach_the_model_is_said_and_the_model_not_asked():
    asked = []
    model = FunctionModel(lambda r: asked.append(1) or r[:, 0])
    only, also = run(model, FRAME[["age"]].to_numpy(), FRAME, ("sex",), Players.of(["age"]))
    assert {only.measure, also.measure} == {"attribute_flip_to_favourable", "attribute_flip_to_unfavourable"}
    assert only.value is None
    assert also.value is None
    assert only.because == (
        "the model does not read sex; flipping it cannot change a decision. That says nothing about proxies"
    )
    assert not asked


def test_a_group_that_the_model_reads_in_several_ways_cannot_be_flipped_to():
    rows = np.array([[0.0], [1.0], [2.0], [2.0], [9.0]])
    evidence = run(FunctionModel(lambda r: r[:, 0]), rows, FRAME, ("sex",), Players.of(["sex"]))
    to_f = by(evidence, "to_favourable", "M", "F")
    assert to_f.value is None
    assert "sex = F hold 2 different values" in to_f.because
    assert by(evidence, "to_favourable", "F", "M").value == 0.5  # towards M there is one pattern


def test_groups_that_the_model_reads_as_one_need_no_question():
    asked = []
    frame = pd.DataFrame({"race": ["a", "b", "b"]})
    model = FunctionModel(lambda r: asked.append(len(r)) or r[:, 0])
    evidence = run(model, np.ones((3, 1)), frame, ("race",), Players.of(["race"]))
    assert by(evidence, "to_favourable", "a", "b").value == 0.0
    assert "as the same value" in by(evidence, "to_favourable", "a", "b").because
    assert asked == [3]


def test_one_known_group_has_nobody_to_become():
    frame = pd.DataFrame({"sex": ["F", "F", None]})
    only, also = run(FunctionModel(lambda r: r[:, 0]), np.ones((3, 1)), frame, ("sex",), Players.of(["sex"]))
    assert only.value is also.value is None
    assert "no two groups" in only.because


def test_many_groups_are_compared_with_the_largest():
    frame = pd.DataFrame({"race": list("aaabbcdeef")})
    rows = pd.factorize(frame["race"])[0][:, None].astype(float)
    evidence = run(FunctionModel(lambda r: r[:, 0]), rows, frame, ("race",), Players.of(["race"]))
    pairs = {(e.about["group"], e.about["reference"]) for e in evidence}
    assert pairs == {(g, "a") for g in "bcdef"} | {("a", g) for g in "bcdef"}
    every = run(FunctionModel(lambda r: r[:, 0]), rows, frame, ("race",), Players.of(["race"]), all_pairs_up_to=9)
    assert len({(e.about["group"], e.about["reference"]) for e in every}) == 30


def test_rows_must_be_the_same_people():
    with pytest.raises(DataError, match="2 rows for the model and 5"):
        run(FunctionModel(lambda r: r[:, 0]), np.ones((2, 1)), FRAME, ("sex",), Players.of(["sex"]))
