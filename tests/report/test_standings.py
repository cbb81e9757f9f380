"""Standings, stand-ins and the declared graph, as a reader meets them."""

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from tests.report.reader import parse, text
from tests.report.test_claims import check, claims
from xaikit.core.graph import DECISION
from xaikit.report.blocks import Chart, Details, Paragraph, Table
from xaikit.report.charts.graph import Arrows
from xaikit.report.html import render
from xaikit.report.language import ENGLISH
from xaikit.report.sections import cause, gap, not_established, proxies

CAUSES = ("town -> sex -> hours", "town -> hours", "sex -> club", "skill -> club")


def model(table):
    odd = (table["zip"] // 100) % 2
    return 1 / (1 + np.exp(-2 * (table["hours"] + table["skill"] - 0.8 * table["town"] - 0.5 * odd)))


@pytest.fixture(scope="module")
def audited():
    rng = np.random.default_rng(8)
    n = 1500
    town = rng.integers(0, 2, n)
    woman = rng.random(n) < 0.3 + 0.4 * town
    frame = pd.DataFrame({"sex": np.where(woman, "f", "m"), "race": rng.choice(list("abc"), n), "town": town})
    frame["hours"] = rng.normal(size=n) - 1.0 * woman
    frame["skill"] = rng.normal(size=n)
    frame["club"] = (frame.skill + 1.5 * woman + rng.normal(size=n) > 0.7).astype(int)
    frame["zip"] = 60_000 + 100 * (2 * rng.integers(0, 5, n) + (rng.random(n) < np.where(woman, 0.8, 0.2)))
    names = [rng.choice(["Ana", "Eva", "Mia"]) if w else rng.choice(["Tom", "Max", "Leo"]) for w in woman]
    return xk.audit(
        frame.assign(first_name=names),
        roles=xk.Roles(
            sensitive=["sex", "race"], control=["club"], contested=["hours"], legitimate=["skill"], causes=CAUSES
        ),
        model=model,
        features=["hours", "skill", "town", "zip"],
        explain=[{"engine": "shapley", "rows": 60}],
        checks={
            "proxies": {},
            "gap_attribution": {"walks": 16},
            "evidence_of_cause": {"placebos": 2, "theory": {"sex": "hours are read as commitment"}},
            "effect_split": {},
        },
    )


def said(part):
    return [ENGLISH.plain(b.text) for b in part if isinstance(b, Paragraph)]


def cells(table, column):
    at = [ENGLISH.plain(c.head) for c in table.columns].index(column)
    return {ENGLISH.plain(r.cells[0]): ENGLISH.plain(r.cells[at]) for r in table.rows}


def test_every_step_ran_and_every_number_reads_back(audited):
    assert [s.name for s in audited.steps if s.status != "ran"] == []
    found = list(claims(audited))
    assert len(found) > 100
    for claim in found:
        check(*claim)


def test_codes_and_names_are_called_what_they_are(audited):
    words = " ".join(said(proxies.blocks(audited)))
    assert "zip is a zip code, read by the model" in words
    assert "first_name is a first name, in the data, not read by the model" in words
    table = next(b for b in proxies.blocks(audited) if isinstance(b, Table))
    assert {"zip (zip code)", "zip (zip code, first 3 characters)", "first_name (first name)"} <= set(
        cells(table, "standing")
    )


def test_the_strongest_stand_in_is_named_first(audited):
    strengths = {e.about["feature"]: e.value for e in audited.measured("proxy_strength", sensitive="sex")}
    strongest = max(strengths, key=strengths.get)
    told = next(s for s in said(proxies.blocks(audited)) if "suspected" in s)
    assert told.split(": ")[1].startswith(strongest)
    charts = [b for b in proxies.blocks(audited) if isinstance(b, Chart)]
    assert ENGLISH.plain(charts[1].title).startswith(f"{strongest} is the strongest stand-in, for sex")


def test_nothing_tells_what_was_drawn_by_lot(audited):
    titles = [ENGLISH.plain(b.title) for b in proxies.blocks(audited) if isinstance(b, Chart)]
    assert "No single input tells race beyond chance" in titles


def test_standings_stand_beside_every_part_of_a_gap(audited):
    sex = next(b for b in gap.blocks(audited) if isinstance(b, Chart))
    notes = {p.name: ENGLISH.plain(p.note) for p in sex.figure.parts}
    assert notes["hours"] == notes["zip"] == "suspected proxy"
    assert notes["skill"] == "legitimate"
    assert "Suspected to stand in: " in ENGLISH.plain(sex.source)
    table = next(b for b in proxies.blocks(audited) if isinstance(b, Table))
    assert cells(table, "standing")["hours"] == "suspected proxy, declared contested"
    assert cells(table, "standing")["all inputs together"] == "–"


def test_what_stands_in_for_one_attribute_is_no_suspect_of_another(audited):
    race = [b for b in gap.blocks(audited) if isinstance(b, Chart)][1]
    notes = {p.name: ENGLISH.plain(p.note) for p in race.figure.parts}
    assert notes["hours"] == "contested"
    assert notes["zip"] == "undeclared"
    assert "Suspected" not in ENGLISH.plain(race.source)


def test_gaps_to_the_rest_are_in_the_table_and_not_among_the_charts(audited):
    charts = [ENGLISH.plain(b.title) for b in gap.blocks(audited) if isinstance(b, Chart)]
    assert not [t for t in charts if "the rest" in t]
    (folded,) = [b for b in gap.blocks(audited) if isinstance(b, Details)]
    assert "a to the rest" in cells(folded.body[0], "gap of").values() or "the rest" in str(folded.body[0].rows)


def test_the_graph_is_drawn_as_declared(audited):
    (chart,) = [b for b in cause.blocks(audited) if isinstance(b, Chart)]
    figure = chart.figure
    assert isinstance(figure, Arrows)
    assert ("town", "sex") in figure.edges
    assert ("hours", DECISION) in figure.implied  # the model reads it
    assert ("club", DECISION) not in figure.implied
    assert {k: ENGLISH.plain(v) for k, v in figure.notes.items()} == {
        "town": "confounder",
        "hours": "mediator",
        "skill": "no confounder",
        "club": "collider",
    }
    wide, narrow = figure.draw(760, ENGLISH), figure.draw(340, ENGLISH)
    assert "the decision" in wide.body
    assert "town → sex" in narrow.body
    assert len(figure.twin()[1]) == len(figure.edges) + len(figure.implied)


def test_what_speaks_against_the_adjusted_gaps_is_shown(audited):
    tables = {ENGLISH.plain(b.caption): b for b in cause.blocks(audited) if isinstance(b, Table)}
    tests = tables["What would speak against the adjusted gaps, by sex"]
    assert float(cells(tests, "placebo groups, z")["f"].split()[0]) > 0
    held = cells(tables["Gaps with other things held equal, by sex"], "held equal")
    assert held["f"] == "all that shapes the decision in the declared graph"
    assert "The attribute set together with all that it shapes, by sex" in tables


def test_each_line_of_what_is_not_established_says_what_is_missing_and_what_would_do(audited):
    table = next(b for b in not_established.blocks(audited) if isinstance(b, Table))
    lines = {ENGLISH.plain(r.cells[0]): [ENGLISH.plain(c) for c in r.cells[1:]] for r in table.rows}
    assert all(all(len(c) > 15 for c in rest) for rest in lines.values())
    missing = {k: v[0] for k, v in lines.items()}
    assert missing["That sex causes the gap in the world"].startswith("Under the declared graph town is held")
    assert missing["That race causes the gap in the world"].startswith("Only club is held constant")
    assert "Why race would matter to the decision" in missing  # of sex a theory is declared
    assert "would undo it" in missing["That nothing unmeasured lies behind the adjusted gap of f"]
    assert "Suspected to stand in" in missing["That the inputs are fair grounds for the decision"]


def test_the_page_holds_it_all(audited):
    words = text(parse(render(audited))[0])
    assert "What shapes what, as the auditor declares it: sex" in words
    assert "suspected proxy" in words


def test_the_inventory_has_every_feature(audited):
    tables = {ENGLISH.plain(b.caption): b for b in proxies.blocks(audited) if isinstance(b, Table)}
    inventory = tables["Inventory of features and their standing"]
    assert cells(inventory, "declared standing") == {
        "hours": "contested",
        "skill": "legitimate",
        "town": "undeclared",
        "zip (zip code)": "undeclared",
        "first_name (first name)": "undeclared",
    }
    assert cells(inventory, "suspected to stand in for")["hours"] == "sex"
    assert cells(inventory, "suspected to stand in for")["skill"] == "–"
