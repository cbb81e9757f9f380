"""The trust panel: every check once, with the verdict of the criterion that judged it, the worst on top."""

import pytest

from tests.report.results import explanation_of
from xaikit.core.evidence import Criterion, Evidence, Finding, Verdict
from xaikit.core.result import AuditResult, Provenance
from xaikit.report.blocks import Mark, Paragraph, Table
from xaikit.report.languages import named
from xaikit.report.trust import trust

MINE = {"explanation": "why"}
CHECKS = (
    Evidence("converged_share", 1.0, n=60, unit="share", about=MINE, source="convergence"),
    Evidence("mean_absolute_attribution", 0.3, 0.2, 0.4, 60, "score", {**MINE, "feature": "age"}, "importance"),
    Evidence("deletion_advantage", -0.1, -0.2, 0.05, 60, "score", MINE, "faithfulness"),
    Evidence("background_p", 0.005, n=100, unit="p", source="background_sanity"),
    Evidence(
        "method_rank_correlation", 0.9, 0.8, 0.95, 60, "correlation", {**MINE, "other": "tree_shap"}, "agreement"
    ),
    Evidence(
        "completeness_residual", 1e-9, n=60, unit="score", about={"explanation": "another"}, source="completeness"
    ),
)


def finding(measure, verdict, rule="bound", **given):
    about = next(e for e in CHECKS if e.measure == measure)
    return Finding(Criterion(f"XT-{measure}", "t", "trust", rule, measure), verdict, "", {}, (about.id,), **given)


def panel(*findings, checks=CHECKS, explanation=None):
    explanation = explanation or explanation_of()
    result = AuditResult("t", {}, Provenance(), (), checks, findings, explanations={"why": explanation})
    return trust(result, "why", explanation)


def table(*findings):
    (found,) = (block for block in panel(*findings).body if isinstance(block, Table))
    return found


def test_verdicts_stand_beside_what_was_judged_and_the_worst_comes_first():
    found = table(
        finding("converged_share", Verdict.PASS),
        finding("background_p", Verdict.INCONCLUSIVE),
        finding("deletion_advantage", Verdict.PASS),
        finding("deletion_advantage", Verdict.FAIL),  # of two criteria the worse
    )
    marks = [(row.evidence.partition("[")[0], row.cells[1]) for row in found.rows]
    assert marks == [
        ("deletion_advantage", Mark(Verdict.FAIL)),
        ("background_p", Mark(Verdict.INCONCLUSIVE)),
        ("converged_share", Mark(Verdict.PASS)),
        ("mean_absolute_attribution", ""),
        ("method_rank_correlation", ""),
    ]


def test_what_was_only_reported_or_asked_is_no_verdict():
    found = table(
        finding("converged_share", Verdict.PASS, rule="reported"),
        finding("deletion_advantage", Verdict.NOT_APPLICABLE, open=True),
    )
    assert {row.cells[1] for row in found.rows} == {""}


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_check_is_named_with_what_it_is_about(code):
    spoken = named(code)
    heads = {row.evidence.partition("[")[0]: spoken.plain(row.cells[0]) for row in table().rows}
    assert heads["mean_absolute_attribution"].endswith(": age")
    assert heads["method_rank_correlation"].endswith(": tree shap")
    assert ":" not in heads["converged_share"]
    assert "completeness_residual" not in heads, "it is of another explanation"


def test_an_explanation_without_checks_is_said_to_be_untested():
    found = panel(checks=())
    assert found.tone == "warning"
    assert not [b for b in found.body if isinstance(b, Table)]
    (said,) = (b for b in found.body if isinstance(b, Paragraph))
    assert "untested" in named("en").plain(said.text)
