"""What stands in for the attribute: inputs that tell it, and how much the model leans on them."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Chart, Column, Heading, Paragraph, Row, Table
from xaikit.report.charts.intervals import Intervals, Item, Line
from xaikit.report.charts.matrix import Matrix, Tile
from xaikit.report.measures import interval, value
from xaikit.report.reading import features, number
from xaikit.report.standing import feature_standing, suspects
from xaikit.report.text import Code, Listed, Number, Prose, Text, say, say_n

ORDER = 67
SHOWN = 12
TOGETHER = ("all features together", "all features but itself")
KINDS = {
    "zip code": say("zip code"),
    "first name": say("first name"),
    "last name": say("last name"),
    "name of a person": say("name of a person"),
}
PARTS = {"first 3 characters": say("first 3 characters"), "first word": say("first word")}


def blocks(result: AuditResult) -> list[Block]:
    """Return how well each input tells each attribute."""
    found = [e for e in result.measured("proxy_auc") if e.value is not None]
    if not found:
        return []
    lead = say(
        "An input is a stand-in when the attribute can be told from it and the model leans on it: both must hold. "
        "0.5 is chance, 1 tells it always; leaning is the share of all attributions, and the strength of a stand-in "
        "is how far it is above chance, times that share."
    )
    out: list[Block] = [Heading(2, say("What stands in for the attribute"), "proxies"), Paragraph(lead, "lead")]
    out += [_suspected(result), *_kinds(found)]
    asked = tuple(f for f in features(result) if any(e.about.get("sensitive") == f for e in found))
    strong = [e for e in result.measured("proxy_strength") if e.value is not None]
    out += [_matrix(asked, found), *([_strengths(asked, strong)] if strong else [])] if len(asked) > 1 else []
    for feature in asked:
        mine = _ranked([e for e in found if e.about.get("sensitive") == feature])
        if mine:
            out.append(Heading(3, narrative.joined(feature)))
            drawn = [e for e in mine if not e.detail.get("itself")][: SHOWN + len(TOGETHER)]
            out += [_chart(result, feature, drawn)] if drawn else []
            out.append(_table(result, feature, mine))
    return [*out, _inventory(result, asked)] if result.standings else out


def _inventory(result: AuditResult, asked: tuple[str, ...]) -> Table:
    """Return every feature with what was declared of it, and for which attributes it is suspected."""
    suspected = {f: tuple(narrative.joined(s) for s in asked if f in suspects(result, s)) for f in suspects(result)}
    share = {e.about.get("feature"): e for e in result.measured("proxy_auc") if "part" not in e.about}
    columns = (
        Column(say("feature"), numeric=False),
        Column(say("declared standing"), numeric=False),
        Column(say("standing"), numeric=False),
        Column(say("suspected to stand in for"), numeric=False),
        Column(say("share of attributions")),
    )
    rows = []
    for s in result.standings:
        e = share.get(s.feature)
        carried = Number(number(e, "dependence"), "percent", e.id if e else "", "dependence")
        named = Listed(suspected[s.feature]) if s.feature in suspected else Prose("–")
        rows.append(Row((_named(e) if e else s.feature, Prose(s.declared), Prose(s.standing), named, carried)))
    return Table(say("Inventory of features and their standing"), columns, tuple(rows), name="standings")


def _suspected(result: AuditResult) -> Block:
    named = suspects(result)
    if not named:
        return Paragraph(say("No input of undeclared or contested standing is suspected to stand in."))
    told = say_n(
        len(named),
        "{count} input is suspected to stand in for an attribute: {features}. Declare it as legitimate and defend "
        "it, or take it out.",
        "{count} inputs are suspected to stand in for an attribute: {features}. Declare each as legitimate and "
        "defend it, or take it out.",
        features=Listed(tuple(_ranked_by_strength(result, named))),
    )
    return Paragraph(told)


def _ranked_by_strength(result: AuditResult, named: tuple[str, ...]) -> list[Text]:
    """Return features with their strength for the attribute that they stand in for most, the strongest first."""
    strongest: dict[str, Evidence] = {}
    for e in result.measured("proxy_strength"):
        name = e.about.get("feature", "")
        if name in named and (e.value or 0.0) > (strongest[name].value or 0.0 if name in strongest else -1.0):
            strongest[name] = e
    order = sorted(named, key=lambda n: -(strongest[n].value or 0.0) if n in strongest else 0.0)
    return [
        say("{feature} (strength {strength})", feature=n, strength=value(strongest[n])) if n in strongest else n
        for n in order
    ]


def _kinds(found: list[Evidence]) -> list[Block]:
    """Return postal codes and names of people, by name: what they are, and whether the model reads them."""
    seen: dict[str, Text] = {}
    for e in found:
        if "kind" in e.about and not e.about.get("part"):
            seen[e.about["feature"]] = say(
                "{feature} is a {kind}, {fate}", feature=e.about["feature"], kind=_kind(e), fate=_fate(e)
            )
    if not seen:
        return []
    columns = Listed(tuple(seen.values()), "; ")
    note = say(
        "Known by their names and values, and taken as categories, never as numbers: {columns}.", columns=columns
    )
    return [Paragraph(note)]


def _fate(e: Evidence) -> Text:
    if e.detail.get("read") is None:
        return say("in the data")
    return say("read by the model") if e.detail["read"] else say("in the data, not read by the model")


def _kind(e: Evidence) -> Text:
    return KINDS.get(e.about.get("kind", ""), e.about.get("kind", ""))


def _matrix(asked: tuple[str, ...], found: list[Evidence]) -> Chart:
    """Return every single input against every attribute, the darker the better it tells it."""
    title = say("How well each input tells each attribute")
    return Chart(
        _tiles(asked, found, 0.5),
        title,
        say("AUC for rows not seen before; 0.5 is chance, 1 tells it always"),
        name="proxies",
    )


def _strengths(asked: tuple[str, ...], found: list[Evidence]) -> Chart:
    first = max(found, key=lambda e: e.value or 0.0)
    title = say(
        "{feature} is the strongest stand-in, for {attribute}: {strength}",
        feature=_named(first),
        attribute=narrative.joined(first.about["sensitive"]),
        strength=value(first),
    )
    subtitle = say("strength: how far above chance an input tells the attribute, times the model's leaning on it")
    return Chart(_tiles(asked, found), title, subtitle, name="proxy-strength")


def _tiles(asked: tuple[str, ...], found: list[Evidence], floor: float = 0.0) -> Matrix:
    single = [e for e in found if e.about.get("feature") not in TOGETHER and not e.about.get("part")]
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
    return Matrix(rows, asked, tiles, say("input"), "index", floor)


def _ranked(found: list[Evidence]) -> list[Evidence]:
    def rank(e: Evidence) -> tuple[bool, float, str]:
        name = e.about.get("feature", "")
        return (name in TOGETHER, -(e.value or 0.0), name)

    return sorted(found, key=rank)


def _chart(result: AuditResult, feature: str, found: list[Evidence]) -> Chart:
    items = tuple(Item(_named(e), e.value, e.low, e.high, _leaning(e), colour=-1, evidence=e.id) for e in found)
    figure = Intervals(
        items,
        "index",
        say("input"),
        say("AUC"),
        bars=False,
        lines=(Line(0.5, say("chance")),),
        limit=(min(0.45, *(e.low if e.low is not None else 0.5 for e in found)), 1.0),
        note_head=say("share of attributions"),
    )
    single = [e for e in found if e.about.get("feature") not in TOGETHER]
    best = next((e for e in single if e.detail.get("read") is not False), found[0])
    title = say(
        "{name} tells {attribute} best among the single inputs: {auc}",
        name=_named(best),
        attribute=narrative.joined(feature),
        auc=value(best),
    )
    if single and not any(_beyond_chance(result, e) for e in single):
        title = say("No single input tells {attribute} beyond chance", attribute=narrative.joined(feature))
    subtitle = say("how well each input tells the attribute for rows not seen before (AUC), with 95% interval")
    return Chart(figure, title, subtitle, name=f"proxies-{feature}")


def _beyond_chance(result: AuditResult, e: Evidence) -> bool:
    """Return whether the area and the information both leave chance behind, as the standings are judged."""
    bits = next((b for b in result.measured("proxy_mutual_information") if dict(b.about) == dict(e.about)), None)
    told = bits is None or (bits.low or 0.0) > 0
    return told and e.low is not None and e.low > 0.5


def _named(e: Evidence) -> Text:
    words = {TOGETHER[0]: say("all inputs together"), TOGETHER[1]: say("all inputs but itself")}
    name = e.about.get("feature", "")
    if "kind" not in e.about:
        return words.get(name, name)
    part = PARTS.get(e.about.get("part", ""))
    if part is not None:
        return say("{feature} ({kind}, {part})", feature=name, kind=_kind(e), part=part)
    return say("{feature} ({kind})", feature=name, kind=_kind(e))


def _leaning(e: Evidence) -> Text | None:
    if e.detail.get("read") is False:
        return say("not read by the model")
    share = number(e, "dependence")
    if share is None:
        return None
    return say("leaning {share}", share=Number(share, "percent", e.id, "dependence"))


def _table(result: AuditResult, feature: str, found: list[Evidence]) -> Table:
    columns = (
        Column(say("input"), numeric=False),
        Column(say("AUC")),
        Column(say("95% interval")),
        Column(say("share of variance (R²)")),
        Column(say("information, bits")),
        Column(say("share of attributions")),
        Column(say("strength")),
        Column(say("standing"), numeric=False),
    )
    rows = tuple(
        Row(
            (
                _named(e),
                value(e),
                interval(e),
                _beside(result, e, "proxy_r2"),
                _beside(result, e, "proxy_mutual_information"),
                Number(number(e, "dependence"), "percent", e.id, "dependence"),
                _beside(result, e, "proxy_strength"),
                _standing(result, e),
            ),
            e.id,
        )
        for e in found
    )
    caption = say("Inputs that tell {feature}", feature=narrative.joined(feature))
    note = say(
        "All for rows that the predictor has not seen, with 95% intervals. A standing is declared under {key}; "
        "suspected is what is undeclared or contested, tells the attribute more than weakly and carries the score.",
        key=Code("roles"),
    )
    return Table(caption, columns, rows, note, name=f"proxies-{feature}")


def _beside(result: AuditResult, e: Evidence, measure: str) -> Text:
    found = next((o for o in result.measured(measure) if dict(o.about) == dict(e.about)), None)
    return Number(None, "index") if found is None else narrative.with_interval(found)


def _standing(result: AuditResult, e: Evidence) -> Text:
    """Return the standing of a feature; of all together there is none."""
    if e.about.get("feature") in TOGETHER:
        return Prose("–")
    return (
        say("the attribute itself")
        if e.detail.get("itself")
        else feature_standing(result, e.about["feature"], e, e.about["sensitive"])
    )
