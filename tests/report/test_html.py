"""The page: same bytes, no stranger's markup, a policy that fits, the result inside."""

import base64
import hashlib
import itertools
import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.report.reader import allowed, every, parse, text
from tests.report.results import callbacks_result, explanation_of, income_result
from xaikit.core import codec
from xaikit.core.evidence import Criterion, Evidence, Finding, Profile, Verdict
from xaikit.core.result import AuditResult, Provenance, Step
from xaikit.report.html import render

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]><svg onload=alert(1)>",
    "\"' onmouseover='alert(1)' x=\"",
    "{{ 7*7 }}{% raw %}",
    "a\nb\r\n\tc\x00d",
    "שלום\u202eevil\u2066",
    "👩\u200d👩\u200d👧 🧑🏾",
    "x" * 300,
    "&lt;b&gt;&amp;",
    "javascript:alert(1)",
    "{name}{0}%s",
    "</title></style><img src=x onerror=alert(1)>",
    "\ud800",
)
anything = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


@st.composite
def results(draw):
    """Results in which every string is hostile and every number odd."""

    def word():
        return draw(anything)

    def number():
        odd = st.sampled_from([None, 0.0, 1.0, -1.0, 1e-300, 1e300, 0.5])
        return draw(st.one_of(odd, st.floats(allow_nan=False, allow_infinity=False)))

    sensitive = [word() or "s" for _ in range(2)]
    evidence = []
    for measure in (
        "selection_rate",
        "impact_ratio",
        "shortfall",
        "best_of_k_p",
        "true_positive_rate",
        "gap",
        "mantel_haenszel_or",
        word(),
    ):
        for _ in range(draw(st.integers(0, 3))):
            about = {
                "sensitive": draw(st.sampled_from([*sensitive, "×".join(sensitive)])),
                "group": word(),
                "reference": word(),
            }
            if measure == "gap":
                about["output"] = "decision"
                evidence.append(
                    Evidence(
                        "gap_attribution", number(), about={**about, "feature": word()}, detail={"standing": word()}
                    )
                )
            evidence.append(
                Evidence(
                    measure,
                    number(),
                    number(),
                    number(),
                    draw(st.integers(0, 10**9)),
                    word(),
                    about,
                    word(),
                    word(),
                    {word(): word()},
                )
            )
    criterion = Criterion(
        word(),
        word(),
        "p",
        "adverse_impact",
        "impact_ratio",
        citation=word(),
        bounds={"ratio": 0.8},
        status=word(),
        source=word(),
    )
    question = Criterion(word(), word(), "p", "question", question=word())
    profile = Profile(
        "p", word(), word(), word(), word(), word(), word(), word(), word(), word(), (criterion, question)
    )
    findings = [
        Finding(criterion, draw(st.sampled_from(list(Verdict))), word(), e.about, (e.id,), {"ratio": e.value})
        for e in evidence
    ]
    findings.append(Finding(question, Verdict.NOT_APPLICABLE, word(), open=True))
    steps = (Step(word(), word(), draw(st.sampled_from(["ran", "skipped", "failed"])), 0.1, word()),)
    provenance = Provenance(
        word(), 0, word(), {word(): word()}, {word(): word()}, word(), {word(): word()}, {"name": word()}, (word(),)
    )
    explanation = replace(
        explanation_of(5, 3),
        feature_names=(word(), word(), word()),
        rows=tuple(word() for _ in range(5)),
        notes=(word(),),
    )
    spec = {"roles": {"sensitive": sensitive, "label": word()}, word(): [word(), {word(): word()}]}
    return AuditResult(
        word(), spec, provenance, steps, tuple(evidence), tuple(findings), (profile,), {word(): explanation}
    )


def script_of(root):
    return every(root, "script")


def test_the_same_result_gives_the_same_bytes(income):
    assert render(income) == render(income_result())


def test_the_same_bytes_in_another_process(callbacks, tmp_path):
    path = tmp_path / "result.json"
    path.write_text(codec.dumps(callbacks), "utf-8")
    code = (
        "import sys, pathlib, hashlib; from xaikit.core import codec; from xaikit.report.html import render; "
        "print(hashlib.sha256(render(codec.loads(pathlib.Path(sys.argv[1]).read_text('utf-8'))).encode()).hexdigest())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Seoul"},
    )
    assert told.stdout.strip() == hashlib.sha256(render(callbacks).encode()).hexdigest()


def test_a_result_read_from_json_renders_to_the_same_page(income):
    assert render(codec.loads(codec.dumps(income))) == render(income)


@settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(results())
def test_strings_of_the_data_are_never_markup(result):
    html = render(result)
    root, _ = parse(html.encode("utf-8", "replace").decode())
    assert allowed(root) == []
    kinds = [s.get("type") for s in script_of(root)]
    assert kinds == ["application/json", None]
    assert len(every(root, "style")) == 1
    assert len(every(root, "title")) - len([t for s in every(root, "svg") for t in every(s, "title")]) == 1
    assert "onerror" not in " ".join(k for e in root.iter() for k in e.attrib)


