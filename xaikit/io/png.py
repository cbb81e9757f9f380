"""Charts as pictures: PNG from SVG, through resvg, without a browser."""

from xaikit.core.errors import MissingExtraError

try:
    import resvg_py
except ImportError as missing:
    raise MissingExtraError(
        "PNG of charts", "no resvg-py", "the optional package that draws", "pip install 'xaikit[png]'"
    ) from missing

DENSITY = 2.0
"""Pixels to a unit of the chart: sharp on paper up to about 19 cm."""


def png(svg: str) -> bytes:
    """Return a chart that stands alone as PNG, two pixels to a unit, with the fonts of this machine.

    Parameters
    ----------
    svg : str
        As `report.standalone.charts` makes them: colours resolved.
    """
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=DENSITY, sans_serif_family="DejaVu Sans"))
