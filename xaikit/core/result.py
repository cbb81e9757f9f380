"""The outcome of an audit: the only value that is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from xaikit.core import plugin
from xaikit.core.evidence import Evidence, Finding, Profile, Verdict, overall
from xaikit.core.explanation import Explanation
from xaikit.core.standing import Standing

SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True)
class Step:
    """A plug-in's fate.

    Parameters
    ----------
    kind, name : str
        "checks", "selection_rate".
    status : str
        "ran", "skipped" or "failed".
    seconds : float
        How long it took.
    because : str
        Why it was skipped or failed.
    """

    kind: str
    name: str
    status: str
    seconds: float = 0.0
    because: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the numbers come from, so that somebody else can make them again.

    Parameters
    ----------
    created : str
        ISO 8601, UTC.
    seed : int
        Of the audit; every step derives its own generator from it.
    command : str
        What to type to make the result again.
    hashes : mapping
        SHA-256 of data, model, background and audit.yaml, by name.
    versions : mapping
        Of xaikit, Python and the packages that computed.
    device : str
        Where the model ran.
    data : mapping
        Facts of the data: rows, columns, path, where.
    model : mapping
        Facts of the model's card.
    notes : tuple of str
        Warnings that a reader of the report must know.
    """

    created: str = ""
    seed: int = 0
    command: str = ""
    hashes: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    data: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    model: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class AuditResult:
    """All that an audit found.

    Parameters
    ----------
    title : str
        Of the audit.
    spec : mapping
        The resolved configuration, defaults filled in.
    provenance : Provenance
        Hashes, seed, versions, command.
    steps : tuple of Step
        What ran, was skipped, or failed.
    evidence : tuple of Evidence
        What was measured.
    findings : tuple of Finding
        What was judged.
    profiles : tuple of Profile
        By what.
    explanations : mapping of str to Explanation
        By the name of their engine (numbered when one engine ran twice).
    standings : tuple of Standing
        Of every feature, as declared and as judged.
    """

    title: str
    spec: Mapping[str, Any]
    provenance: Provenance
    steps: tuple[Step, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    profiles: tuple[Profile, ...] = ()
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    standings: tuple[Standing, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict of the whole: the maximum over the findings; ERROR when a step failed."""
        failed = any(s.status == "failed" for s in self.steps)
        return Verdict.ERROR if failed else overall(self.findings)

    def measured(self, measure: str, **about: str) -> tuple[Evidence, ...]:
        """Return the evidence on one measure whose `about` holds the given keys and values."""
        kept = _index(self).by_measure.get(measure, ())
        return tuple(e for e in kept if all(e.about.get(k) == v for k, v in about.items()))

    def named(self, id: str) -> Evidence | None:
        """Return the evidence of an id, or None where there is none."""
        return _index(self).by_id.get(id)

    def evidence_frame(self) -> Any:
        """Return one line each: measure, value, low, high, n, unit, source, and the keys of `about`."""
        return plugin.function("xaikit.io.frames", "evidence_frame")(self)

    def findings_frame(self) -> Any:
        """Return one line each: profile, criterion, verdict, because, citation, and the keys of `about`."""
        return plugin.function("xaikit.io.frames", "findings_frame")(self)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the result as JSON, and write it when a path is given (whole, or not at all)."""
        text: str = plugin.function("xaikit.core.codec", "dumps")(self)
        if path is not None:
            plugin.function("xaikit.io.files", "write_text")(Path(path), text)
        return text

    @classmethod
    def from_json(cls, source: str | Path) -> "AuditResult":
        """Read what `to_json` wrote: a path, or the text itself."""
        result: AuditResult = plugin.function("xaikit.io.store", "read_result")(source)
        return result

    def summary(self, level: str = "executive", *, language: str | None = None) -> str:
        """Return the verdict and the findings in plain text, worst first: a line each, or a paragraph each.

        Parameters
        ----------
        level : {"executive", "auditor"}
            One line a finding, or one paragraph with its numbers, its doubt and its source.
        language : str, optional
            "en" or "ko"; by default that of the audit.
        """
        text: str = plugin.function("xaikit.report.levels", "summary")(self, level, language)
        return text

    def to_html(self, path: str | Path | None = None, *, language: str | None = None) -> str:
        """Return the report as one HTML page, and write it when a path is given (whole, or not at all).

        `language` is "en" or "ko"; by default that of the audit.
        """
        text: str = plugin.function("xaikit.report.html", "render")(self, language)
        if path is not None:
            plugin.function("xaikit.io.files", "write_text")(Path(path), text)
        return text

    def log_to_mlflow(self, run_id: str | None = None) -> str:
        """Log verdicts, measures and the report to a run of MLflow (the active one, or a new one); return its id."""
        logged: str = plugin.function("xaikit.auditing.tracking", "log_to_mlflow")(self, run_id)
        return logged

    def _repr_html_(self) -> str:
        html: str = plugin.function("xaikit.report.notebook", "result_html")(self)
        return html


@dataclass(frozen=True, slots=True)
class _Index:
    """The evidence of a result by measure and by id: reports ask for it as often as there are groups, squared."""

    by_measure: Mapping[str, tuple[Evidence, ...]]
    by_id: Mapping[str, Evidence]


_indices: "WeakKeyDictionary[AuditResult, _Index]" = WeakKeyDictionary()


def _index(result: AuditResult) -> _Index:
    """Return the index of a result, made once: what a result holds does not change."""
    found = _indices.get(result)
    if found is None:
        measures: dict[str, list[Evidence]] = {}
        for e in result.evidence:
            measures.setdefault(e.measure, []).append(e)
        found = _Index({k: tuple(v) for k, v in measures.items()}, {e.id: e for e in result.evidence})
        _indices[result] = found
    return found
