"""What stands in for the attribute: inputs that tell it, and how much the model leans on them."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Chart, Column, Heading, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.charts.matrix import Matrix, Tile
from xaikit.report.measures import interval, name_of, value
from xaikit.report.reading import features, number
from xaikit.report.text import Number, Prose, Text, say

ORDER = 67
SHOWN = 12
TOGETHER = ("all features together", "all features but itself")


def blocks(result: AuditResult) -> list[Block]:
    """Return how well each input tells each attribute."""
    found = [e for e in result.measured("proxy_auc") if e.value is not None]
    if not found:
        return []
    lead = say(
        "An input is a stand-in when the attribute can be told from it and the model leans on it: both must hold. "
        "0.5 is chance, 1 tells it always; leaning is the share of all attributions."
    )
    out: list[Block] = [Heading(2, say("What stands in for the attribute"), "proxies"), Paragraph(lead, "lead")]
    asked = tuple(f for f in features(result) if any(e.about.get("sensitive") == f for e in found))
    out += [_matrix(asked, found)] if len(asked) > 1 else []
    for feature in asked:
        mine = _ranked([e for e in found if e.about.get("sensitive") == feature])
        if mine:
            out.append(Heading(3, narrative.joined(feature)))
            drawn = [e for e in mine if not e.detail.get("itself")][: SHOWN + len(TOGETHER)]
            out += [_chart(feature, drawn)] if drawn else []
            out.append(_table(feature, mine))
    return out


def _matrix(asked: tuple[str, ...], found: list[Evidence]) -> Chart:
    """Return every single input against every attribute, the darker the better it tells it."""
    single = [e for e in found if e.about.get("feature") not in TOGETHER]
    best: dict[str, float] = {}
    for e in single:
        name = e.about.get("feature", "")
        best[name] = max(best.get(name, 0.0), e.value or 0.0)
    rows = tuple(sorted(best, key=lambda name: (-best[name], name)))[:SHOWN]
    tiles = {
        (e.about.get("feature", ""), e.about.get("sensitive", "")): Tile(e.value, e.n, e.id)
        for e in single
        if e.about.get("feature") in rows
    }
    figure = Matrix(rows, asked, tiles, say("input"), "ratio")
    title = say("How well each input tells each attribute")
    return Chart(figure, title, say("AUC for rows not seen before; 0.5 is chance, 1 tells it always"), name="proxies")


def _ranked(found: list[Evidence]) -> list[Evidence]:
    def rank(e: Evidence) -> tuple[bool, float, str]:
        name = e.about.get("feature", "")
        return (name in TOGETHER, -(e.value or 0.0), name)

    return sorted(found, key=rank)


def _chart(feature: str, found: list[Evidence]) -> Chart:
    items = tuple(Item(_named(e), e.value, e.low, e.high, _leaning(e), colour=-1, evidence=e.id) for e in found)
    figure = Intervals(
        items,
        "ratio",
        say("input"),
        say("AUC"),
        bars=False,
        lines=(Line(0.5, say("chance")),),
        limit=(min(0.45, *(e.low if e.low is not None else 0.5 for e in found)), 1.0),
        note_head=say("share of attributions"),
    )
    best = next((e for e in found if e.about.get("feature") not in TOGETHER), found[0])
    title = say(
        "{name} tells {attribute} best among the single inputs: {auc}",
        name=_named(best),
        attribute=narrative.joined(feature),
        auc=value(best),
    )
    subtitle = say("how well each input tells the attribute for rows not seen before (AUC), with 95% interval")
    return Chart(figure, title, subtitle, name=f"proxies-{feature}")


def _named(e: Evidence) -> Text:
    words = {TOGETHER[0]: say("all inputs together"), TOGETHER[1]: say("all inputs but itself")}
    name = e.about.get("feature", "")
    return words.get(name, name)


def _leaning(e: Evidence) -> Text | None:
    share = number(e, "dependence")
    if share is None:
        return None
    return say("leaning {share}", share=Number(share, "percent", e.id, "dependence"))


def _table(feature: str, found: list[Evidence]) -> Table:
    columns = (
        Column(say("input"), numeric=False),
        Column(name_of("proxy_auc")),
        Column(say("95% interval")),
        Column(say("share of attributions")),
        Column(say("declared standing"), numeric=False),
    )
    rows = tuple(
        Row(
            (
                _named(e),
                value(e),
                interval(e),
                Number(number(e, "dependence"), "percent", e.id, "dependence"),
                _declared(e),
            ),
            e.id,
        )
        for e in found
    )
    caption = say("Inputs that tell {feature}", feature=narrative.joined(feature))
    return Table(caption, columns, rows, name=f"proxies-{feature}")


def _declared(e: Evidence) -> Text:
    """Return the declared standing of a feature."""
    return say("the attribute itself") if e.detail.get("itself") else Prose(str(e.detail.get("standing") or "–"))
