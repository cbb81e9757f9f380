"""The decision letter: every number is its evidence's, nothing of others is in it, it says what the law asks for."""

import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import xaikit as xk
from tests.compute.hiring import FEATURES, IMMUTABLE, ONLY_INCREASE, Screener, applicants
from tests.report.reader import NS, allowed, every, parse, text
from tests.report.test_claims import check
from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult, Provenance
from xaikit.report import exports, letters
from xaikit.report.numbers import short_digest

CITED = ("1002.9", "2024/1689", "86", "2016/679", "22", "34", "37-2", "12 CFR", "95%", "34조", "37조의2")


@cache
def audited(language="en"):
    table = applicants(1500).assign(name=lambda t: [f"p{i}" for i in range(len(t))])
    model = Screener(table)
    scores = model(table)
    rejected = [table.name[i] for i in range(len(table)) if scores[i] < 0.4][:2]
    accepted = table.name[int(scores.argmax())]
    result = xk.audit(
        table,
        roles=xk.Roles(label="hired", favourable=1, sensitive=["sex"], id="name"),
        model=model,
        features=FEATURES,
        checks={
            "applicant": {
                "ids": [*rejected, accepted],
                "immutable": list(IMMUTABLE),
                "only_increase": list(ONLY_INCREASE),
                "bounds": {"test": [0, 95]},
                "linked": {"education": {"age": 2}},
            }
        },
    )
    return replace(result, spec={**result.spec, "report": {"language": language}})


def numbers_of(page, result):
    """Yield (evidence, part, printed text, exact) of every number of a letter that is tied to evidence."""
    known = {"e" + short_digest(e.id): e for e in result.evidence}
    root, errors = parse(page)
    assert errors == []
    for data in every(root, "data"):
        evidence = known[data.get("data-e")]
        yield evidence, data.get("data-part"), text(data), data.get("value")


def loose(page, result, case):
    """Return numbers of a letter that are neither tied to evidence nor words of the person's own data."""
    root, _ = parse(page)
    (main,) = every(root, "main")
    for data in [*every(main, "data"), *every(main, "code"), *every(main, "h1")]:
        data.text = ""
        for child in list(data):
            data.remove(child)
    left = text(main)
    words = [case, result.provenance.created[:10], str(result.provenance.model.get("name", result.title)), *CITED]
    for e in result.evidence:
        if e.about.get("case") == case:
            words += [e.about.get("feature", ""), *(str(v) for v in e.detail.values() if isinstance(v, str))]
    checks = result.spec["checks"]["applicant"] if result.spec else {}
    words += [f"{k} {low:g}–{high:g}" for k, (low, high) in (checks.get("bounds") or {}).items()]
    words += [f"{s} +1 → {t} {f:+g}" for s, to in (checks.get("linked") or {}).items() for t, f in to.items()]
    for word in sorted(filter(None, words), key=len, reverse=True):
        left = left.replace(word, " ")
    return re.findall(r"\d[\d.,]*", left)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_number_of_a_letter_equals_its_evidence(language):
    result = audited(language)
    for case in letters.cases(result)[:2]:
        page = letters.render(result, case)
        found = list(numbers_of(page, result))
        assert len(found) >= 2 + 3  # score, threshold, and a reason with interval and test
        for evidence, part, shown, exact in found:
            assert evidence.about["case"] == case
            check(evidence, part, shown.replace(" ~ ", " to "), exact)
        count = len(every(parse(page)[0], "ol")[0])
        assert [n for n in loose(page, result, case) if n != str(count)] == []


FINITE = st.floats(-2, 2, allow_nan=False).filter(lambda v: v == 0 or abs(v) > 1e-9)


