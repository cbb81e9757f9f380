"""What a notebook shows of a result and of an explanation: a fragment with its own style, without script."""

from collections.abc import Sequence

from markupsafe import Markup

from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
from xaikit.report.alternatives import has_alternatives, table
from xaikit.report.attributions import overall, swarm, trust_facts
from xaikit.report.blocks import Block, Cards, Facts, Paragraph
from xaikit.report.html import HATCH, fragment, style_sheet
from xaikit.report.language import ENGLISH, Language
from xaikit.report.languages import language
from xaikit.report.numbers import short_digest
from xaikit.report.sections import findings, verdict
from xaikit.report.text import Code, Prose, say
from xaikit.report.writer import Writer

CARDS = 3
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
    shown: list[Block] = list(verdict.blocks(result))
    for block in findings.blocks(result):
        if isinstance(block, Cards):
            shown += block.items[:CARDS]
    hint = say("{call} writes the whole report.", call=Code('result.to_html("report.html")'))
    return framed([*shown, Paragraph(hint, "note")], language(result), result.title + result.provenance.created)


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
    return f'{head}{size}<body style="margin:0;background:Canvas">{framed_blocks}</body></html>\n'
