import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import xaikit as xk
from xaikit.core.errors import DataError, ModelError, SpecError

RNG = np.random.default_rng(7)
N = 600


def applicants():
    sex = np.where(RNG.random(N) < 0.5, "f", "m")
    skill = RNG.normal(size=N)
    hours = RNG.normal(size=N) + (sex == "m")
    hired = (skill + hours + RNG.normal(size=N) * 0.3 > 0.5).astype(int)
    return pd.DataFrame({"sex": sex, "skill": skill, "hours": hours, "noise": RNG.normal(size=N), "hired": hired})


FRAME = applicants()
MODEL = LogisticRegression().fit(FRAME[["skill", "hours", "noise"]], FRAME.hired)
ROLES = xk.Roles(label="hired", favourable=1, sensitive=["sex"])
FEATURES = ["skill", "hours", "noise"]


def audit(**changes):
    given = {"roles": ROLES, "model": MODEL, "features": FEATURES, "profiles": ["us_ugesp"], "seed": 3}
    return xk.audit(changes.pop("frame", FRAME), **{**given, **changes})


def test_the_model_decides_where_no_decision_is_recorded():
    result = audit(threshold=0.7)
    selected = MODEL.predict_proba(FRAME[FEATURES])[:, 1] >= 0.7
    rate = selected[(FRAME.sex == "f").to_numpy()].mean()
    assert result.measured("selection_rate", group="f", sensitive="sex")[0].value == pytest.approx(rate)


def test_a_recorded_decision_is_audited_though_there_is_a_model():
    roles = xk.Roles(decision="hired", favourable=1, sensitive=["sex"])
    result = audit(roles=roles, features=FEATURES)
    rate = FRAME.hired[FRAME.sex == "f"].mean()
    assert result.measured("selection_rate", group="f", sensitive="sex")[0].value == pytest.approx(rate)


def test_the_favourable_output_is_explained_and_rows_are_pseudonyms():
    result = audit(explain=[{"engine": "shapley", "rows": 20, "background": 30}])
    explanation = result.explanations["shapley"]
    assert explanation.values.shape == (20, 3, 1)
    assert explanation.feature_names == tuple(FEATURES)
    assert explanation.output_names == ("1",)
    assert explanation.rows[0] == "case 01"
    assert np.allclose(explanation.residual, 0, atol=1e-9)
    assert explanation.background["rows"] == 30


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others():
    def explained(seed):
        return audit(explain=[{"engine": "shapley", "rows": 10}], seed=seed).explanations["shapley"].values

    assert (explained(1) == explained(1)).all()
    assert (explained(1) != explained(2)).any()


def test_a_global_random_state_is_left_alone():
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    audit(explain=[{"engine": "shapley", "rows": 5}])
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_steps_that_lack_an_input_are_skipped_with_the_reason():
    roles = xk.Roles(decision="hired", favourable=1, sensitive=["sex"])
    result = xk.audit(FRAME, roles=roles, profiles=["us_ugesp"])
    skipped = {s.name: s.because for s in result.steps if s.status == "skipped"}
    assert "model" in skipped["attribute_flip"]
    assert "explanations" in skipped["faithfulness"]
    assert all(s.status != "failed" for s in result.steps), [s for s in result.steps if s.status == "failed"]


def test_an_engine_that_needs_gradients_is_skipped_for_a_forest_of_one_sort_or_another():
    result = audit(explain=["integrated_gradients"])
    step = next(s for s in result.steps if s.name == "integrated_gradients")
    assert step.status == "skipped"
    assert "Differentiable" in step.because
    assert result.explanations == {}


def test_where_audits_some_rows_and_keeps_the_others_as_population():
    frame = FRAME.assign(split=np.where(np.arange(N) < 200, "test", "train"))
    result = audit(frame=frame, where={"split": "test"})
    groups = [e for e in result.measured("selection_rate", sensitive="sex") if not e.about.get("stratum")]
    assert sum(e.n for e in groups) == 200
    assert result.provenance.data["audited rows"] == 200
    with pytest.raises(DataError, match=r"data.where.split: got 'tst'.*Did you mean 'test'"):
        audit(frame=frame, where={"split": "tst"})
    with pytest.raises(SpecError, match="Did you mean 'split'"):
        audit(frame=frame, where={"splt": "test"})


def test_polars_like_and_arrow_tables_are_audited_as_pandas_ones():
    import pyarrow as pa

    roles = xk.Roles(decision="hired", favourable=1, sensitive=["sex"])
    a = xk.audit(FRAME, roles=roles, profiles=["us_ugesp"])
    b = xk.audit(pa.Table.from_pandas(FRAME), roles=roles, profiles=["us_ugesp"])
    assert a.evidence == b.evidence


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda t: np.full(len(t), np.nan), "NaN"),
        (lambda t: np.zeros(3), "3"),
        (lambda t: np.zeros((len(t), 2, 2)), "4 outputs"),
        (lambda t: 1 / 0, "ZeroDivisionError"),
        (lambda t: ["yes"] * len(t), "yes"),
    ],
)
def test_a_model_that_does_not_answer_as_it_must_is_refused(model, message):
    with pytest.raises(ModelError, match=message):
        audit(model=model)


def test_three_outputs_need_one_that_is_favourable():
    def three(table):
        return np.tile([0.2, 0.3, 0.5], (len(table), 1))

    with pytest.raises(ModelError, match=r"3 outputs.*model.output"):
        audit(model=three)
    assert audit(model=three, output=2, threshold=0.4).verdict is not None
    with pytest.raises(ModelError, match="an index below 3"):
        audit(model=three, output=3)


def test_words_where_the_model_takes_numbers_are_named():
    import torch

    with pytest.raises(DataError, match=r"feature column 'sex'.*model.features"):
        audit(model=torch.nn.Linear(2, 1), features=["sex", "skill"])
    with pytest.raises(DataError, match="feature column 'skill': got 1 NaN"):
        audit(model=torch.nn.Linear(1, 1), features=["skill"], frame=FRAME.assign(skill=[np.nan, *FRAME.skill[1:]]))


def test_without_decisions_scores_or_a_model_there_is_nothing_to_audit():
    with pytest.raises(DataError, match="no decisions"):
        xk.audit(FRAME, roles=xk.Roles(sensitive=["sex"]))


def test_provenance_says_where_the_numbers_come_from():
    result = audit(explain=[{"engine": "shapley", "rows": 5}])
    p = result.provenance
    assert {"data", "model", "background"} <= set(p.hashes)
    assert all(len(h) == 64 for h in p.hashes.values())
    assert {"python", "xaikit", "numpy", "scikit-learn"} <= set(p.versions)
    assert p.seed == 3
    again = audit(explain=[{"engine": "shapley", "rows": 5}]).provenance
    assert again.hashes == p.hashes


def test_the_frame_given_is_never_altered():
    before = FRAME.copy(deep=True)
    audit(explain=[{"engine": "shapley", "rows": 5}])
    pd.testing.assert_frame_equal(FRAME, before)


def test_keys_beside_a_file_are_refused(tmp_path):
    (tmp_path / "audit.yaml").write_text("title: a")
    with pytest.raises(SpecError, match="'roles' beside a file"):
        xk.audit(tmp_path / "audit.yaml", roles=ROLES)