@st.composite
def made_up(draw):
    """The evidence on one person: any scores, features and ways."""
    case = draw(st.text("abcxyz019", min_size=1, max_size=6))
    about = {"case": case}
    names = draw(st.lists(st.text("abcdefg_", min_size=1, max_size=8), min_size=1, max_size=7, unique=True))
    detail = {"threshold": draw(FINITE), "favourable": False, "base": draw(FINITE)}
    out = [Evidence("applicant_score", draw(FINITE), n=1, unit="score", about=about, detail=detail)]
    for i, name in enumerate(names):
        value, margin = draw(FINITE), draw(st.floats(0, 1))
        shown = draw(st.sampled_from(["3", "17.25", "red", "-4"]))
        facts = {"effect": draw(FINITE), "faithful": True, "sure": True, "principal": i < 4 and value < 0}
        out.append(
            Evidence(
                *("applicant_reason", value, value - margin, value + margin, 1, "score", {**about, "feature": name}),
                detail={**facts, "shown": shown},
            )
        )
    facts = {"others": draw(FINITE), "reasons": 1, "draws": 20}
    out.append(Evidence("applicant_reasons_together", draw(FINITE), n=1, unit="score", about=about, detail=facts))
    for way in range(draw(st.integers(0, 3))):
        changed = dict.fromkeys(names[: way + 1], "3 → 7.5")
        here = {**about, "way": str(way + 1)}
        out.append(
            Evidence("applicant_recourse", draw(st.floats(0, 3)), n=1, unit="range", about=here, detail=changed)
        )
    return case, AuditResult(
        "t", {"checks": {"applicant": {}}}, Provenance(created="2026-01-02"), evidence=tuple(out)
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(made_up())
def test_numbers_of_any_letter_read_back(given_):
    case, result = given_
    page = letters.render(result, case)
    found = list(numbers_of(page, result))
    assert len(found) >= 2
    for claim in found:
        check(*claim)
    reasons = sum(bool(e.detail.get("principal")) for e in result.evidence)
    assert set(loose(page, result, case)) <= {str(reasons)} | set(re.findall(r"\d+", case))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_says_what_the_laws_ask_for(language):
    result = audited(language)
    case = letters.cases(result)[0]
    shown = text(every(parse(letters.render(result, case))[0], "main")[0])
    said = {
        "en": (
            "The outcome was not favourable",
            "Main reasons",
            "would have accepted",
            "What the model was given about you",
            "Ask for a person to look at this decision again",
            "contest the outcome",
            "what is wrong in it to be corrected",
            "What the model was trained on",
            "Where to write",
            "Not to be changed: age, sex, race, gap.",
            "To be increased only: education, experience, certificates.",
            "Kept within bounds: test 0–95.",
            "Moved together: education +1 → age +2.",
            "no promise",
        ),
        "ko": (
            "불리한 결정",
            "주요 사유",
            "받아들였을",
            "모델에 주어진",
            "사람이 이 결정을 다시 검토",
            "이의를 제기",
            "정정",
            "보낼 곳",
        ),
    }[language]
    for words in said:
        assert words in shown, words
    for source in ("12 CFR 1002.9", "2024/1689", "2016/679"):
        assert source in shown
    assert every(parse(letters.render(result, case))[0], "html")[0].get("lang") == language
    items = every(every(parse(letters.render(result, case))[0], "ol")[0], "li")
    assert 1 <= len(items) <= 4


def test_it_holds_nothing_of_anybody_else_and_no_result():
    result = audited()
    first, second, third = letters.cases(result)
    page = letters.render(result, first)
    assert f">{second}<" not in page
    assert f">{third}<" not in page
    root, _ = parse(page)
    assert every(root, "script") == []
    assert [b for b in allowed(root) if "href" in b or "src" in b] == []
    assert len(page) < 12_000


def test_the_letter_in_the_report_is_the_letter_alone():
    result = audited()
    case = letters.cases(result)[0]
    alone = text(every(parse(letters.render(result, case))[0], "main")[0])
    root, _ = parse(result.to_html())
    callout = next(e for e in root.iter() if e.tag == NS + "div" and e.get("aria-label") == "Letter")
    for block in [p for tag in ("p", "li", "h4") for p in every(callout, tag)][1:]:
        if text(block) not in ("Letter",):
            assert text(block) in alone


def test_to_the_accepted_it_says_that_no_reasons_are_due():
    result = audited()
    shown = text(parse(letters.render(result, letters.cases(result)[2]))[0])
    assert "The outcome was favourable" in shown
    assert "Main reasons" not in shown


def test_without_recourse_it_says_so():
    result = audited()
    case = letters.cases(result)[0]
    kept = tuple(e for e in result.evidence if e.measure != "applicant_recourse" or e.about["case"] != case)
    none = Evidence("applicant_recourse", None, about={"case": case, "way": "1"}, because="no recourse")
    shown = text(parse(letters.render(replace(result, evidence=(*kept, none)), case))[0])
    assert "No change was found within the stated constraints that this model would have accepted." in shown


def test_names_of_the_data_are_never_markup():
    result = audited()
    case = letters.cases(result)[0]
    hostile = "<script>alert(1)</script>"
    evidence = tuple(
        replace(e, about={**e.about, "feature": hostile + e.about["feature"]}) if "feature" in e.about else e
        for e in result.evidence
    )
    page = letters.render(replace(result, evidence=evidence), case)
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_the_same_result_gives_the_same_bytes():
    result = audited()
    case = letters.cases(result)[0]
    assert letters.render(result, case) == letters.render(result, case)


def test_tables_of_a_result_on_people_can_be_exported():
    names = exports.tables(audited())
    assert any("reasons" in n for n in names)
    assert any("ways" in n for n in names)
