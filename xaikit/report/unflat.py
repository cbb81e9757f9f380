"""Explanations of what is no table: pictures, series and texts, row by row, each with its words as an alternative."""

import numpy as np

from xaikit.core.explanation import Explanation
from xaikit.report.attributions import row_name
from xaikit.report.blocks import Block, Chart, Heading, Paragraph
from xaikit.report.charts.heat import Heat
from xaikit.report.charts.passage import Passage
from xaikit.report.text import Message, Number, Pointer, clean, say

MOST_BANDS = 24
"""More channels than this (the width of an embedding) are summed into one band."""


def is_flat(explanation: Explanation) -> bool:
    """Return whether an explanation is of a table: named features, the same in every row."""
    named = explanation.values.ndim == 3 and bool(explanation.feature_names)
    return named and explanation.engine != "words"


def unflat(explanation: Explanation, name: str) -> list[Block]:
    """Return the charts of an explanation that is not flat: of the lowest, middle and highest score."""
    if not len(explanation):
        return []
    output = explanation.values.shape[-1] - 1
    order = np.argsort(explanation.prediction[:, output], kind="stable")
    picked = dict.fromkeys(int(order[i]) for i in (0, len(order) // 2, -1))
    charts = [chart for row in picked if (chart := of_row(explanation, row, output, name)) is not None]
    if not charts:
        shape = str(explanation.values.shape)
        return [Paragraph(say("Values of shape {shape}; no chart fits them.", shape=shape))]
    lead = say("The explained row with the lowest score, one from the middle, and the one with the highest.")
    return [Heading(4, say("Single decisions")), Paragraph(lead), *charts]


def of_row(explanation: Explanation, row: int, output: int, name: str, over: bool = False) -> Chart | None:
    """Return the chart of one row: a picture (with `over`, under its values), a series or a text; else None."""
    values = explanation.values[row, ..., output]
    data = None if explanation.data is None else explanation.data[row]
    if explanation.engine == "words":
        return _words(explanation, row, output, name)
    if values.ndim == 2:
        bands = values.T if values.shape[1] <= MOST_BANDS else values.sum(axis=1)[None]
        names = tuple(f"{i + 1}" for i in range(len(bands))) if len(bands) > 1 else (clean(explanation.target, 40),)
        place = f"{name}/{explanation.rows[row]}"
        figure = Heat(bands, None, names, say("step"), say("channel"), place)
        step = Pointer(str(figure.strongest[1] + 1), place)
        title = say("{row}: moved most at step {step}", row=row_name(explanation, row), step=step)
        return Chart(figure, title, _axes(explanation, row, output), _rest(explanation, row, output), f"{name}-{row}")
    if values.ndim != 3:
        return None
    picture = None if data is None or np.shape(data) != values.shape else np.asarray(data, float).mean(axis=0)
    field = values.sum(axis=0)
    place = f"{name}/{explanation.rows[row]}"
    figure = Heat(field, picture, (), say("column of pixels"), say("row of pixels"), place, over)
    title = say(
        "{row}: moved most around row {y}, column {x} of the picture",
        row=row_name(explanation, row),
        y=Pointer(str(figure.strongest[0] + 1), place),
        x=Pointer(str(figure.strongest[1] + 1), place),
    )
    return Chart(figure, title, _axes(explanation, row, output), _rest(explanation, row, output), f"{name}-{row}")


def _words(explanation: Explanation, row: int, output: int, name: str) -> Chart | None:
    if explanation.data is None:
        return None
    words = [str(w) for w in explanation.data[row] if w]
    values = explanation.values[row, : len(words), output].tolist()
    margin = explanation[row].margin()
    margins = None if margin is None else margin[0, : len(words), output].tolist()
    strongest = words[int(np.abs(values).argmax())]
    place = f"{name}/{explanation.rows[row]}"
    title = say(
        "{row}: moved most by “{word}”", row=row_name(explanation, row), word=Pointer(clean(strongest, 40), place)
    )
    figure = Passage(words, values, margins, place)
    return Chart(figure, title, _axes(explanation, row, output), _rest(explanation, row, output), f"{name}-{row}")


def _axes(explanation: Explanation, row: int, output: int) -> Message:
    return say(
        "blue moved {target} up and orange down, from {base} to {score}; the deeper, the more",
        target=clean(_what(explanation, output), 80),
        base=Number(float(explanation.base[row, output]), "amount"),
        score=Number(float(explanation.prediction[row, output]), "amount"),
    )


def _what(explanation: Explanation, output: int) -> str:
    """Return what was explained: where all outputs were, the one that is shown."""
    return explanation.output_names[output] if explanation.target == "all outputs" else explanation.target


def _rest(explanation: Explanation, row: int, output: int) -> Message:
    residual = Number(float(explanation.residual[row, output]), "amount")
    return say("What the values leave unexplained (completeness residual): {residual}.", residual=residual)
