"""Why: what moves the model's score overall, in every explained row, and in a few of them step by step."""

import numpy as np

from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
from xaikit.report.attributions import case, overall, swarm
from xaikit.report.blocks import Block, Heading, Paragraph
from xaikit.report.text import say
from xaikit.report.trust import trust
from xaikit.report.unflat import is_flat, unflat

ORDER = 70


def blocks(result: AuditResult) -> list[Block]:
    """Return the explanations."""
    if not result.explanations:
        return []
    lead = say(
        "Attribution values share the distance between a row's score and the average score among its features. They "
        "say what this model used, not what caused anything in the world."
    )
    out: list[Block] = [Heading(2, say("Why: what the model goes by"), "why"), Paragraph(lead, "lead")]
    for name, explanation in result.explanations.items():
        out += [Heading(3, say("Explanation “{name}”", name=name)), *_one(explanation, name)]
        out.append(trust(result, name, explanation))
    return out


def _one(explanation: Explanation, name: str) -> list[Block]:
    if not is_flat(explanation) or not len(explanation):
        return unflat(explanation, name)
    output = explanation.values.shape[2] - 1
    return [
        overall(explanation, name, output),
        swarm(explanation, name, output),
        *_cases(explanation, name, output),
    ]


def _cases(explanation: Explanation, name: str, output: int) -> list[Block]:
    prediction = explanation.prediction[:, output]
    order = np.argsort(prediction, kind="stable")
    picked = dict.fromkeys(int(order[i]) for i in (0, len(order) // 2, -1))
    charts = [case(explanation, row, name, output) for row in picked]
    lead = say("The explained row with the lowest score, one from the middle, and the one with the highest.")
    return [Heading(4, say("Single decisions")), Paragraph(lead), *charts]
