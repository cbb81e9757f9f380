import numpy as np
import pytest

from tests.compute.hiring import FEATURES, IMMUTABLE, ONLY_INCREASE, Screener, applicants
from xaikit.compute.coding import Coding
from xaikit.compute.recourse import Constraints, search
from xaikit.core.errors import SpecError
from xaikit.core.players import Players

CONSTRAINTS = Constraints(immutable=IMMUTABLE, only_increase=ONLY_INCREASE)


@pytest.fixture(scope="module")
def world():
    table = applicants()
    model = Screener(table)
    coding = Coding.of(table[FEATURES], Players.of(FEATURES))
    accepted = model(table) >= 0.5
    return table[FEATURES], model, coding, accepted


def answered(world, constraints=CONSTRAINTS, people=200, **parameters):
    table, model, coding, accepted = world
    rejected = np.flatnonzero(~accepted[5000:])[:people] + 5000
    donors = table[:5000][accepted[:5000]]

    def accept(codes):
        return model(coding.decode(codes)) >= 0.5

    own = coding.encode(table.iloc[rejected])
    return own, search(own, coding.encode(donors), accept, coding, constraints, **parameters), accept


def test_everybody_is_answered_no_constraint_breaks_and_few_features_change(world):
    own, found, accept = answered(world)
    names = world[2].players.names
    assert found.found.all()
    answer = found.codes[:, 0]
    assert accept(answer).all()
    fixed = [names.index(n) for n in IMMUTABLE]
    upward = [names.index(n) for n in ONLY_INCREASE]
    assert (answer[:, fixed] == own[:, fixed]).all()
    assert (answer[:, upward] >= own[:, upward]).all()
    assert found.changed[:, 0].mean() <= 1.3
    assert (found.changed[:, 0] == (answer != own).sum(axis=1)).all()


def test_no_answer_is_a_real_persons_row_and_new_numbers_come_from_the_grid(world):
    own, found, _ = answered(world)
    table, _, coding, _ = world
    rows = {tuple(r) for r in coding.encode(table)}
    answers = found.codes[:, 0]
    assert not any(tuple(a) in rows for a in answers)
    for p in np.flatnonzero(coding.ordered):
        new = answers[:, p][answers[:, p] != own[:, p]]
        assert np.isin(new, coding.grids[p]).all()


def test_several_answers_change_different_sets_of_features(world):
    own, found, accept = answered(world, people=40, answers=3)
    several = np.isfinite(found.cost[:, 1])
    assert several.mean() > 0.9
    for i in np.flatnonzero(several):
        sets = {
            tuple(c != own[i]) for c, cost in zip(found.codes[i], found.cost[i], strict=True) if np.isfinite(cost)
        }
        assert len(sets) == np.isfinite(found.cost[i]).sum()
    assert accept(found.codes[np.isfinite(found.cost)]).all()


def test_bounds_and_links_hold(world):
    constraints = Constraints(
        immutable=IMMUTABLE,
        only_increase=ONLY_INCREASE,
        bounds={"test": (0, 80), "education": (0, 4)},
        linked={"education": {"age": 2.0}},
    )
    own, found, _ = answered(world, constraints, people=100)
    names = world[2].players.names
    test, education, age = (names.index(n) for n in ("test", "education", "age"))
    answers, mine = found.codes[found.found, 0], own[found.found]
    moved = answers[:, test] != mine[:, test]
    assert (answers[moved, test] <= 80).all()
    rise = answers[:, education] - mine[:, education]
    assert rise.max() > 0
    assert np.allclose(answers[:, age] - mine[:, age], 2 * rise)


def test_a_dear_feature_is_avoided(world):
    names = world[2].players.names
    own, cheap, _ = answered(world, people=60)
    _, dear, _ = answered(world, Constraints(IMMUTABLE, ONLY_INCREASE, costs={"test": 50.0}), people=60)
    test = names.index("test")
    assert (dear.codes[:, 0, test] != own[:, test]).sum() < (cheap.codes[:, 0, test] != own[:, test]).sum()


def test_none_within_the_constraints_is_said(world):
    _, found, _ = answered(world, Constraints(immutable=tuple(FEATURES)), people=10)
    assert not found.found.any()
    assert np.isnan(found.codes).all()


def test_a_constraint_on_no_feature_gives_the_nearest_name(world):
    with pytest.raises(SpecError, match=r"recourse.immutable: .*Did you mean 'age'"):
        answered(world, Constraints(immutable=("agee",)), people=1)


def test_codes_and_rows_are_the_same_thing(world):
    table, _, coding, _ = world
    again = coding.decode(coding.encode(table[:50]))
    assert (again == table[:50].reset_index(drop=True)).all().all()
    assert list(again.dtypes) == list(table.dtypes)


def test_one_hot_groups_change_together():
    rng = np.random.default_rng(0)
    job = rng.integers(0, 3, 400)
    x = np.concatenate([rng.normal(size=(400, 1)), np.eye(3)[job]], axis=1).astype(np.float32)
    players = Players.of(["skill", "job_a", "job_b", "job_c"], {"job": ["job_a", "job_b", "job_c"]})
    coding = Coding.of(x, players)

    def accept(codes):
        rows = coding.decode(codes)
        assert rows.dtype == np.float32
        assert (rows[:, 1:].sum(axis=1) == 1).all()
        return rows[:, 3] > 0.5

    own = coding.encode(x[job != 2][:20])
    found = search(own, coding.encode(x[job == 2]), accept, coding, Constraints(immutable=("skill",)))
    assert found.found.all()
    assert (found.changed[:, 0] == 1).all()
    assert coding.shown(1, found.codes[0, 0, 1]) == "c"
