"""A headless Chromium, and the pages that it opens."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from tests.auditing.test_compare import audit
from tests.report.results import callbacks_result, income_result
from xaikit.auditing.compare import compare
from xaikit.core.result import AuditResult, Provenance, Step
from xaikit.report import letters
from xaikit.report.comparison import render_comparison
from xaikit.report.html import render

HOSTILE = "<script>alert(1)</script>\"' onerror=alert(1) \u202eשלום 👩\u200d👧 " + "x" * 300


def named(about):
    """What evidence is about, with names of columns and groups that try to be markup."""
    return {k: "×".join(f"{part}{HOSTILE}" for part in v.split("×")) for k, v in about.items()}


def hostile_result():
    """A result in which every name, title, reason and text of the data tries to be markup."""
    base = income_result()
    evidence = tuple(
        replace(e, about=named(e.about), because=HOSTILE, detail={**e.detail, "method": HOSTILE, HOSTILE: HOSTILE})
        for e in base.evidence
    )
    ids = {old.id: new.id for old, new in zip(base.evidence, evidence, strict=True)}
    findings = tuple(
        replace(f, because=HOSTILE, about=named(f.about), evidence=tuple(ids.get(i, i) for i in f.evidence))
        for f in base.findings
    )
    profiles = tuple(replace(p, title=HOSTILE, note=HOSTILE, citation=HOSTILE) for p in base.profiles)
    facts = {"path": HOSTILE, "rows": 3, HOSTILE: HOSTILE}
    provenance = replace(
        base.provenance,
        notes=(HOSTILE,),
        command=HOSTILE,
        hashes={HOSTILE: HOSTILE},
        data=facts,
        model={"name": HOSTILE, HOSTILE: HOSTILE},
        versions={HOSTILE: HOSTILE},
        device=HOSTILE,
    )
    shapley = base.explanations["shapley"]
    names = tuple(f"{HOSTILE}{i}" for i in range(len(shapley.feature_names)))
    explanation = replace(shapley, feature_names=names, output_names=(HOSTILE,), unit=HOSTILE, notes=(HOSTILE,))
    return replace(
        base,
        title=HOSTILE,
        spec={**base.spec, HOSTILE: HOSTILE, "roles": {"decision": HOSTILE, "favourable": HOSTILE}},
        evidence=evidence,
        findings=findings,
        profiles=profiles,
        provenance=provenance,
        steps=(Step("checks", HOSTILE, "failed", 0.1, HOSTILE),),
        explanations={HOSTILE: explanation},
    )


def empty_result():
    """A result of nothing at all."""
    return replace(
        callbacks_result(), spec={}, provenance=Provenance(), evidence=(), findings=(), profiles=(), steps=()
    )


def korean_result():
    """The report of the model in Korean."""
    result = income_result()
    return replace(result, spec={**result.spec, "report": {"language": "ko"}})


def comparison():
    """Two audits, of which the later is worse."""
    return compare(audit(157), audit(60))


@cache
def applicant():
    """One real applicant of a real model, under its threshold."""
    rng = np.random.default_rng(4)
    people = pd.DataFrame({"sex": rng.choice(["f", "m"], 400), "skill": rng.normal(size=400)})
    people["years"] = rng.normal(size=400) + (people.sex == "m")

    def score(rows):
        rows = np.asarray(rows, dtype=float)
        return 1 / (1 + np.exp(-rows[:, 0] - rows[:, 1]))

    low = int((people.skill + people.years).argmin())
    return xk.audit(
        people,
        roles={"sensitive": ["sex"]},
        model=score,
        features=["skill", "years"],
        checks={"applicant": {"ids": [str(low)]}},
        title="One applicant",
    )


def letter():
    """The letter to the applicant."""
    return letters.render(applicant(), letters.cases(applicant())[0])


@cache
def intersections():
    """A result of many groups: two, seven, and four of them, and all fifty-six together."""
    rng = np.random.default_rng(5)
    n = 20_000
    frame = pd.DataFrame(
        {"sex": rng.choice(["woman", "man"], n), "age": rng.choice(["-29", "30-39", "40-49", "50-"], n)}
    )
    frame["race"] = rng.choice([f"a group with a rather long name {i}" for i in range(7)], n)
    frame["hired"] = (rng.random(n) < 0.3 - 0.1 * (frame.sex == "woman")).astype(int)
    roles = {"decision": "hired", "sensitive": ["sex", "race", "age"]}
    return xk.audit(
        frame, roles=roles, profiles=["us_ugesp", "nyc_ll144"], checks=["selection_rate", "representation"]
    )


REPORTS = Path(__file__).parents[2] / "reports"
DEMOS = {f"demo {p.stem}": p for p in sorted(REPORTS.glob("*.json"))}


def in_korean(result):
    """The same result, to be shown in Korean."""
    return replace(result, spec={**result.spec, "report": {"language": "ko"}})


PAGES = {
    **{name: lambda p=p: render(AuditResult.from_json(p)) for name, p in DEMOS.items()},
    "applicant": lambda: render(applicant()),
    "applicant korean": lambda: render(in_korean(applicant())),
    "letter": letter,
    "intersections": lambda: render(intersections()),
    "callbacks": lambda: render(callbacks_result()),
    "income": lambda: render(income_result()),
    "hostile": lambda: render(hostile_result()),
    "empty": lambda: render(empty_result()),
    "korean": lambda: render(korean_result()),
    "comparison": lambda: render_comparison(comparison()),
}


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Addresses of the pages by name."""
    folder = tmp_path_factory.mktemp("pages")
    out = {}
    for name, make in PAGES.items():
        path = folder / f"{name}.html"
        path.write_text(make(), "utf-8")
        out[name] = path.as_uri()
    return out


@pytest.fixture
def opened(chromium, pages):
    """Open a page by name; whatever it fetches or complains of is noted on it."""
    contexts = []

    def open_(name, **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.noted = []
        page.on("console", lambda m: page.noted.append(f"console {m.type}: {m.text}"))
        page.on("pageerror", lambda e: page.noted.append(f"error: {e}"))
        page.on("dialog", lambda d: (page.noted.append(f"dialog: {d.message}"), d.dismiss()))
        page.on("request", lambda r: None if r.url == pages[name] else page.noted.append(f"request: {r.url[:80]}"))
        page.goto(pages[name])
        return page

    yield open_
    for context in contexts:
        context.close()
