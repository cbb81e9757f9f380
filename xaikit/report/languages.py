"""The languages that a report can be written in."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from xaikit.core.errors import SpecError, listed, nearest, shown
from xaikit.core.result import AuditResult
from xaikit.report.catalogue import catalogue
from xaikit.report.language import Language, no_particle
from xaikit.report.measures import MEASURES
from xaikit.report.particles import particle

CODES = ("en", "ko")
CALLED = {"english": "en", "korean": "ko", "한국어": "ko", "kr": "ko"}
"""What a language is asked for by, where not by its code: told, not taken."""
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
    return named(str(code), "report.language")


@cache
def named(code: str, where: str = "language") -> Language:
    """Return a language by its code; `where` it was asked for stands in the error.

    Raises
    ------
    SpecError
        For a code that there is no catalogue of, with the nearest.

    Examples
    --------
    >>> named("Korean", "--language")
    Traceback (most recent call last):
    xaikit.core.errors.SpecError: --language: got unknown language 'Korean'; expected one of 'en', 'ko'. \
Did you mean 'ko'?
    """
    if code not in CODES:
        near = nearest(code, [*CODES, *CALLED])
        hint = f"Did you mean {shown(CALLED.get(near, near))}?" if near else None
        raise SpecError(where, f"unknown language {shown(code)}", f"one of {listed(CODES)}", hint)
    found = catalogue(code)
    measures = {k.replace("_", " "): found.sentences.get(m.template, m.template) for k, (m, _) in MEASURES.items()}
    capital = {k.capitalize(): told for k, told in measures.items()}
    known = replace(found, results={**capital, **measures, **found.results}) if code != "en" else found
    return Language(code, known, PARTICLES.get(code, no_particle))
