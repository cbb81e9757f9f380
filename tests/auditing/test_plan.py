"""A plan is whole and checked before anything is asked of a model."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from xaikit.adapters.sklearn import SklearnModel
from xaikit.auditing.models import as_model
from xaikit.auditing.plan import GATE, engines_of, plan, profiles_of, roles_of
from xaikit.auditing.spec import parse
from xaikit.core.errors import DataError, SpecError
from xaikit.core.roles import Roles

FRAME = pd.DataFrame(
    {
        "who": range(8),
        "sex": ["f", "m"] * 4,
        "town": [1, 2, 3, 1, 2, 3, 1, None],
        "hours": np.arange(8.0),
        "job_a": [1, 0] * 4,
        "job_b": [0, 1] * 4,
        "hired": [0, 1] * 4,
    }
)
ROLES = {"decision": "hired", "sensitive": ["sex"]}


def asked(never=False):
    def scores(rows):
        assert not never, "the model was asked while the audit was planned"
        return np.asarray(rows)[:, 0]

    return as_model(scores)


def made(live=None, frame=FRAME, **raw):
    return plan(parse({"roles": ROLES, **raw}, "test"), frame=frame, model=live)


def test_nothing_is_asked_of_the_model_and_the_table_is_not_altered():
    before = FRAME.copy()
    model = {"adapter": "function", "features": ["hours", "job_a"]}
    found = made(asked(never=True), model=model, explain=[{"engine": "shapley"}])
    assert found.frame is FRAME
    pd.testing.assert_frame_equal(FRAME, before)


def test_features_are_what_has_no_other_role_in_the_order_of_the_table():
    model = {"adapter": "function"}
    assert made(asked(), model=model).features == ("who", "town", "hours", "job_a", "job_b")
    named = made(asked(), model=model, data={"path": "x.csv", "id": "who", "where": {"town": 1}})
    assert named.features == ("hours", "job_a", "job_b")
    legitimate = made(asked(), model=model, roles={**ROLES, "legitimate": ["hours"]})
    assert "hours" in legitimate.features  # declared of, and still a feature
    assert made().features == ()
    assert made().players is None


def test_one_hot_columns_are_one_player():
    model = {"adapter": "function", "features": ["job_b", "hours", "job_a"], "groups": {"job": ["job_a", "job_b"]}}
    found = made(asked(), model=model)
    assert found.features == ("job_b", "hours", "job_a")
    assert found.players.names == ("job", "hours")


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ({"sex": "f"}, [0, 2, 4, 6]),
        ({"sex": ["f", "m"], "town": [1]}, [0, 3, 6]),
        ({"town": ["1", 2], "sex": "m"}, [1, 3]),
        ({"town": "unknown"}, [7]),
    ],
)
def test_rows_are_chosen_by_the_names_of_their_groups(where, rows):
    found = made(data={"path": "x.csv", "where": where})
    assert np.flatnonzero(found.audited).tolist() == rows


def test_a_group_of_columns_may_have_a_label_too():
    model = {"adapter": "function", "features": ["hours", "job_a", "job_b"], "groups": {"job": ["job_a", "job_b"]}}
    data = {"path": "x.csv", "labels": {"job": "Occupation", "sex": "Sex", "hours": "hours"}}
    assert made(asked(), model=model, data=data).spec.data.labels["job"] == "Occupation"


def test_the_gate_comes_with_every_explanation_and_once():
    def profiles(**raw):
        return profiles_of(parse({"roles": ROLES, **raw}, "test"))

    engine = {"explain": [{"engine": "shapley"}]}
    assert profiles(profiles=["us_ugesp"]) == ["us_ugesp"]
    assert profiles(profiles=["us_ugesp"], **engine) == ["us_ugesp", GATE]
    assert profiles(profiles=[GATE], **engine) == [GATE]


def test_two_steps_of_one_engine_have_names_of_their_own():
    steps = [{"engine": "shapley"}, {"engine": "occlusion"}, {"engine": "shapley", "rows": 3}]
    found = engines_of(parse({"roles": ROLES, "explain": steps}, "test"))
    assert [name for name, _, _ in found] == ["shapley", "occlusion", "shapley 2"]
    assert [spec.rows for _, _, spec in found] == [200, 200, 3]


def test_an_engine_that_gives_no_attributions_names_the_check_to_ask():
    with pytest.raises(SpecError, match=r"explain\[0\].engine.*'counterfactual'.*recourse"):
        made(explain=[{"engine": "counterfactual"}])


def test_roles_of_the_file_are_the_roles_of_the_audit():
    raw = {
        "decision": "hired",
        "favourable": "yes",
        "label": "good",
        "score": "s",
        "sensitive": ["sex", "race"],
        "control": "dept",
        "legitimate": ["hours"],
        "contested": ["gap"],
        "weight": "w",
        "cluster": "c",
        "measured_at": {"hours": "before"},
        "causes": ["sex -> hours"],
        "bins": {"race": [2.0, 5.0]},
    }
    found = roles_of(parse({"roles": raw, "data": {"path": "x.csv", "id": "who"}}, "test"))
    assert found == Roles(**{**raw, "id": "who"})


def test_a_file_is_read_once_it_is_named_and_hashed(tmp_path):
    path = tmp_path / "d.csv"
    FRAME.to_csv(path, index=False)
    found = plan(parse({"roles": ROLES, "data": {"path": str(path)}}, "test"))
    assert len(found.frame) == 8
    assert found.hashes["data"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert made().hashes == {}


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        ({"model": {"adapter": "function", "features": ["hour"]}}, SpecError, "model.features.*Did you mean 'hours'"),
        ({"data": {"path": "x", "where": {"sexx": "f"}}}, SpecError, "data.where.*Did you mean 'sex'"),
        ({"data": {"path": "x", "where": {"sex": "F"}}}, DataError, "data.where.sex.*Did you mean 'f'"),
        ({"roles": {**ROLES, "causes": ["sex -> ours"]}}, SpecError, "Did you mean 'hours'"),
        ({"data": {"path": "x", "labels": {"ours": "Hours"}}}, SpecError, "data.labels.*Did you mean 'hours'"),
        ({"data": {"path": "x", "labels": {"hours": "town"}}}, SpecError, "data.labels.hours.*another column"),
        ({"profiles": ["us_ugsp"]}, SpecError, "Did you mean 'us_ugesp'"),
    ],
)
def test_what_is_misspelt_is_named_with_the_nearest(raw, error, words):
    with pytest.raises(error, match=words):
        made(asked(never=True), **raw)


def test_a_model_that_names_its_columns_is_given_them_a_sensitive_one_too():
    x = FRAME[["hours", "sex"]].assign(sex=lambda f: (f.sex == "f").astype(int))
    model = SklearnModel(LogisticRegression().fit(x, [0, 1] * 4))
    spec = parse({"roles": {"sensitive": ["sex"]}, "model": {"adapter": "sklearn"}}, "test")
    assert plan(spec, frame=x.assign(other=1), model=model).features == ("hours", "sex")
    assert plan(spec, frame=x[["sex"]].assign(other=1), model=model).features == ("other",)  # it lacks one: by roles


def test_without_a_table_there_is_no_plan():
    with pytest.raises(SpecError, match=r"data\.path"):
        plan(parse({"roles": ROLES}, "test"))
