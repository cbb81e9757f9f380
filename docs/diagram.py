"""Draw the diagram of the first page: what goes in, what happens, what comes out. Run: python docs/diagram.py."""

from pathlib import Path
from xml.sax.saxutils import escape

BOXES = [  # x, title, lines
    (0, "Hand over", ["a table of decisions,", "and a model if there is", "one: file, URL, callable"]),
    (250, "Measure", ["engines explain, checks", "count: every number has", "an interval, no threshold"]),
    (500, "Judge", ["a profile is data:", "rules, bounds, citations,", "and dates"]),
    (750, "Show", ["one page, one JSON:", "verdict first, evidence", "one click away"]),
]
WIDTH, HEIGHT = 210, 112


def main() -> None:
    """Write docs/parts.svg."""
    parts = [
        '<figure class="chart"><svg viewBox="0 0 964 120" role="img" aria-labelledby="parts-title" '
        'xmlns="http://www.w3.org/2000/svg"><title id="parts-title">A table and a model are measured, judged by a '
        "profile, and shown in a report.</title>"
    ]
    for x, title, lines in BOXES:
        parts.append(
            f'<rect x="{x + 1}" y="1" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="none" stroke="currentColor"/>'
        )
        parts.append(f'<text x="{x + 16}" y="32" font-size="18" font-weight="700" fill="currentColor">{title}</text>')
        for i, line in enumerate(lines):
            place = f'x="{x + 16}" y="{58 + 20 * i}" font-size="14"'
            parts.append(f'<text {place} fill="currentColor">{escape(line)}</text>')
        if x:
            parts.append(f'<path d="M{x - 34} 56h24m-8 -7l8 7l-8 7" fill="none" stroke="currentColor"/>')
    (Path(__file__).parent / "parts.svg").write_text("".join(parts) + "</svg></figure>\n", "utf-8")


if __name__ == "__main__":
    main()