@pytest.mark.parametrize("hostile", HOSTILE[:-1])
def test_a_hostile_name_is_read_as_text(hostile):
    result = callbacks_result(title=hostile)
    root, _ = parse(render(result))
    heading = text(every(root, "h1")[0])
    visible = " ".join("".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in hostile).split())
    assert heading == visible


def test_the_policy_allows_our_own_style_and_script_and_nothing_else(income):
    html = render(income)
    root, _ = parse(html)
    policy = next(m.get("content") for m in every(root, "meta") if m.get("http-equiv") == "Content-Security-Policy")
    rules = dict(r.strip().split(" ", 1) for r in policy.split(";"))
    assert rules["default-src"] == "'none'"

    def sha(element):
        return "'sha256-" + base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode() + "'"

    assert rules["style-src"] == sha(every(root, "style")[0])
    assert rules["script-src"] == sha(script_of(root)[1])
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_policy_comes_before_anything_it_governs(callbacks):
    html = render(callbacks)
    assert html.index("Content-Security-Policy") < html.index("<style>") < html.index("<script")
    assert html.startswith("<!DOCTYPE html>\n")


def test_the_whole_result_is_inside_and_its_hash_is_right(income):
    root, _ = parse(render(income))
    data = script_of(root)[0]
    written = codec.dumps(income)
    assert data.get("data-sha256") == hashlib.sha256(data.text.encode()).hexdigest()
    assert data.get("data-file-sha256") == hashlib.sha256(written.encode()).hexdigest()
    assert codec.dumps(codec.loads(data.text)) == codec.dumps(income)


@pytest.mark.parametrize("hostile", HOSTILE[:-1])
def test_the_result_inside_survives_hostile_strings(hostile):
    result = callbacks_result(title=hostile)
    root, _ = parse(render(result))
    assert json.loads(script_of(root)[0].text)["title"] == hostile


def test_a_changed_result_has_another_hash(callbacks):
    one, other = render(callbacks), render(replace(callbacks, title="x"))
    find = re.compile(r'data-sha256="(\w{64})"')
    assert find.search(one)[1] != find.search(other)[1]


def test_ids_are_unique_and_every_link_has_a_target(income):
    root, _ = parse(render(income))
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = [a.get("href")[1:] for a in every(root, "a")]
    assert links
    assert set(links) <= set(ids)
    for svg in every(root, "svg"):
        if svg.get("role") == "img":
            assert set(svg.get("aria-labelledby").split()) <= set(ids)


def test_every_chart_has_title_description_text_and_a_table_twin(income):
    root, _ = parse(render(income))
    figures = [f for f in every(root, "figure") if "chart" in f.get("class", "")]
    assert len(figures) > 10
    for figure in figures:
        drawings = [s for s in every(figure, "svg") if s.get("role") == "img"]
        assert len(drawings) == 2
        wide, slim = drawings
        assert text(every(wide, "title")[0])
        assert text(every(wide, "desc")[0])
        assert wide.get("aria-labelledby") == slim.get("aria-labelledby")
        assert every(wide, "text")
        assert every(slim, "text")
        assert len(every(figure, "table")) == 1
        assert len(every(every(figure, "table")[0], "tr")) > 1


def test_the_page_parses_without_errors(income):
    _, errors = parse(render(income))
    assert errors == []


def test_headings_do_not_skip_a_level(income):
    root, _ = parse(render(income))
    levels = [int(e.tag[-1]) for e in root.iter() if isinstance(e.tag, str) and re.fullmatch(r"\{.*\}h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_demo_sized_reports_stay_under_a_megabyte(callbacks, income):
    assert len(render(callbacks).encode()) < 200_000
    assert len(render(income).encode()) < 1_000_000


def test_script_is_at_most_five_kilobytes(callbacks):
    root, _ = parse(render(callbacks))
    assert len(script_of(root)[1].text.encode()) <= 5_000


def test_nothing_is_fetched(income):
    html = render(income)
    assert not re.search(r"https?://(?!www\.w3\.org)", html.split("</style>")[0])
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": (), "findings": ()},
        {"evidence": (), "findings": (), "profiles": (), "steps": (), "spec": {}, "provenance": Provenance()},
        {"steps": (Step("checks", "calibration", "failed", 0.1, "ValueError: <b>"),)},
        {"explanations": {}},
        {"findings": ()},
    ],
)
def test_results_with_parts_missing_render(changes):
    html = render(income_result(**changes))
    root, errors = parse(html)
    assert errors == []
    assert every(root, "h1")
    assert "Not established" in text(root)


def test_a_failed_step_is_the_first_thing_said():
    result = income_result(steps=(Step("checks", "calibration", "failed", 0.1, "ValueError: too few"),))
    root, _ = parse(render(result))
    opening = next(s for s in every(root, "section") if s.get("id") == "verdict")
    said = text(next(p for p in every(opening, "p") if p.get("class") == "verdict"))
    assert said.startswith(
        "The audit is incomplete: 1 step failed (calibration). Nothing below may be read as a pass."
    )
    assert text(next(s for s in every(opening, "span") if "mark" in s.get("class", ""))) == "Error"


def test_jinja_in_the_data_is_not_evaluated():
    assert "{{ 7*7 }}" in text(every(parse(render(callbacks_result(title="{{ 7*7 }}")))[0], "h1")[0])
