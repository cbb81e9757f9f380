"""What the channels of a convolutional net answer to, layer by layer."""

from xaikit.core.evidence import Evidence
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Chart, Heading, Paragraph
from xaikit.report.charts.mosaic import Mosaic, Tile
from xaikit.report.text import Number, Text, clean, say, say_n, sentences

ORDER = 72
MOST_LAYERS = 6
MOST_CHANNELS = 16
MOST_PATCHES = 8


def blocks(result: AuditResult) -> list[Block]:
    """Return a chart of each layer, with the patches that drive its channels most."""
    found = result.measured("top_patch")
    layers = list(dict.fromkeys(e.about.get("layer", "") for e in found))[:MOST_LAYERS]
    if not layers:
        return []
    lead = say(
        "Every picture is the part of an audited input that one channel can see where it answers most strongly. "
        "In nets that have learnt to see, early layers often answer to edges, later ones to parts and to objects: "
        "whether these do is for you to see. A channel that answers to a patch has not been shown to decide by it."
    )
    charts = [_chart(result, layer, [e for e in found if e.about.get("layer", "") == layer]) for layer in layers]
    return [Heading(2, say("What the layers answer to"), "layers"), Paragraph(lead, "lead"), *charts]


def _chart(result: AuditResult, layer: str, found: list[Evidence]) -> Chart:
    channels = list(dict.fromkeys(e.about.get("channel", "") for e in found))[:MOST_CHANNELS]
    names = tuple(say("channel {name}", name=clean(c, 12)) for c in channels)
    rows = tuple(tuple(_tile(e) for e in found if e.about.get("channel", "") == c)[:MOST_PATCHES] for c in channels)
    title = say_n(
        len(channels),
        "Layer {layer}: what excites {count} of its channels most",
        "Layer {layer}: what excites {count} of its channels most",
        layer=clean(layer, 60),
    )
    axes = say("a row is a channel; its strongest patches, each of another input, with the channel's activation")
    return Chart(Mosaic(names, rows), title, axes, _source(result, layer, found), f"layer-{clean(layer, 40)}")


def _source(result: AuditResult, layer: str, found: list[Evidence]) -> Text:
    silent = [e for e in result.measured("channels_silent") if e.about.get("layer") == layer]
    sought = say("Sought among {n} inputs.", n=Number(found[0].n, "count", found[0].id, "n"))
    if not silent or not silent[0].value:
        return sought
    alike = say("Channels that answer every input alike: {n}.", n=Number(silent[0].value, "count", silent[0].id))
    return sentences(sought, alike)


def _tile(e: Evidence) -> Tile:
    top, bottom, left, right, row = (_whole(e, k) for k in ("top", "bottom", "left", "right", "row"))
    place = say(
        "input {row}, rows {top} to {bottom}, columns {left} to {right}",
        row=str(row + 1),
        top=str(top + 1),
        bottom=str(bottom),
        left=str(left + 1),
        right=str(right),
    )
    picture = str(e.detail.get("picture", ""))
    return Tile(picture, Number(e.value, "amount", e.id), place, max(1, right - left), max(1, bottom - top))


def _whole(e: Evidence, key: str) -> int:
    value = e.detail.get(key)
    return int(value) if isinstance(value, int | float) else 0
