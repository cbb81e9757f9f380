"""What a notebook shows of a result and of an explanation: a fragment with its own style, without script."""

from collections.abc import Sequence

from markupsafe import Markup

from xaikit.core.evidence import Evidence, Finding
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.alternatives import has_alternatives, table
from xaikit.report.attributions import overall, swarm, trust_facts
from xaikit.report.blocks import Block, Card, Cards, Column, Facts, Mark, Paragraph, Row, Table
from xaikit.report.citation import citation
from xaikit.report.html import HATCH, fragment, style_sheet
from xaikit.report.labels import labelled
from xaikit.report.language import ENGLISH, Language
from xaikit.report.languages import language
from xaikit.report.measures import interval, n, name_of, value
from xaikit.report.numbers import short_digest
from xaikit.report.sections import findings, verdict
from xaikit.report.text import Code, Number, Prose, Text, say, sentences
from xaikit.report.writer import Writer

CARDS = 3
USUAL = 0.95
PALETTES = ("--paper:#ffffff", "--paper:#15171a")
"""Where the two lists of colours begin in the style sheet."""
LIGHT = ('body[data-jp-theme-light="true"] &', "body.vscode-light &")
DARK = ('body[data-jp-theme-light="false"] &', "body.vscode-dark &")
FRAME = (
    "&{font:15px/1.5 var(--sans);color:var(--ink);background:var(--paper);padding:.2rem 1rem .6rem;"
    "overflow-wrap:break-word;font-variant-numeric:tabular-nums lining-nums}"
    "figure.chart:first-of-type{margin-top:.8rem}"
)


def result_html(result: AuditResult) -> str:
    """Return the verdict and the first findings of a result, for `_repr_html_`."""
    result = labelled(result)
    shown: list[Block] = list(verdict.blocks(result))
    for block in findings.blocks(result):
        if isinstance(block, Cards):
            shown += block.items[:CARDS]
    hint = say("{call} writes the whole report.", call=Code('result.to_html("report.html")'))
    return framed([*shown, Paragraph(hint, "note")], language(result), result.title + result.provenance.created)


def finding_html(finding: Finding) -> str:
    """Return one finding as its card: verdict, question, answer, the numbers that decided it, and its source."""
    criterion = finding.criterion
    about = narrative.about(finding.about)
    rows = tuple(Row((k.replace("_", " "), _number(v))) for k, v in finding.numbers.items())
    columns = (Column(say("number"), numeric=False), Column(say("value")))
    body: list[Block] = [Table(say("Numbers that decided"), columns, rows, name="numbers")] if rows else []
    body.append(Paragraph(sentences(say("Criterion {id}:", id=criterion.id), citation(criterion)), "source"))
    title = say("{criterion}: {feature}", criterion=Prose(criterion.title), feature=about)
    said = Prose(criterion.question or finding.because) if finding.open else Prose(finding.because)
    reported = criterion.rule == "reported"
    card = Card(Mark(finding.verdict, finding.open, reported), title, said, Prose(criterion.profile), tuple(body))
    return framed([card], ENGLISH, criterion.id + str(sorted(finding.about.items())) + finding.because)


def evidence_html(evidence: Evidence) -> str:
    """Return one measurement with its interval, what it rests on, and where it comes from."""
    facts: list[tuple[Text, Text]] = [(name_of(evidence.measure), value(evidence))]
    if evidence.low is not None:
        facts.append((say("95% interval") if _usual(evidence) else say("interval"), interval(evidence)))
    facts += [(say("n"), n(evidence))] if evidence.n is not None else []
    facts += [(k, narrative.joined(v)) for k, v in evidence.about.items()]
    facts += [(say("because"), Prose(evidence.because))] if evidence.because and evidence.value is not None else []
    facts += [(k.replace("_", " "), _number(v)) for k, v in evidence.detail.items()]
    facts += [(say("measured by"), Code(evidence.source))] if evidence.source else []
    return framed([Facts(tuple(facts))], ENGLISH, evidence.id + str(evidence.value))


def _usual(evidence: Evidence) -> bool:
    return evidence.detail.get("confidence", USUAL) == USUAL


def _number(given: float | int | str | bool | None) -> Text:
    if isinstance(given, bool):
        return say("yes") if given else say("no")
    if isinstance(given, (int, float)):
        return Number(given, "count" if float(given).is_integer() else "score")
    return say("none") if given is None else Prose(given)


def explanation_html(explanation: Explanation) -> str:
    """Return the mean attributions of an explanation, its rows as a swarm, and what it cost, for `_repr_html_`."""
    shown: list[Block] = []
    if has_alternatives(explanation):
        shown.append(table(explanation))
    elif explanation.values.ndim == 3 and len(explanation) and explanation.feature_names:
        output = explanation.values.shape[2] - 1
        shown += [overall(explanation, explanation.engine, output), swarm(explanation, explanation.engine, output)]
    else:
        shown.append(Paragraph(say("Values of shape {shape}.", shape=str(explanation.values.shape))))
    if not has_alternatives(explanation):  # changes neither add up nor have errors
        shown.append(Facts(trust_facts(explanation)))
    shown += [*(Paragraph(Prose(note)) for note in explanation.notes)]
    return framed(shown, ENGLISH, explanation.engine + str(explanation.budget) + str(explanation.values.sum()))


def framed(blocks: Sequence[Block], language: Language, key: str) -> str:
    """Return blocks in an element of their own, the style sheet nested so that it touches nothing else.

    Colours follow the theme of the notebook where it names one (Jupyter, VS Code), else the system's.
    """
    style = style_sheet()
    light, dark = (style[style.index(start) : style.index("}", style.index(start))] for start in PALETTES)
    themes = "".join(f"{place}{{{light}}}" for place in LIGHT) + "".join(f"{place}{{{dark}}}" for place in DARK)
    body = fragment(list(blocks), Writer(language, prefix=f"n{short_digest(key)}"))
    frame = Markup('<div class="xaikit" lang="{}"><style>.xaikit{{{}{}{}}}</style>{}{}</div>')
    nested = style.replace(":root{", "&{")
    return str(frame.format(language.code, Markup(nested), Markup(themes), Markup(FRAME), Markup(HATCH), body))


def whole_page(framed_blocks: str) -> str:
    """Return framed blocks as a page of their own that follows the light or dark of the system."""
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    size = '<meta name="viewport" content="width=device-width"><title>xaikit</title>'
    style = "<style>body{margin:0}body>.xaikit{min-height:100vh}</style>"
    return f"{head}{size}{style}<body>{framed_blocks}</body></html>\n"
