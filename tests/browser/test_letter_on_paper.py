"""The decision letter on paper: one sheet of A4, whole, in both languages, also of a model with many long names."""

import io

import pypdf
import pytest

from tests.report.test_letters import audited
from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult, Provenance
from xaikit.io import chromium
from xaikit.report import letters

pytestmark = pytest.mark.browser


def sheets(page):
    if chromium.found() is None:
        pytest.skip("no Chromium: apt-get install chromium")
    return pypdf.PdfReader(io.BytesIO(chromium.pdf(page))).pages


def long_winded(language):
    """Forty features of forty letters, four reasons, two ways of four changes each, every constraint declared."""
    names = [f"feature_with_a_rather_long_name_number_{i:02d}" for i in range(40)]
    about = {"case": "applicant-2026-000123456789"}
    facts = {"threshold": 0.5, "favourable": False, "base": 0.4}
    evidence = [Evidence("applicant_score", 0.123456, n=1, unit="score", about=about, detail=facts)]
    for i, name in enumerate(names):
        value = -0.05 + 0.0026 * i
        kept = {
            "effect": value / 2,
            "faithful": i < 4,
            "sure": True,
            "principal": i < 4,
            "shown": "Some long category",
        }
        evidence.append(
            Evidence(
                "applicant_reason",
                value,
                value - 0.01,
                value + 0.01,
                1,
                "score",
                {**about, "feature": name},
                detail=kept,
            )
        )
    together = {"others": 0.1301, "reasons": 4, "draws": 20}
    evidence.append(Evidence("applicant_reasons_together", 0.4321, n=1, unit="score", about=about, detail=together))
    for way in "12":
        changed = dict.fromkeys(names[4:8], "Some long category → Another long category")
        here = {**about, "way": way}
        evidence.append(Evidence("applicant_recourse", 1.5, n=1, unit="range", about=here, detail=changed))
    declared = {"immutable": names[:5], "only_increase": names[5:8], "linked": {names[5]: {names[0]: 2.0}}}
    spec = {"checks": {"applicant": declared}, "report": {"language": language}}
    made = Provenance(created="2026-11-22T10:00:00Z", model={"name": "A model with a long name, version 12.3.4.pt2"})
    return AuditResult("t", spec, made, evidence=tuple(evidence))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("make", [audited, long_winded])
def test_a_letter_is_one_sheet_of_a4(make, language):
    result = make(language)
    pages = sheets(letters.render(result, letters.cases(result)[0]))
    assert len(pages) == 1
    assert [round(float(v)) for v in pages[0].mediabox[2:]] == [595, 842]
    shown = "".join(pages[0].extract_text().split())  # how words are parted is the reader's guess
    last = {"en": "It is not legal advice.", "ko": "법률 자문이 아닙니다."}[language]
    assert "".join(last.split()) in shown
