"""Names of columns as people are shown them: `data.labels` of an audit, put in once, before anything is written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xaikit.core.comparison import Comparison
from xaikit.core.evidence import JOIN, Evidence, Finding
from xaikit.core.result import AuditResult
from xaikit.report.text import Labelled

NAMES = ("feature", "sensitive")
"""Keys of `about` that hold columns; the values of others are groups, cases and words, and stay as they are."""
DECLARED = ("roles", "checks")
"""Parts of the configuration that the report repeats in words."""


def labelled(result: AuditResult) -> AuditResult:
    """Return a result whose columns bear the labels that the audit gives them; the same result where it gives none.

    The names stay what they are, so that ids, anchors and the JSON do; only what is written for people differs.
    """
    labels = _labels(result)
    if not labels:
        return result
    return replace(
        result,
        spec={k: _inside(v, labels) if k in DECLARED else v for k, v in result.spec.items()},
        evidence=tuple(_evidence(e, labels) for e in result.evidence),
        findings=tuple(_finding(f, labels) for f in result.findings),
        explanations={
            name: replace(e, feature_names=tuple(_name(f, labels) for f in e.feature_names))
            for name, e in result.explanations.items()
        },
        standings=tuple(replace(s, feature=_name(s.feature, labels)) for s in result.standings),
    )


def labelled_comparison(comparison: Comparison) -> Comparison:
    """Return a comparison whose columns bear the labels of the later audit."""
    labels = _labels(comparison.after)
    if not labels:
        return comparison
    return replace(
        comparison,
        compared=tuple(
            replace(c, before=_evidence(c.before, labels), after=_evidence(c.after, labels))
            for c in comparison.compared
        ),
        turned=tuple(
            replace(t, before=_finding(t.before, labels), after=_finding(t.after, labels)) for t in comparison.turned
        ),
        only_before=tuple(_evidence(e, labels) for e in comparison.only_before),
        only_after=tuple(_evidence(e, labels) for e in comparison.only_after),
        lost=tuple(_finding(f, labels) for f in comparison.lost),
    )


def _labels(result: AuditResult) -> Mapping[str, str]:
    data = result.spec.get("data")
    return (data.get("labels") if isinstance(data, Mapping) else None) or {}


def _finding(finding: Finding, labels: Mapping[str, str]) -> Finding:
    return replace(finding, about=_about(finding.about, labels))


def _evidence(e: Evidence, labels: Mapping[str, str]) -> Evidence:
    return replace(e, about=_about(e.about, labels), detail={_name(k, labels): v for k, v in e.detail.items()})


def _about(about: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    return {k: _name(v, labels) if k in NAMES else v for k, v in about.items()}


def _name(name: str, labels: Mapping[str, str]) -> str:
    """Return a column, or columns joined, with the label; a name without one is left alone."""
    parts = name.split(JOIN)
    if not any(part in labels for part in parts):
        return name
    return Labelled(name, f" {JOIN} ".join(labels.get(part, part) for part in parts))


def _inside(value: Any, labels: Mapping[str, str]) -> Any:
    """Return a part of the configuration in which every column has its label."""
    if isinstance(value, Mapping):
        return {_inside(k, labels): _inside(v, labels) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_inside(v, labels) for v in value]
    return _name(value, labels) if isinstance(value, str) else value
