"""What a notebook shows of a result and of an explanation: a fragment with its own style, without script."""

from collections.abc import Sequence

from markupsafe import Markup

from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
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


def result_html(result: AuditResult) -> str:
    """Return the verdict and the first findings of a result, for `_repr_html_`."""
    shown: list[Block] = list(verdict.blocks(result))
    for block in findings.blocks(result):
        if isinstance(block, Cards):
            shown += block.items[:CARDS]
    hint = say("{call} writes the whole report.", call=Code('result.to_html("report.html")'))
    return _framed([*shown, Paragraph(hint, "note")], language(result), result.title + result.provenance.created)


def explanation_html(explanation: Explanation) -> str:
    """Return the mean attributions of an explanation, its rows as a swarm, and what it cost, for `_repr_html_`."""
    shown: list[Block] = []
    if explanation.values.ndim == 3 and len(explanation) and explanation.feature_names:
        output = explanation.values.shape[2] - 1
        shown += [overall(explanation, explanation.engine, output), swarm(explanation, explanation.engine, output)]
    else:
        shown.append(Paragraph(say("Values of shape {shape}.", shape=str(explanation.values.shape))))
    shown += [Facts(trust_facts(explanation)), *(Paragraph(Prose(note)) for note in explanation.notes)]
    return _framed(shown, ENGLISH, explanation.engine + str(explanation.budget) + str(explanation.values.sum()))


def _framed(blocks: Sequence[Block], language: Language, key: str) -> str:
    """Return blocks in an element of their own, the style sheet nested so that it touches nothing else."""
    style = style_sheet().replace(":root{", "&{")
    body = fragment(list(blocks), Writer(language, prefix=f"n{short_digest(key)}"))
    frame = Markup('<div class="xaikit" lang="{}"><style>.xaikit{{font:16px/1.5 var(--sans);{}}}</style>{}{}</div>')
    return str(frame.format(language.code, Markup(style), Markup(HATCH), body))
