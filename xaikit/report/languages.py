"""The languages that a report can be written in."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from xaikit.core.errors import unknown_name
from xaikit.core.result import AuditResult
from xaikit.report.catalogue import catalogue
from xaikit.report.language import Language, no_particle
from xaikit.report.measures import MEASURES
from xaikit.report.particles import particle

CODES = ("en", "ko")
PARTICLES = {"ko": particle}


def language(result: AuditResult) -> Language:
    """Return the language that the audit asks for; English where it does not say.

    Raises
    ------
    SpecError
        For a language that there is no catalogue of.
    """
    report = result.spec.get("report") or {}
    code = report.get("language", "en") if isinstance(report, Mapping) else "en"
    return named(str(code))


@cache
def named(code: str) -> Language:
    """Return a language by its code.

    Raises
    ------
    SpecError
        For a code that there is no catalogue of.
    """
    if code not in CODES:
        raise unknown_name("report.language", "language", code, CODES)
    found = catalogue(code)
    measures = {k.replace("_", " "): found.sentences.get(m.template, m.template) for k, (m, _) in MEASURES.items()}
    capital = {k.capitalize(): told for k, told in measures.items()}
    known = replace(found, results={**capital, **measures, **found.results}) if code != "en" else found
    return Language(code, known, PARTICLES.get(code, no_particle))
