"""How the changes between two audits were tested: which row by row, which not, and why."""

from xaikit.core.comparison import Comparison, Pairing
from xaikit.report.blocks import Block, Bullets, Paragraph
from xaikit.report.measures import name_of
from xaikit.report.text import Number, Prose, say


def _which(comparison: Comparison) -> list[Block]:
    """Return which comparisons were made row by row, and why others of the same people were not."""
    if comparison.pairing is not Pairing.PAIRED:
        return []
    counts: dict[tuple[str, str], int] = {}
    for c in comparison.compared:
        key = (c.after.measure, c.because)
        counts[key] = counts.get(key, 0) + 1
    told = [
        say("{measure}, {n} as independent: {why}.", measure=name_of(m), n=Number(k, "count"), why=Prose(why))
        if why
        else say("{measure}, {n} row by row.", measure=name_of(m), n=Number(k, "count"))
        for (m, why), k in sorted(counts.items())
    ]
    return [Bullets(tuple(told))] if told else []


def how(comparison: Comparison) -> list[Block]:
    """Return the method of a comparison in words."""
    out = _which(comparison)
    if any(c.paired and c.after.measure == "expected_calibration_error" for c in comparison.compared):
        kinks = say(
            "A calibration error grows with chance alone, whatever the score. Its change is tested by exchanging "
            "each person's two scores; its interval allows for as much as chance can have added on either side, and "
            "is wide where both scores are well calibrated. Row weights do not enter it, as they do not enter the "
            "error."
        )
        out.append(Paragraph(kinks))
    if any(c.paired and c.after.measure.startswith(("attribute_flip", "recourse")) for c in comparison.compared):
        asked = say(
            "Of flips and of recourse, what the model answered for each person was kept: people who were asked about "
            "both times count as one, those who were asked about once as different people."
        )
        out.append(Paragraph(asked))
    if any(c.paired for c in comparison.compared):
        paired = say(
            "Changes tested row by row rest on what each person's two decisions moved: people whose decision stayed "
            "carry next to nothing, so that far smaller changes are found than between different people. Half a "
            "person is added to each combination of decision before and decision after, so that a handful of changed "
            "decisions is no proof."
        )
        out.append(Paragraph(paired))
    if not all(c.paired for c in comparison.compared):
        alone = say(
            "Changes tested as independent rest on the error of each measurement as if they were of different "
            "people. Where both are of the same people this is cautious: a true change may be called unchanged."
        )
        out.append(Paragraph(alone))
    alpha = Number(comparison.alpha, "bound")
    out.append(Paragraph(say("Holm's method holds the chance of any false alarm at {alpha}.", alpha=alpha)))
    return out
