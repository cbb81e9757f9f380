import numpy as np
import pandas as pd
import pytest

from tests.compute.hiring import FEATURES, IMMUTABLE, ONLY_INCREASE, Screener, applicants
from xaikit.adapters.function import FunctionModel
from xaikit.checks.recourse import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import SpecError
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
    assert one(evidence, "recourse_features_changed").value <= 1.5
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


def stability(label_noise, retrainings=8):
    from sklearn.linear_model import LogisticRegression

    from xaikit.adapters.sklearn import of

    rng = np.random.default_rng(3)
    x = pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd"))
    y = ((x.a + label_noise * rng.normal(size=400)) > 0).astype(int)
    model = of(LogisticRegression().fit(x, y))
    scores = model.predict(x)[:, 1]
    frame = x.assign(y=y, g="a")
    decisions = Decisions.of(frame, Roles(label="y", sensitive=("g",)), selected=scores >= 0.5, score=scores)
    evidence = check(
        *(model, x, x, one_output(1, ["0", "1"]), Players.of(list("abcd")), decisions, 0.5),
        *(np.random.default_rng(0), silent, frame),
        retrainings=retrainings,
    )
    return one(list(evidence), "recourse_stability")


def test_answers_survive_retraining_less_where_the_labels_are_noisier():
    quiet, loud = stability(0.1), stability(5.0)
    assert 0 < loud.value < quiet.value <= 1
    assert quiet.detail["retrained"] == 8
    assert quiet.low <= quiet.value <= quiet.high


def test_a_black_box_cannot_be_fitted_again_and_says_so():
    e = one(measured(rows=20, retrainings=2, **FIXED), "recourse_stability")
    assert e.value is None
    assert "black box" in e.because
