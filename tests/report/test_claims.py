"""Every number on the page says what its evidence says: read back from the page, not from the code that wrote it."""

import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import xaikit as xk
from tests.report.reader import every, parse, text
from tests.report.results import CALLBACKS, callbacks_result, income_result, judged, selection
from xaikit.report.html import render
from xaikit.report.numbers import short_digest


def read(shown):
    """Return the range of values that a printed number allows."""
    shown = shown.replace("\N{MINUS SIGN}", "-").replace(",", "").strip()
    if shown.startswith("<"):
        return 0.0, float(shown[1:])
    shown, _, power = shown.partition(" × 10")
    percent = shown.endswith("%")
    number = shown.rstrip("%")
    digits = len(number.split(".")[1]) if "." in number else 0
    half = 0.5000001 * 10**-digits
    scale = 0.01 if percent else 10.0 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    return (float(number) - half) * scale, (float(number) + half) * scale


def tied(element):
    """Return the name of the evidence that an element is tied to: as a link to it, by `data-e`, or as its row."""
    row = element.get("id") if element.tag.endswith("tr") else None
    return element.get("data-e") or element.get("href", "#")[1:] or row


def claims(result):
    """Yield (evidence, part, printed text) of every number that is tied to evidence."""
    known = {"e" + short_digest(e.id): e for e in result.evidence}
    root, _ = parse(render(result))
    parent = {child: e for e in root.iter() for child in e}
    for data in every(root, "data"):
        at = data
        while at is not None and tied(at) not in known:
            at = parent.get(at)
        assert at is not None, f"a number without evidence: {text(data)}"
        yield known[tied(at)], data.get("data-part"), text(data), data.get("value")


def check(evidence, part, shown, exact):
    # differences of rates are printed in percentage points, differences of scores in units of the score
    of_rates = "gap" in evidence.measure or "difference" in evidence.measure or "flip_with" in evidence.measure
    share = part not in ("n", "count") and of_rates
    may = (1, 100) if share else (1,)

    def fits(printed, true):
        least, most = read(printed)
        return any(least <= true * factor <= most for factor in may)

    if "/" in exact:
        low, high = map(float, exact.split("/"))
        assert low == pytest.approx(evidence.low, rel=1e-5)
        assert high == pytest.approx(evidence.high, rel=1e-5)
        ends = re.split(r"–| to | ~ ", shown)
        if shown.endswith("%"):
            ends = [e if e.endswith("%") else e + "%" for e in ends]
        assert all(fits(end, true) for end, true in zip(ends, (evidence.low, evidence.high), strict=True)), shown
        return
    if part in ("n", "low", "high"):
        true = getattr(evidence, part)
    else:
        true = evidence.detail["mean_score" if part == "x" else part] if part else evidence.value
    assert float(exact) == pytest.approx(true, rel=1e-5, abs=1e-12)
    assert fits(shown, true), (evidence.id, part, shown, true)


@pytest.mark.parametrize("make", [callbacks_result, income_result])
def test_every_number_equals_its_evidence_at_the_stated_rounding(make):
    result = make()
    found = list(claims(result))
    assert len(found) > 100
    for claim in found:
        check(*claim)


@st.composite
def tables(draw):
    groups = draw(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=6, unique=True))
    return {"s": {g: (n := draw(st.integers(1, 5000)), draw(st.integers(0, n))) for g in groups}}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_numbers_of_any_table_read_back(counts):
    if not any(k for _, k in counts["s"].values()):
        return
    evidence = tuple(selection(counts))
    result = callbacks_result(evidence=evidence, findings=judged(evidence))
    for claim in claims(result):
        check(*claim)


def test_the_verdict_says_who_how_much_and_how_sure(callbacks):
    root, _ = parse(render(callbacks))
    said = text(next(p for p in every(root, "p") if p.get("class") == "verdict"))
    (n1, k1), (n0, k0) = CALLBACKS["ethnicity"]["black"], CALLBACKS["ethnicity"]["white"]
    assert said.startswith("By ethnicity, the group black is selected at 0.668 of the rate of white")
    assert f"6.45% ({k1} of {n1:,}) against 9.65% ({k0} of {n0:,})" in said
    assert re.search(r"95% interval of the ratio 0\.\d{3}–0\.\d{3}", said)
    assert "< .001" in said


def test_people_short_are_counted(callbacks):
    (n1, k1), (n0, k0) = CALLBACKS["ethnicity"]["black"], CALLBACKS["ethnicity"]["white"]
    assert n1 * k0 / n0 - k1 == 78
    assert "At the rate of white, 78 more people of the group black would have been selected." in text(
        parse(render(callbacks))[0]
    )


def test_a_gap_that_chance_may_explain_is_not_called_harm(callbacks):
    page = text(parse(render(callbacks))[0])
    assert re.search(
        r"group male would have been selected; there is not enough evidence to tell this from chance\.", page
    )


def counted(**groups):
    """An audit of people by sex: group = (people, selected)."""
    rows = [(g, i < k) for g, (n, k) in groups.items() for i in range(n)]
    frame = pd.DataFrame(rows, columns=["sex", "hired"]).assign(hired=lambda f: f.hired.astype(int))
    roles = xk.Roles(decision="hired", sensitive=["sex"])
    return xk.audit(frame, roles=roles, checks=["selection_rate"], profiles=["us_ugesp"])


def test_a_gap_that_is_no_chance_but_above_four_fifths_is_not_said_to_be_chance():
    """440 of 1000 against 510 of 1000: ratio .863, and p about .002 by hand (z = 3.13)."""
    found = counted(f=(1000, 440), m=(1000, 510))
    assert found.verdict is xk.Verdict.INCONCLUSIVE
    page = text(parse(render(found))[0])
    assert "70 more people of the group f would have been selected; that is not by chance, but the ratio is" in page
    assert "not enough evidence" not in page
    assert "Whether 1 group is treated differently" not in page
    assert "Collect more decisions" not in page
    assert "Let a person judge gaps" in page


def test_a_gap_that_few_people_leave_open_is_said_to_be_open():
    """9 of 30 against 12 of 30: ratio .75, and p about .4."""
    page = text(parse(render(counted(f=(30, 9), m=(30, 12))))[0])
    assert "group f would have been selected; there is not enough evidence to tell this from chance." in page
    assert "Whether 1 group is treated differently: f" in page
    assert "Collect more decisions" in page
    assert "Let a person judge gaps" not in page
