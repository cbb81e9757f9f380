"""What steps are handed: rows as the model takes them, its answers, decisions, and nothing that is not there."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.inputs import background_of, inputs_of
from xaikit.auditing.models import as_model
from xaikit.auditing.plan import plan
from xaikit.auditing.spec import parse
from xaikit.core.errors import DataError, ModelError, SpecError
from xaikit.core.model import ModelCard
from xaikit.core.progress import silent

N = 60
RNG = np.random.default_rng(4)
FRAME = pd.DataFrame(
    {
        "sex": ["f", "m"] * 30,
        "hours": RNG.normal(size=N).round(3),
        "skill": RNG.normal(size=N).round(3),
        "hired": [0, 1, 1] * 20,
        "points": np.linspace(0, 1, N),
    }
)
ROLES = {"sensitive": ["sex"]}
FEATURES = {"adapter": "function", "features": ["skill", "hours"]}


class Fixed:
    """A model that answers as it is told, and remembers what it was handed."""

    def __init__(self, columns, names=()):
        self.columns, self.card, self.seen = columns, ModelCard("fixed", "onnx", names), []

    def predict(self, batch):
        self.seen.append(batch)
        values = np.asarray(batch, dtype=float)
        return np.column_stack([c(values) for c in self.columns])


def handed(live=None, frame=FRAME, roles=ROLES, progress=silent, **raw):
    return inputs_of(plan(parse({"roles": roles, **raw}, "test"), frame=frame, model=live), progress)


def test_the_model_is_handed_its_features_in_its_order():
    seen = []

    def score(rows):
        seen.append(rows)
        return np.asarray(rows)[:, 0]

    def only_arrays(rows):
        assert isinstance(rows, np.ndarray)
        return score(rows)

    out = handed(as_model(only_arrays), model=FEATURES)
    np.testing.assert_array_equal(out["inputs"], FRAME[["skill", "hours"]])
    np.testing.assert_array_equal(out["decisions"].score, FRAME["skill"])
    np.testing.assert_array_equal(out["decisions"].selected, FRAME["skill"] >= 0.5)


def test_numbers_keep_their_precision_unless_a_net_takes_less():
    """From 2^25 on float32 knows every fourth whole number: amounts in won at a threshold would change sides."""
    frame = FRAME.assign(amount=54_321_980 + np.arange(N), skill=np.arange(N) / 10)
    asked = {"adapter": "function", "features": ["amount", "skill"], "threshold": 54_322_001}
    out = handed(as_model(lambda rows: np.asarray(rows)[:, 0]), frame=frame, model=asked)
    assert out["decisions"].selected.tolist() == [amount >= 54_322_001 for amount in frame.amount]
    for kind in (torch.float32, torch.float64):
        net = TorchModule(torch.nn.Linear(2, 1, dtype=kind))
        out = handed(net, frame=frame, model={**asked, "adapter": "torch_module"})
        assert f"torch.{out['inputs'].dtype}" == str(kind)


def test_a_score_at_the_threshold_is_favourable():
    at = float(FRAME["skill"][7])
    out = handed(as_model(lambda rows: np.asarray(rows)[:, 0]), model={**FEATURES, "threshold": at})
    assert bool(out["decisions"].selected[7])
    above = float(np.nextafter(at, 9.0))
    out = handed(as_model(lambda rows: np.asarray(rows)[:, 0]), model={**FEATURES, "threshold": above})
    assert not bool(out["decisions"].selected[7])


def test_a_model_of_frames_is_handed_a_frame():
    fitted = LogisticRegression().fit(FRAME[["skill", "hours"]], FRAME["hired"])
    out = handed(as_model(fitted), model={**FEATURES, "adapter": "sklearn"})
    assert list(out["inputs"].columns) == ["skill", "hours"]
    by_name = handed(as_model(lambda rows: rows["hours"]), model=FEATURES)
    assert list(by_name["inputs"].columns) == ["skill", "hours"]
    np.testing.assert_allclose(by_name["decisions"].score, FRAME["hours"])


def test_rows_that_are_not_audited_stay_the_population():
    data = {"path": "x.csv", "where": {"sex": "f"}}
    out = handed(as_model(lambda rows: np.asarray(rows)[:, 0]), model=FEATURES, data=data)
    assert len(out["inputs"]) == len(out["decisions"]) == 30
    assert len(out["population"]) == len(out["population_frame"]) == N
    assert out["decisions"].frame["sex"].unique().tolist() == ["f"]
    np.testing.assert_array_equal(out["inputs"], out["population"][::2])


def test_without_a_model_nothing_of_a_model_is_handed_over():
    out = handed(roles={**ROLES, "decision": "hired"})
    assert not {"model", "inputs", "population", "background", "target", "threshold"} & set(out)
    assert out["players"] is None
    assert out["tally"] is not None
    assert handed(roles={"decision": "hired"})["tally"] is None  # nothing to count by


def test_who_decides_a_column_or_a_threshold():
    at = float(FRAME["points"][20])
    score = {"adapter": "scores", "threshold": at}
    out = handed(roles={**ROLES, "score": "points"}, model=score)
    assert np.flatnonzero(out["decisions"].selected)[0] == 20  # at the threshold is favourable
    assert out["decisions"].selected.sum() == N - 20
    out = handed(roles={**ROLES, "score": "points", "decision": "hired"}, model=score)
    np.testing.assert_array_equal(out["decisions"].selected, FRAME["hired"] == 1)
    alone = handed(roles={**ROLES, "score": "points"})["decisions"]
    assert alone.selected is None  # a score without a threshold decides nothing
    assert alone.score is not None
    with pytest.raises(DataError, match="no decisions"):
        handed()


TWO = (lambda v: 1 - v[:, 0], lambda v: v[:, 0])
THREE = (*TWO, lambda v: v[:, 0] * 0 + 0.75)


@pytest.mark.parametrize(
    ("columns", "names", "favourable", "output", "expected"),
    [
        (TWO[:1], (), 1, None, 0),
        (TWO, (), 1, None, 1),  # of two, the second is the favourable one
        (TWO, ("yes", "no"), "yes", None, 0),  # unless one of them has its name
        (TWO, ("0", "1"), 1, 0, 0),
        (THREE, ("a", "b", "c"), 1, "c", 2),
        (THREE, ("a", "b", "c"), 1, -1, 2),
        (THREE, (), 1, "output 2", 2),
    ],
)
def test_the_favourable_output(columns, names, favourable, output, expected):
    model = Fixed(columns, names)
    frame = FRAME.assign(hired=[favourable, "other"] * 30)
    roles = {**ROLES, "label": "hired", "favourable": favourable}
    out = handed(model, frame, roles, model={**FEATURES, "output": output})
    rows = FRAME[["skill", "hours"]].to_numpy()
    np.testing.assert_allclose(out["decisions"].score, columns[expected](rows))


@pytest.mark.parametrize(
    ("output", "error", "words"),
    [
        (None, ModelError, "3 outputs.*model.output"),
        ("d", SpecError, "unknown output 'd'"),
        (3, ModelError, "output 3.*an index below 3"),
        (-4, ModelError, "output -4"),
    ],
)
def test_an_output_that_is_not_there(output, error, words):
    with pytest.raises(error, match=words):
        handed(Fixed(THREE, ("a", "b", "c")), model={**FEATURES, "output": output})


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (["a", "b"] * 30, "feature column 'hours': got values such as 'a'"),
        ([1.0] * 58 + [np.nan, np.inf], "feature column 'hours': got 2 NaN or infinite values, the first in row 59"),
    ],
)
def test_features_that_are_no_numbers_are_named(column, words):
    class Whole(Fixed):
        def predict(self, batch):
            if np.isnan(batch).any():
                raise ModelError("the model", "NaN", "numbers")
            return super().predict(batch)

    with pytest.raises(DataError, match=words):
        handed(Whole(TWO), FRAME.assign(hours=column), model=FEATURES)


def test_a_gap_is_handed_to_a_model_that_takes_it_and_infinity_to_none():
    gaps = [1.0] * 59 + [np.nan]
    assert np.isnan(handed(Fixed(TWO), FRAME.assign(hours=gaps), model=FEATURES)["population"]).sum() == 1
    with pytest.raises(DataError, match="'hours': got 1 NaN or infinite values, the first in row 60"):
        handed(Fixed(TWO), FRAME.assign(hours=[*gaps[:-1], np.inf]), model=FEATURES)


def test_what_an_endpoint_will_cost_is_said_before_it_is_asked():
    class Endpoint(Fixed):
        def requests_for(self, inputs):
            assert self.seen == []
            return len(inputs) // 20

    told = []
    handed(Endpoint(TWO), model=FEATURES, progress=lambda *a: told.append(a))
    assert told[0] == ("requests to the endpoint, for the audited rows", 0, 3)


def test_a_smaller_background_is_part_of_a_larger_and_the_seed_draws_it():
    rows = np.arange(500.0)[:, None]
    small, large = background_of(rows, 20, 1)[:, 0], background_of(rows, 100, 1)[:, 0]
    assert set(small) <= set(large)
    assert list(small) == sorted(small)
    assert len(set(small)) == 20
    assert set(background_of(rows, 20, 2)[:, 0]) != set(small)
    assert len(background_of(rows[:7], 100, 1)) == 7


def test_the_background_is_as_large_as_the_engine_that_wants_most():
    engines = [{"engine": "shapley", "background": 12}, {"engine": "shapley", "background": 30}]
    out = handed(Fixed(TWO), model=FEATURES, explain=engines)
    assert len(out["background"]) == 30
    assert len(handed(Fixed(TWO), model=FEATURES)["background"]) == N  # a hundred, or all there are


WORDS = FRAME.assign(hired=np.where(FRAME.hired == 1, "hire", "reject"))


def test_the_favourable_class_is_found_by_name_though_the_alphabet_put_it_first():
    x = WORDS[["skill", "hours"]]
    estimator = LinearSVC().fit(x, WORDS.hired)
    assert list(estimator.classes_) == ["hire", "reject"]  # the margin speaks for the second
    roles = {**ROLES, "label": "hired", "favourable": "hire"}
    spec = {"adapter": "sklearn", "features": ["skill", "hours"], "threshold": 0.0}
    out = handed(as_model(estimator), WORDS, roles, model=spec)
    assert out["target"].outputs == ("hire",)
    score = out["target"](out["model"].predict(out["inputs"]))[:, 0]
    np.testing.assert_allclose(score, -estimator.decision_function(x))
    assert np.array_equal(score >= 0, estimator.predict(x) == "hire")


def test_classes_in_words_of_which_none_is_the_favourable_value_need_a_choice():
    estimator = LogisticRegression().fit(WORDS[["skill", "hours"]], np.where(FRAME.hired == 1, "approve", "deny"))
    roles = {**ROLES, "label": "hired", "favourable": "hire"}
    spec = {"adapter": "sklearn", "features": ["skill", "hours"]}
    with pytest.raises(ModelError, match=r"outputs 'approve', 'deny', none of them called 'hire'.*model\.output"):
        handed(as_model(estimator), WORDS, roles, model=spec)
    out = handed(as_model(estimator), WORDS, roles, model={**spec, "output": "approve"})
    assert out["target"].outputs == ("approve",)
