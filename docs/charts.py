"""Draw the tables of the simulations that read better as bars. Run: python docs/charts.py."""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).parent / "simulations"
LEFT, WIDTH, STEP, TOP = 350, 350, 34, 44


@dataclass(frozen=True)
class Chart:
    """What is drawn of one table: a column of percentages, and the line that they are held against."""

    table: str
    column: int
    title: str
    line: float
    label: str


CHARTS = (
    Chart("best_of_k", 1, "Fair audits in which some group is flagged", 5, "5 %"),
    Chart("simultaneous_ratios", 1, "Samples in which all intervals hold the truth", 95, "95 %"),
    Chart("one_person", 1, "Fair audits below four fifths, by the number of women and men", 0, ""),
    Chart("minimum_detectable", 3, "How often a true ratio of .8 is noticed, by people in the group", 80, "80 %"),
    Chart("clusters", 1, "Fair audits in which a difference is found", 5, "5 %"),
    Chart("deletion", 2, "Explanations that pass the deletion test", 0, ""),
)


def rows(table: str, column: int) -> list[tuple[str, float]]:
    """Return the label and the percentage of each line of a table that has one."""
    lines = (FOLDER / f"{table}.txt").read_text("utf-8").splitlines()[2:]
    cells = [[c.strip(" *`") for c in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    found = [(c[0].replace("**", "").replace("`", ""), re.match(r"([\d.]+) %", c[column])) for c in cells]
    return [(name, float(m[1])) for name, m in found if m]


def drawn(chart: Chart) -> str:
    """Return a chart as one SVG element in a figure."""
    found = rows(chart.table, chart.column)
    height = TOP + STEP * len(found) + 8
    says = "; ".join(f"{name}: {value:g} %" for name, value in found)
    parts = [
        f'<figure class="chart"><svg viewBox="0 0 {LEFT + WIDTH + 70} {height}" role="img" font-size="14" '
        f'fill="currentColor" xmlns="http://www.w3.org/2000/svg"><title>{escape(chart.title)}</title>'
        f"<desc>{escape(says)}</desc>"
        f'<text x="0" y="16" font-weight="700">{escape(chart.title)}</text>'
    ]
    for i, (name, value) in enumerate(found):
        y, width = TOP + STEP * i, WIDTH * value / 100
        last = i == len(found) - 1 and chart.table in ("best_of_k", "simultaneous_ratios", "clusters")
        parts.append(f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>')
        parts.append(
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="20" rx="2" fill="#3949ab" '
            f'fill-opacity="{1 if last else 0.45}"/>'
        )
        parts.append(f'<text x="{LEFT + width + 6:.1f}" y="{y + 15}" font-weight="700">{value:g} %</text>')
    if chart.label:
        x = LEFT + WIDTH * chart.line / 100
        parts.append(
            f'<path d="M{x:.1f} {TOP - 8}V{height - 4}" stroke="currentColor" stroke-dasharray="4 3"/>'
            f'<text x="{x:.1f}" y="{TOP - 12}" text-anchor="middle" font-size="12">{chart.label}</text>'
        )
    return "".join(parts) + "</svg></figure>\n"


def main() -> None:
    """Write every chart beside its table."""
    for chart in CHARTS:
        (FOLDER / f"{chart.table}.svg").write_text(drawn(chart), "utf-8")


if __name__ == "__main__":
    main()
