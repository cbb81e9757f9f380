"""Sentences against their evidence, in both languages, and proof that it bites: altered claims are caught.

What is expected, before any run: every altered last digit, sign, exchanged number, rank and verdict is caught, since
a printed number allows half a unit of its last digit and no more.
"""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.report.live import live_result
from tests.report.reader import NS, every, parse, text
from tests.report.results import callbacks_result, income_result, judged, selection
from tests.report.test_claims import check, claims, read, tables
from xaikit.core.evidence import Verdict
from xaikit.report import html
from xaikit.report.language import ENGLISH
from xaikit.report.languages import named
from xaikit.report.levels import line, paragraph

MINUS = "\N{MINUS SIGN}"
RESULTS = {
    "callbacks": callbacks_result,
    "income": income_result,
    "model": lambda: live_result(True),
    "decisions": lambda: live_result(False),
}


def spoken(result, code):
    return replace(result, spec={**result.spec, "report": {"language": code}})


@pytest.mark.parametrize("code", ["en", "ko"])
@pytest.mark.parametrize("name", RESULTS)
def test_every_number_of_every_section_equals_its_evidence_in_both_languages(name, code):
    found = list(claims(spoken(RESULTS[name](), code)))
    assert len(found) > 100
    for claim in found:
        check(*claim)


def last_digit(shown):
    """Return a printed number with its last digit two units off: of 31.25, both 31.2 and 31.3 are roundings."""
    at = max(i for i, c in enumerate(shown) if c.isdigit())
    return shown[:at] + str((int(shown[at]) + 2) % 10) + shown[at + 1 :]


def other_sign(shown):
    if not any(c in "123456789" for c in shown):
        return None
    if shown[0] in (MINUS, "+"):
        return ("+" if shown[0] == MINUS else MINUS) + shown[1:]
    return MINUS + shown


def caught(claim):
    try:
        check(*claim)
    except (AssertionError, ValueError):
        return True
    return False


@pytest.mark.parametrize("name", ["income", "model"])
@pytest.mark.parametrize("alter", [last_digit, other_sign])
def test_an_altered_number_is_caught(name, alter):
    tried = 0
    for evidence, part, shown, exact in claims(RESULTS[name]()):
        if "/" in exact or shown.startswith("<") or "×" in shown:
            continue
        altered = alter(shown)
        if altered is not None:
            tried += 1
            assert caught((evidence, part, altered, exact)), (evidence.id, shown, altered)
    assert tried > 150


@pytest.mark.parametrize("name", ["income", "model"])
def test_the_number_of_other_evidence_is_caught(name):
    """Exchanged claims: each number is put where the next of another value stands."""
    found = [c for c in claims(RESULTS[name]()) if "/" not in c[3] and not c[2].startswith("<")]
    tried = 0
    for one, other in pairwise(found):
        least, most = read(one[2])
        if float(one[3]) == float(other[3]) or any(least <= end <= most for end in read(other[2])):
            continue
        tried += 1
        assert caught((one[0], one[1], other[2], other[3]))
    assert tried > 100


def test_an_altered_end_of_an_interval_is_caught():
    tried = 0
    for evidence, part, shown, exact in claims(income_result()):
        if "/" in exact and " to " not in shown:
            low, high = shown.split("–")
            tried += 1
            assert caught((evidence, part, f"{last_digit(low)}–{high}", exact))
            assert caught((evidence, part, f"{low}–{last_digit(high)}", exact))
    assert tried > 20


def superlatives(root):
    """Yield (words, named group, printed value, [printed values of the chart]) of every title that ranks."""
    for figure in every(root, "figure"):
        title = next((b for b in figure.iter() if b.tag == NS + "b"), None)
        twin = next((t for t in figure.iter() if t.tag == NS + "tbody"), None)
        if title is None or twin is None:
            continue
        rows = [[text(cell) for cell in row if cell.tag in (NS + "th", NS + "td")] for row in twin]
        yield text(title), rows


LOWEST = re.compile(
    r"(?P<worst>.+) has the lowest (?P<what>.+), (?P<low>\S+); (?P<best>.+) the highest, (?P<high>.+)"
)
BELOW = re.compile(r"(\d+) of (\d+) groups lie below ([\d.]+) of the best rate")
OF_THESE = re.compile(r"(?P<worst>.+) has the lowest (?P<what>.+) of these \d+: (?P<low>\S+)$")


def ranked(title, rows):
    """Return whether what a title ranks is so in the rows of its chart; None for a title that ranks nothing."""
    counted, found = BELOW.fullmatch(title), LOWEST.fullmatch(title) or OF_THESE.fullmatch(title)
    if counted:
        below = sum(read(row[1])[1] < float(counted[3]) for row in rows)
        return (below, len(rows)) == (int(counted[1]), int(counted[2]))
    if found is None or any("(n = " in cell for row in rows for cell in row):  # a matrix has a table of its own
        return None
    values = {}
    for row in rows:
        cell = next((c for c in row[1:] if re.fullmatch(r"\d+\.\d+%?|\d+%", c)), None)
        if cell is not None and row[0].split(":")[-1].strip() != "unknown":
            values[row[0]] = sum(read(cell)) / 2
    parts = found.groupdict()
    low = values.get(parts["worst"]) == min(values.values())
    return low and ("best" not in parts or values.get(parts["best"]) == max(values.values()))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_ranks_are_those_of_the_evidence(counts):
    if not any(k for _, k in counts["s"].values()):
        return
    evidence = tuple(selection(counts))
    root, _ = parse(html.render(callbacks_result(evidence=evidence, findings=judged(evidence))))
    assert all(ranked(title, rows) in (True, None) for title, rows in superlatives(root))


