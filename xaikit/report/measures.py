"""The measures in words: their names and how their numbers are printed."""

from types import MappingProxyType

from xaikit.core.evidence import Evidence
from xaikit.report.text import Interval, Message, Number, Text, say

MEASURES: MappingProxyType[str, tuple[Message, str]] = MappingProxyType(
    {
        "accuracy": (say("accuracy"), "percent"),
        "attribute_flip_to_favourable": (say("decisions turned favourable by the flip"), "percent"),
        "attribute_flip_to_unfavourable": (say("decisions turned unfavourable by the flip"), "percent"),
        "auc": (say("area under the ROC curve"), "ratio"),
        "best_of_k_p": (say("p value, valid for a comparison with the best group"), "p"),
        "breslow_day_p": (say("p value of the Breslow–Day test"), "p"),
        "calibration": (say("observed share of favourable labels"), "percent"),
        "cmh_p": (say("p value of the Cochran–Mantel–Haenszel test"), "p"),
        "cohen_h": (say("Cohen's h"), "ratio"),
        "completeness_residual": (say("completeness residual"), "score"),
        "expected_calibration_error": (say("expected calibration error"), "ratio"),
        "false_negative_rate": (say("false-negative rate"), "percent"),
        "false_positive_rate": (say("false-positive rate"), "percent"),
        "fisher_p": (say("p value of Fisher's exact test"), "p"),
        "impact_ratio": (say("impact ratio"), "ratio"),
        "mantel_haenszel_or": (say("Mantel–Haenszel odds ratio"), "ratio"),
        "mid_p": (say("mid-P value of the exact test"), "p"),
        "minimum_detectable_ratio": (say("smallest gap that would be noticed"), "ratio"),
        "odds_ratio": (say("odds ratio"), "ratio"),
        "precision": (say("precision"), "percent"),
        "representation": (say("share of the rows"), "percent"),
        "scoring_rate": (say("scoring rate"), "percent"),
        "selection_rate": (say("selection rate"), "percent"),
        "selection_rate_difference": (say("difference of selection rates, in percentage points"), "points"),
        "shortfall": (say("people short of parity"), "count"),
        "true_positive_rate": (say("true-positive rate"), "percent"),
        "z": (say("z"), "score"),
    }
)
UNITS = MappingProxyType({"rate": "percent", "p": "p", "count": "count", "ratio": "ratio", "share": "percent"})


def name_of(measure: str) -> Text:
    """Return the name of a measure in words; its technical name where it has none."""
    return MEASURES[measure][0] if measure in MEASURES else measure.replace("_", " ")


def kind_of(evidence: Evidence) -> str:
    """Return how the numbers of evidence are printed."""
    if evidence.measure in MEASURES:
        return MEASURES[evidence.measure][1]
    return UNITS.get(evidence.unit, "score")


def value(evidence: Evidence | None) -> Text:
    """Return the value of evidence as it is printed: a number, or why there is none."""
    if evidence is None:
        return Number(None, "score")
    if evidence.value is None and evidence.because:
        return evidence.because
    return Number(evidence.value, kind_of(evidence), evidence.id)


def interval(evidence: Evidence | None) -> Text:
    """Return the interval of evidence as it is printed."""
    if evidence is None:
        return Interval(None, None, "score")
    return Interval(evidence.low, evidence.high, kind_of(evidence), evidence.id)


def n(evidence: Evidence | None) -> Text:
    """Return the number of rows that evidence rests on."""
    if evidence is None:
        return Number(None, "count")
    return Number(evidence.n, "count", evidence.id, "n")
