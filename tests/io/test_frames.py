import numpy as np

from tests.core.test_codec import explanation, result
from xaikit.core.evidence import Evidence


def test_evidence_is_one_line_each_with_the_keys_of_about():
    rows = [
        Evidence("impact_ratio", 0.5, 0.4, 0.6, 100, "ratio", {"sensitive": "sex", "group": "f"}, "selection_rate"),
        Evidence("true_positive_rate", None, about={"group": "f", "bin": "1"}, because="no positives"),
    ]
    frame = result(evidence=rows).evidence_frame()
    assert list(frame.columns[:7]) == ["measure", "value", "low", "high", "n", "unit", "source"]
    assert frame.loc[0, "sensitive"] == "sex"
    assert np.isnan(frame.loc[1, "value"])
    assert frame.loc[1, "because"] == "no positives"
    assert frame.loc[1, "bin"] == "1"


def test_findings_are_one_line_each():
    frame = result().findings_frame()
    assert frame.loc[0, ["profile", "criterion", "verdict"]].tolist() == ["us_ugesp", "UG-4D", "FAIL"]


def test_an_explanation_is_one_line_a_row_feature_and_output():
    e = explanation()
    frame = e.to_frame()
    assert len(frame) == 6
    line = frame[(frame.row == "1") & (frame.feature == "b")].iloc[0]
    assert line["value"] == e.values[1, 1, 0]
    assert line["stderr"] == e.stderr[1, 1, 0]
    assert line["data"] == 2.5


def test_an_empty_result_gives_frames_with_columns():
    frame = result().evidence_frame()
    assert len(frame) == 0
    assert "value" in frame
