"""Why: what moves the model's score overall, in every explained row, and in a few of them step by step."""

import numpy as np

from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Chart, Heading, Paragraph
from xaikit.report.charts.beeswarm import Beeswarm, Swarm
from xaikit.report.charts.intervals import Intervals, Item
from xaikit.report.charts.waterfall import Part, Waterfall
from xaikit.report.text import Number, Text, clean, say, say_n
from xaikit.report.trust import trust
from xaikit.stats.attributions import Importance, Z, importance

ORDER = 70
SHOWN = 12
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
    if explanation.values.ndim != 3 or not explanation.feature_names or not len(explanation):
        return [Paragraph(say("Values of shape {shape}; no chart fits them.", shape=str(explanation.values.shape)))]
    output = explanation.values.shape[2] - 1
    ranked = importance(explanation.values[:, :, output])
    return [
        _overall(explanation, ranked, name, output),
        _swarm(explanation, ranked, name, output),
        *_cases(explanation, name, output),
    ]


def _overall(explanation: Explanation, ranked: tuple[Importance, ...], name: str, output: int) -> Chart:
    names = explanation.feature_names
    items = tuple(Item(names[i.feature], i.value, i.low, i.high, note=_rank(i), colour=-1) for i in ranked[:SHOWN])
    figure = Intervals(items, "score", say("feature"), say("mean absolute attribution"), note_head=say("rank"))
    title: Text = say("{first} moves the score most", first=names[ranked[0].feature])
    if ranked[0].last > 1:
        title = say("The order of the leading features is not settled: their intervals overlap")
    subtitle = say(
        "mean absolute attribution to “{output}” over {n} rows, with 95% interval over rows",
        output=explanation.output_names[output] if output < len(explanation.output_names) else str(output),
        n=Number(len(explanation), "count"),
    )
    return Chart(figure, title, subtitle, _left_out(len(ranked)), f"importance-{name}")


def _left_out(features: int) -> Text | None:
    if features <= SHOWN:
        return None
    rest = features - SHOWN
    return say_n(
        rest, "{count} further feature moves the score less.", "{count} further features move the score less."
    )


def _rank(i: Importance) -> Text:
    if i.first == i.last:
        return say("rank {first}", first=Number(i.first, "count"))
    return say("rank {first} to {last}", first=Number(i.first, "count"), last=Number(i.last, "count"))


def _swarm(explanation: Explanation, ranked: tuple[Importance, ...], name: str, output: int) -> Chart:
    swarms = []
    for i in ranked[:SHOWN]:
        column = explanation.values[:, i.feature, output]
        swarms.append(
            Swarm(explanation.feature_names[i.feature], tuple(map(float, column)), _shades(explanation, i.feature))
        )
    figure = Beeswarm(tuple(swarms), say("feature"), say("low value"), say("high value"))
    marks = say_n(figure.per_mark, "one dot: one row", "one dot: {count} rows")
    subtitle = say("attribution to the score, by row; {marks}; colour: the feature's own value", marks=marks)
    return Chart(figure, say("What each feature adds, row by row"), subtitle, name=f"beeswarm-{name}")


def _shades(explanation: Explanation, feature: int) -> tuple[float | None, ...]:
    """Return where each row's own value of the feature lies, from 0 (lowest) to 1; None where it is no number."""
    rows = len(explanation)
    if explanation.data is None or explanation.data.ndim < 2 or explanation.data.shape[1] <= feature:
        return (None,) * rows
    column = explanation.data[:, feature]
    try:
        values = np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        return (None,) * rows
    if values.ndim != 1 or not np.isfinite(values).all() or np.ptp(values) == 0:
        return (None,) * rows
    rank = np.searchsorted(np.unique(values), values) / max(len(np.unique(values)) - 1, 1)
    return tuple(float(r) for r in rank)


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
        "{row}: {score}, of which {feature} makes up most",
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
    if explanation.stderr is not None:
        half = Z * float(explanation.stderr[row, feature, output])
        low, high = value - half, value + half
    return Part(explanation.feature_names[feature], value, low, high, _own(explanation, row, feature))


def _own(explanation: Explanation, row: int, feature: int) -> str:
    if explanation.data is None or explanation.data.ndim < 2 or explanation.data.shape[1] <= feature:
        return ""
    own = explanation.data[row, feature]
    return clean(f"{own:.6g}" if isinstance(own, (float, np.floating)) else str(own), 40)
