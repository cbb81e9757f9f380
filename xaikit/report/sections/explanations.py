"""Why: what moves the model's score overall, in every explained row, and in a few of them step by step."""

import numpy as np

from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
from xaikit.report.attributions import overall, swarm
from xaikit.report.blocks import Block, Chart, Heading, Paragraph
from xaikit.report.charts.waterfall import Part, Waterfall
from xaikit.report.text import Number, clean, say, say_n
from xaikit.report.trust import trust
from xaikit.report.unflat import is_flat, unflat

ORDER = 70
PARTS = 9


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
    charts = [_case(explanation, row, name, output) for row in picked]
    lead = say("The explained row with the lowest score, one from the middle, and the one with the highest.")
    return [Heading(4, say("Single decisions")), Paragraph(lead), *charts]


def _case(explanation: Explanation, row: int, name: str, output: int) -> Chart:
    values = explanation.values[row, :, output]
    order = sorted(range(len(values)), key=lambda j: (-abs(values[j]), j))
    parts = [_part(explanation, row, j, output) for j in order[:PARTS]]
    rest = order[PARTS:]
    if rest:
        parts.append(
            Part(say_n(len(rest), "{count} other feature", "{count} other features"), float(values[rest].sum()))
        )
    base, score = float(explanation.base[row, output]), float(explanation.prediction[row, output])
    figure = Waterfall(base, score, tuple(parts), say("average score"), say("this row's score"), head=say("feature"))
    title = say(
        "{row}: score {score}, moved most by {feature}",
        row=explanation.rows[row],
        score=Number(score, "score"),
        feature=explanation.feature_names[order[0]],
    )
    subtitle = say("from the average score to the score of this row; line: 95% interval of each step")
    residual = float(explanation.residual[row, output])
    source = say(
        "What the values leave unexplained (completeness residual): {residual}.", residual=Number(residual, "score")
    )
    return Chart(figure, title, subtitle, source, f"case-{name}-{row}")


def _part(explanation: Explanation, row: int, feature: int, output: int) -> Part:
    value = float(explanation.values[row, feature, output])
    low = high = None
    margin = explanation[row].margin()
    if margin is not None:
        half = float(margin[0, feature, output])
        low, high = value - half, value + half
    return Part(explanation.feature_names[feature], value, low, high, _own(explanation, row, feature))


def _own(explanation: Explanation, row: int, feature: int) -> str:
    if explanation.data is None or explanation.data.ndim < 2 or explanation.data.shape[1] <= feature:
        return ""
    own = explanation.data[row, feature]
    return clean(f"{own:.4g}" if isinstance(own, (float, np.floating)) else str(own), 40)
