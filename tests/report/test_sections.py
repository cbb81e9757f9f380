"""Sections over real audits: each shows what was measured, and says what is missing."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from tests.report.reader import every, parse, text
from tests.report.results import callbacks_result, income_result
from tests.report.test_claims import check, claims
from xaikit.core.evidence import Evidence
from xaikit.report.blocks import Chart, Heading, Table
from xaikit.report.html import render
from xaikit.report.language import ENGLISH
from xaikit.report.outline import outline
from xaikit.report.sections import gap, not_established, obligations, proxies, recourse, strata, verdict


def score(batch):
    """A model that leans on hours and on the attribute itself."""
    x = np.asarray(batch, dtype=float)
    return 1 / (1 + np.exp(-(0.06 * (x[:, 0] - 40) + 1.1 * x[:, 1] - 0.4)))


@pytest.fixture(scope="module")
def audited():
    """A real audit of a model, with strata, explanations and every default check."""
    rng = np.random.default_rng(3)
    n = 700
    frame = pd.DataFrame({"male": rng.integers(0, 2, n)})
    frame.insert(0, "hours", np.round(rng.normal(38 + 5 * frame.male, 8)))
    frame["place"] = rng.choice(["north", "south"], n)
    frame["good"] = (rng.random(n) < score(frame[["hours", "male"]])).astype(int)
    roles = xk.Roles(label="good", sensitive=("male",), control=("place",))
    return xk.audit(
        frame,
        roles=roles,
        model=score,
        features=["hours", "male"],
        profiles=["us_ugesp", "explanation_trust"],
        explain=[{"engine": "shapley", "rows": 60}],
        title="Real",
    )


@pytest.fixture(scope="module")
def page(audited):
    return parse(render(audited))[0]


def headings(root):
    return [text(h) for level in ("h2", "h3") for h in every(root, level)]


def test_every_step_ran_or_said_why_not(audited):
    assert [s for s in audited.steps if s.status == "failed"] == []


@pytest.mark.parametrize(
    "wanted",
    [
        "Findings",
        "Who was audited",
        "Fairness: who gets the favourable decision",
        "Within strata",
        "Errors and calibration",
        "What if only the attribute is changed",
        "Where the gap passes",
        "What stands in for the attribute",
        "Why: what the model goes by",
        "What would have changed the decision",
        "Cause or correlation",
        "Not established",
        "Obligations",
        "Method and provenance",
    ],
)
def test_what_was_measured_has_its_section(page, wanted):
    assert wanted in headings(page)


def test_sections_come_in_their_order(page):
    found = [text(h) for h in every(page, "h2") if text(h) != "Contents"]
    assert found[0] == "Findings"
    assert found.index("Fairness: who gets the favourable decision") < found.index("Why: what the model goes by")
    assert found[-3:] == ["Not established", "Obligations", "Method and provenance"]


def test_every_number_of_a_real_audit_reads_back(audited):
    found = list(claims(audited))
    assert len(found) > 150
    for claim in found:
        check(*claim)


def test_the_gap_is_the_sum_of_its_parts(audited):
    whole = audited.measured("gap", output="decision")[0]
    parts = audited.measured("gap_attribution", **whole.about)
    chart = next(b for b in gap.blocks(audited) if isinstance(b, Chart))
    assert sum(p.value for p in chart.figure.parts) == pytest.approx(whole.value)
    assert {p.name for p in chart.figure.parts} >= {e.about["feature"] for e in parts}


def test_the_attribute_itself_is_not_ranked_among_its_stand_ins(audited):
    chart = next(b for b in proxies.blocks(audited) if isinstance(b, Chart))
    assert "male" not in [i.name for i in chart.figure.items]
    assert ENGLISH.plain(chart.title).startswith("hours tells male best")


def test_strata_stand_apart_from_the_whole(audited):
    chart = next(b for b in strata.blocks(audited) if isinstance(b, Chart))
    assert {ENGLISH.plain(i.section) for i in chart.figure.items if i.section} == {"north", "south"}
    assert len(chart.figure.items) == 4


def missing(result):
    """Return the lines of the block, each as one text."""
    table = next(b for b in not_established.blocks(result) if isinstance(b, Table))
    assert len(table.rows) >= 3
    return {ENGLISH.plain(r.cells[0]): " ".join(ENGLISH.plain(c) for c in r.cells[1:]) for r in table.rows}


def test_not_established_names_what_is_missing_here(audited):
    lines = missing(audited)
    assert any("Only place is held constant" in v for v in lines.values())
    assert "That the labels in good are themselves fair" in lines
    decisions = missing(callbacks_result())
    assert any("nothing is held constant" in v for v in decisions.values())
    assert "What the decisions were based on" in decisions


def test_a_declaration_takes_its_line_away():
    result = callbacks_result()
    roles = {**result.spec["roles"], "cluster": "vacancy", "measured_at": {"education": "before"}}
    declared = missing(replace(result, spec={**result.spec, "roles": roles}))
    assert "That the rows are independent" in missing(result)
    assert "That the rows are independent" not in declared
    assert "That the inputs were known before the decision" not in declared


def test_what_did_not_converge_is_said():
    result = income_result()
    e = result.explanations["shapley"]
    rough = replace(e, converged=np.zeros_like(e.converged))
    lines = missing(replace(result, explanations={"shapley": rough}))
    assert any("200 values did not converge" in v for v in lines.values())


def test_unknown_demographics_are_a_row_and_a_line():
    assert "The true rates by sex" in missing(income_result())
    root, _ = parse(render(income_result()))
    rows = [r for r in every(root, "tr") if r.get("class") == "unknown"]
    assert rows
    assert "–" in text(rows[0])


def test_a_law_that_was_not_read_in_the_original_says_so():
    words = " ".join(
        ENGLISH.plain(c)
        for b in obligations.blocks(callbacks_result())
        if isinstance(b, Table)
        for r in b.rows
        for c in r.cells[2:]
    )
    assert "secondary, verify before relying" in words


def test_open_questions_are_never_a_pass():
    root, _ = parse(render(callbacks_result()))
    row = next(r for r in every(root, "tr") if "UG-4A" in text(r))
    assert "Open question" in text(row)
    assert "Pass" not in text(row)


def test_a_result_without_profiles_has_numbers_and_no_verdict():
    result = callbacks_result(findings=(), profiles=())
    opening = verdict.blocks(result)[0]
    assert "Measured, not judged" in ENGLISH.plain(opening.sentence)
    assert opening.numeral is None
    assert "6.45%" in text(parse(render(result))[0])


def test_the_model_that_does_not_read_the_attribute_is_said():
    about = {"sensitive": "sex"}
    e = Evidence("attribute_flip_to_favourable", None, about=about, because="the model does not read sex")
    assert "the model does not read sex" in text(parse(render(callbacks_result(evidence=(e,))))[0])


def test_every_section_begins_with_its_heading(audited):
    for part in outline(audited)[1:]:
        assert isinstance(part[0], Heading)
        assert part[0].anchor


def test_a_gap_of_too_few_people_is_not_said_to_be_searched_for_in_vain():
    """A cost that nobody has was looked for and not found; a gap between too few people was never measured."""
    a, b, c = ({"sensitive": "race", "group": g} for g in "abc")
    evidence = [
        *(Evidence("recourse_found", v, 0.0, 1.0, 30, "rate", g) for g, v in ((a, 1.0), (b, 1.0), (c, 0.0))),
        *(Evidence("recourse_cost", v, 0.5, 2.0, n, "range", g) for g, v, n in ((a, 1.5, 30), (b, 1.0, 3))),
        Evidence("recourse_cost", None, n=0, about=c, because="nobody has an answer"),
        *(Evidence("recourse_cost_gap", None, n=3, about=g, because="too few") for g in (b, c)),
    ]
    blocks = recourse.blocks(callbacks_result(evidence=evidence))
    (table,) = (t for t in blocks if isinstance(t, Table) and "race" in ENGLISH.plain(t.caption))
    shown = {ENGLISH.plain(r.cells[0]): [ENGLISH.plain(c) for c in r.cells[1:]] for r in table.rows}
    assert shown["b"][-1] == "too few to compare"
    assert shown["c"][1] == "none found"
    assert "none found" not in shown["b"]
