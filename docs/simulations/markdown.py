"""How the simulations of this folder print their tables."""

from collections.abc import Sequence


def share(value: float) -> str:
    """Return a share as a percentage with one decimal."""
    return f"{100 * value:.1f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    print("\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines))