def test_ranks_are_found_and_a_wrong_one_is_caught():
    root, _ = parse(html.render(callbacks_result()))
    found = [(t, r) for t, r in superlatives(root) if ranked(t, r) is not None]
    assert len(found) >= 6
    for title, rows in found:
        if BELOW.fullmatch(title):
            assert ranked(f"{int(title[0]) + 1}{title[1:]}", rows) is False
            continue
        parts = (LOWEST.fullmatch(title) or OF_THESE.fullmatch(title)).groupdict()
        other = next(r[0] for r in rows if r[0] != parts["worst"])
        assert ranked(title.replace(parts["worst"], other, 1), rows) is False


def consistent(said, finding):
    """Return whether a sentence in English says what the verdict and the numbers of its finding say."""
    numbers = finding.numbers
    below = numbers["ratio"] < numbers["bound_ratio"]
    significant = numbers["adjusted_p"] < numbers["bound_alpha"]
    return (
        ("That is below" in said) == below
        and ("That is not below" in said) == (not below)
        and ("seldom leave" in said) == (significant and (not below or finding.verdict is Verdict.FAIL))
        and (finding.verdict is not Verdict.FAIL or (below and significant))
        and (finding.verdict is not Verdict.PASS or ("would have been noticed." in said and not below))
    )


BECAUSE = re.compile(
    r"(?P<who>.*): selected at (?P<mine>[\d.]+) % \((?P<x>\d+) of (?P<n>\d+)\) against (?P<theirs>[\d.]+) % of "
    r"(?P<reference>.*) \((?P<x_ref>\d+) of (?P<n_ref>\d+)\): ratio (?P<ratio>[\d.]+) "
    r"\(simultaneous interval (?P<low>[\d.]+)–(?P<high>[\d.]+)\), (?P<why>.*)"
)


def told(finding, because, table):
    """Return whether a reason in English, read back, says what its evidence says."""
    ratio = table[finding.evidence[0]]
    bare = re.match(r"(?P<who>.*): compared with (?P<reference>.*): ratio (?P<ratio>[\d.]+)", because)
    found = BECAUSE.fullmatch(because) or bare
    if found is None:
        return False
    parts = found.groupdict()
    pairs = [("ratio", ratio.value), ("low", ratio.low), ("high", ratio.high)]
    near = all(abs(float(parts[k]) - v) <= 0.000501 for k, v in pairs if k in parts)
    counts = {"x": "selected", "n": "people", "x_ref": "reference_selected", "n_ref": "reference_people"}
    exact = all(int(parts[k]) == ratio.detail[name] for k, name in counts.items() if k in parts)
    names = parts["who"] == ratio.about["group"] and parts["reference"] == ratio.about["reference"]
    noticed = re.search(r"smallest detectable ratio ([\d.]+)\)|true ratio of ([\d.]+) or less", because)
    least = finding.numbers["minimum_detectable_ratio"]
    why = noticed is None or abs(float(noticed[1] or noticed[2]) - least) <= 0.000501
    below = finding.numbers["ratio"] < finding.numbers["bound_ratio"]
    p = re.search(r"adjusted p (?:= (\.\d+|1)|< (\.001))", because)
    true = finding.numbers["adjusted_p"]
    chance = (true < 0.001 if p[2] else abs(float(p[1]) - true) <= 0.00501) if p else False
    return near and exact and names and chance and ("not below" in because) == (not below) and why


def compared(counts):
    evidence = tuple(selection(counts))
    result = callbacks_result(evidence=evidence, findings=judged(evidence))
    table = {e.id: e for e in evidence}
    return result, table, [f for f in result.findings if f.numbers.get("adjusted_p") is not None]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_verdict_sentence_and_reason_agree_over_random_tables(counts):
    if not any(k for _, k in counts["s"].values()):
        return
    result, table, found = compared(counts)
    for f in found:
        assert consistent(ENGLISH.plain(paragraph(result, f)), f)
        assert told(f, f.because, table), f.because
        assert ENGLISH.plain(line(result, f)).startswith(f"{str(f.verdict).capitalize()}: ")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables(), st.data())
def test_an_altered_verdict_or_reason_is_caught(counts, data):
    if not any(k for _, k in counts["s"].values()):
        return
    result, table, found = compared(counts)
    if not found:
        return
    f = data.draw(st.sampled_from(found))
    said = ENGLISH.plain(paragraph(result, f))
    turned = (
        said.replace("That is below", "That is not below")
        if "That is below" in said
        else said.replace("That is not below", "That is below")
    )
    assert not consistent(turned, f)
    if f.verdict is not Verdict.FAIL:
        assert not consistent(said, replace(f, verdict=Verdict.FAIL))
    spots = [m.span() for m in re.finditer(r"(?<=ratio )[\d.]+|\d+(?= of )|(?<= of )\d+(?=\))", f.because)]
    begin, end = data.draw(st.sampled_from(spots))
    spoilt = f.because[:begin] + last_digit(f.because[begin:end]) + f.because[end:]
    assert not told(f, spoilt, table), spoilt
    opposite = (
        f.because.replace("not below", "below")
        if "not below" in f.because
        else f.because.replace("below", "not below")
    )
    assert not told(f, opposite, table)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_korean_and_english_sentences_hold_the_same_numbers_over_random_tables(counts):
    if not any(k for _, k in counts["s"].values()):
        return
    result, _, found = compared(counts)
    for f in found:
        both = [named(code).plain(paragraph(result, f)) for code in ("en", "ko")]
        shown = [re.findall(r"(?<![\w-])\d[\d,]*(?:\.\d+)?%?|(?<= )\.\d+", b.split("29 CFR")[0]) for b in both]
        english, korean = ([n for n in one if n != "95%"] for one in shown)
        assert set(korean) == set(english), both
