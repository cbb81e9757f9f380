import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xaikit.core.codec import compact, dumps, from_dict, loads, to_dict
from xaikit.core.errors import DataError
from xaikit.core.evidence import Criterion, Evidence, Finding, Profile, Verdict
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult, Provenance, Step

TEXT = st.text(max_size=30)
NUMBER = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


def explanation():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 2, 1))
    return Explanation(
        values,
        base=np.full((3, 1), 0.1),
        prediction=values.sum(1) + 0.1,
        feature_names=("a", "b"),
        output_names=("yes",),
        engine="shapley",
        stderr=np.abs(values) / 10,
        converged=np.array([[True], [False], [True]]),
        data=np.array([["x", 1], ["y", 2.5], ["z", None]], dtype=object),
        detail={"stderr_background": values},
    )


def result(title="t", evidence=(), text="words"):
    criterion = Criterion("UG-4D", "Four fifths", "us_ugesp", "adverse_impact", bounds={"ratio": 0.8})
    profile = Profile(
        "us_ugesp", "UGESP", "US", "in force", "1978", "29 CFR", "original", "2026", "2027", "", (criterion,)
    )
    finding = Finding(criterion, Verdict.FAIL, text, {"group": text}, ("id",), {"ratio": 0.5, "flag": True})
    return AuditResult(
        title,
        {"seed": 0},
        Provenance(created="2026-11-22T00:00:00+00:00", notes=(text,)),
        (Step("checks", "selection_rate", "ran", 0.1),),
        tuple(evidence),
        (finding,),
        (profile,),
        {"shapley": explanation()},
    )


@given(TEXT, st.lists(st.builds(Evidence, measure=TEXT, value=NUMBER, low=NUMBER, about=st.dictionaries(TEXT, TEXT))))
@settings(deadline=None)  # the first reading builds the schema
def test_a_result_comes_back_as_it_went(title, evidence):
    before = result(title, evidence, text=title)
    after = loads(dumps(before))
    assert after.title == before.title
    assert after.evidence == before.evidence
    assert after.findings == before.findings
    assert after.profiles == before.profiles
    assert after.provenance == before.provenance
    assert dumps(after) == dumps(before)


def test_the_compact_form_comes_back_the_same():
    before = result()
    small = compact(to_dict(before))
    assert small["findings"][0]["criterion"] == [0, 0]
    assert from_dict(json.loads(json.dumps(small))).findings == before.findings


def test_arrays_come_back_to_the_last_bit():
    before, after = explanation(), loads(dumps(result())).explanations["shapley"]
    for name in ("values", "base", "prediction", "stderr", "converged"):
        a, b = getattr(before, name), getattr(after, name)
        assert a.dtype == b.dtype
        assert (a == b).all(), name
    assert after.data.tolist() == before.data.tolist()
    assert (after.detail["stderr_background"] == before.values).all()


@pytest.mark.parametrize("fill", [0.0, -0.0, 1 / 3, float("nan"), True, 7])
def test_an_array_of_one_value_throughout_is_told_by_it(fill):
    from dataclasses import replace

    e = replace(explanation(), detail={"same": np.full((3, 2), fill)})
    text = dumps(replace(result(), explanations={"shapley": e}))
    assert "fill" in json.loads(text)["explanations"]["shapley"]["detail"]["same"]
    back = loads(text).explanations["shapley"].detail["same"]
    assert back.dtype == np.full(1, fill).dtype
    assert back.tobytes() == np.full((3, 2), fill).tobytes()


def test_json_holds_the_verdict_and_no_nan():
    raw = json.loads(dumps(result(evidence=[Evidence("m", float("nan"), high=float("inf"))])))
    assert raw["verdict"] == "FAIL"
    assert raw["evidence"][0]["value"] is None
    assert raw["evidence"][0]["high"] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("{}", "xaikit-result"),
        ('{"format": "xaikit-result", "schema": 99}', "schema 99"),
        ('{"format": "xaikit-result", "schema": 1}', "does not fit"),
    ],
)
def test_what_is_not_a_result_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        loads(text)


def test_an_array_of_pickled_objects_is_never_made():
    raw = json.loads(dumps(result()))
    raw["explanations"]["shapley"]["values"] = {"shape": [1, 1, 1], "dtype": "|O", "base64": "AAAAAAAAAAA="}
    with pytest.raises(DataError, match="does not fit"):
        loads(json.dumps(raw))
