"""The languages that a report can be written in."""

from collections.abc import Mapping

from xaikit.core.result import AuditResult
from xaikit.report.language import ENGLISH, Language

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH}


def language(result: AuditResult) -> Language:
    """Return the language that the audit asks for; English where it does not say."""
    report = result.spec.get("report") or {}
    code = report.get("language", "en") if isinstance(report, Mapping) else "en"
    return LANGUAGES.get(str(code), ENGLISH)
