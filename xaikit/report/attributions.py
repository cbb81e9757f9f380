"""Charts and facts of one explanation, for the report and for notebooks."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from xaikit.core.explanation import Explanation
from xaikit.report.blocks import Chart
from xaikit.report.charts.beeswarm import Beeswarm, Swarm
from xaikit.report.charts.intervals import Intervals, Item
from xaikit.report.charts.waterfall import Part, Waterfall
from xaikit.report.numbers import signed
from xaikit.report.text import Code, Number, Prose, Text, clean, say, say_n
from xaikit.stats.attributions import Importance, importance

SHOWN = 12
PARTS = 9
SPENT: Mapping[str, Text] = MappingProxyType(
    {
        "because": say("Why this way"),
        "coalitions": say("Coalitions"),
        "model_rows": say("Rows asked of the model"),
    }
)
"""What engines tell of their budget, in words; what one tells beside that is shown under its own name."""


def overall(explanation: Explanation, name: str, output: int) -> Chart:
    """Return the mean absolute attribution of every feature, with its interval and the ranks it leaves open."""
    ranked = _ranked(explanation, output)
    names = explanation.feature_names
    items = tuple(Item(names[i.feature], i.value, i.low, i.high, note=_rank(i), colour=-1) for i in ranked[:SHOWN])
    figure = Intervals(items, "score", say("feature"), say("mean absolute attribution"), note_head=say("rank"))
    title: Text = say("{first} moves the score most", first=names[ranked[0].feature])
    if ranked[0].last > 1:
        title = say("The order of the leading features is not settled: their intervals overlap")
    subtitle = say(
        "mean absolute attribution to “{output}” over {n} rows, with 95% interval",
        output=explanation.output_names[output] if output < len(explanation.output_names) else str(output),
        n=Number(len(explanation), "count"),
    )
    return Chart(figure, title, subtitle, _left_out(len(ranked)), f"importance-{name}")


def _ranked(explanation: Explanation, output: int) -> tuple[Importance, ...]:
    stderr = None if explanation.stderr is None else explanation.stderr[:, :, output]
    return importance(explanation.values[:, :, output], stderr)


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


def swarm(explanation: Explanation, name: str, output: int) -> Chart:
    """Return the attribution values of every row."""
    ranked = _ranked(explanation, output)
    swarms = []
    for i in ranked[:SHOWN]:
        column = explanation.values[:, i.feature, output]
        swarms.append(
            Swarm(explanation.feature_names[i.feature], tuple(map(float, column)), _shades(explanation, i.feature))
        )
    figure = Beeswarm(tuple(swarms), say("feature"), say("low value"), say("high value"))
    marks = say_n(figure.per_mark(), "one dot: one row", "one dot: {count} rows")
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


def row_name(explanation: Explanation, row: int) -> Text:
    """Return the name of a row; a row whose name is its number is called so."""
    name = explanation.rows[row]
    return say("Row {number}", number=name) if name.isdigit() else name


def case(explanation: Explanation, row: int, name: str, output: int) -> Chart:
    """Return the way from the average score to the score of one row, feature by feature."""
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
        row=row_name(explanation, row),
        score=Number(score, "score"),
        feature=explanation.feature_names[order[0]],
    )
    subtitle = say("from the average score to the score of this row; line: 95% interval of each step")
    residual = float(explanation.residual[row, output])
    source = say(
        "What the values leave unexplained (completeness residual): {residual}.", residual=Number(residual, "score")
    )
    return Chart(figure, title, subtitle, source, f"case-{name}-{row}")


def of_one_row(explanation: Explanation, row: int, name: str, output: int) -> Chart:
    """Return the values of one row as bars from zero, the largest first, each with its interval."""
    values = explanation.values[row, :, output]
    order = sorted(range(len(values)), key=lambda j: (-abs(values[j]), j))[:SHOWN]
    parts = [_part(explanation, row, j, output) for j in order]
    items = tuple(Item(p.name, p.value, p.low, p.high, note=p.note, colour=int(p.value < 0)) for p in parts)
    figure = Intervals(items, "amount", say("feature"), say("attribution"), note_head=say("value of the feature"))
    title = say(
        "{row}: score {score}, moved most by {feature}",
        row=row_name(explanation, row),
        score=Number(float(explanation.prediction[row, output]), "score"),
        feature=explanation.feature_names[order[0]],
    )
    subtitle = say("what each feature adds to the average score, with 95% interval; blue up, orange down")
    return Chart(figure, title, subtitle, _left_out(len(values)), f"bar-{name}-{row}")


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
    if isinstance(own, (float, np.floating)) and np.isfinite(own):
        return signed(f"{float(f'{own:.4g}'):,.10g}")
    return clean(str(own), 40)


def trust_facts(explanation: Explanation) -> tuple[tuple[Text, Text], ...]:
    """Return what an explanation is, what it cost, and its background."""
    items: list[tuple[Text, Text]] = [
        (say("Method"), explanation.engine),
        (say("Explained"), Prose(explanation.target)),
        (say("Rows"), Number(len(explanation), "count")),
    ]
    if explanation.converged is not None:
        done = int(explanation.converged.sum())
        of = Number(explanation.converged.size, "count")
        items.append((say("Converged"), say("{done} of {of}", done=Number(done, "count"), of=of)))
    for key, given in explanation.budget.items():
        shown: Text = Number(given, "count") if isinstance(given, (int, float)) else Prose(given)
        items.append((SPENT.get(key, Prose(key)), shown))
    for key, given in explanation.background.items():
        shown = Number(given, "count") if isinstance(given, (int, float)) else _kept(key, given)
        items.append((say("Background: {key}", key=Prose(key)), shown))
    return tuple(items)


def _kept(key: str, given: str) -> Text:
    """Return a fact of the background: a digest as it is, whatever else in words."""
    return Code(given) if key == "digest" else Prose(given)
