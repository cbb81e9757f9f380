"""A grid of rows × coalitions × background cut into tiles that stay in cache."""

from collections.abc import Callable, Iterator
from math import prod
from typing import NamedTuple

from xaikit.compute.batches import is_out_of_memory, make_room


class Tile(NamedTuple):
    """A box of the grid: half-open ranges of rows, coalitions and background rows."""

    rows: slice
    masks: slice
    background: slice

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many rows, coalitions and background rows it holds."""
        rows, masks, background = self
        return rows.stop - rows.start, masks.stop - masks.start, background.stop - background.start

    def halves(self) -> tuple["Tile", "Tile"]:
        """Return the two halves along the first side that has any: what was one run of the grid is cut into two."""
        side = ("rows", "masks", "background")[next(i for i, n in enumerate(self.shape) if n > 1)]
        cut: slice = getattr(self, side)
        middle = (cut.start + cut.stop) // 2
        return (
            self._replace(**{side: slice(cut.start, middle)}),
            self._replace(**{side: slice(middle, cut.stop)}),
        )


def tiles(rows: int, masks: int, background: int, size: int) -> Iterator[Tile]:
    """Yield tiles of at most `size` model rows that cover the grid once, whole rows together where they fit.

    Each is one run of the grid, written row by row, mask by mask; so are its halves.

    Examples
    --------
    >>> [t.shape for t in tiles(3, 4, 2, size=16)]
    [(2, 4, 2), (1, 4, 2)]
    """
    b = min(background, size)
    m = max(1, min(masks, size // b))
    m = -(-masks // -(-masks // m)) if masks else m  # cuts of one length: a short call costs what a long one does
    r = max(1, size // (m * b)) if m == masks and b == background else 1
    down = _cuts(rows, r)
    for j in _cuts(masks, m):  # rows last: the masks of a tile are still in the cache for the next row
        for k in _cuts(background, b):
            for i in down:
                yield Tile(i, j, k)


def with_back_off(work: Callable[[Tile], None], tile: Tile, most: int | None = None) -> int:
    """Do the work of a tile; where memory runs out, do its halves, down to a single model row.

    Parameters
    ----------
    work : callable
        Takes a tile.
    tile : Tile
        All of it is done.
    most : int, optional
        Model rows that were found to fit: a larger tile is halved without a try.

    Returns
    -------
    int
        `most`, or what fits after memory ran out, for the next tile.
    """
    rows = prod(tile.shape)
    most = rows if most is None else most
    if rows <= most or rows == 1:
        try:
            work(tile)
            return most
        except Exception as error:
            if rows == 1 or not is_out_of_memory(error):
                raise
        make_room()  # here the error has gone, and what its frames held
        most = -(-rows // 2)
    for half in tile.halves():
        most = with_back_off(work, half, most)
    return most


def _cuts(total: int, step: int) -> list[slice]:
    return [slice(start, min(start + step, total)) for start in range(0, total, step)]
