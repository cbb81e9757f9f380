"""Pictures and series of any size as games: their cells are the players, and what is left out is covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xaikit.compute.batches import as_array, is_tensor
from xaikit.core import plugin
from xaikit.core.errors import DataError, shown
from xaikit.core.model import Model
from xaikit.core.target import Target

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Kind = Literal["auto", "picture", "series"]
Baseline = Literal["blur", "mean"] | float | list[float]
CHANNELS = (1, 3, 4)
MODES = ("L", "RGB", "RGBA", "F", "I")  # of pictures of PIL, that are numbers and not places in a palette
BOXES = 3  # means over boxes, one after the other, which come close to a Gaussian
AT_ONCE = 2**22  # numbers of covered pictures that are held at once


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture or a series, and what covers it.

    Parameters
    ----------
    given : object
        As the model takes it: an array, a tensor, or a picture of PIL.
    pixels : array
        Its numbers.
    axes : tuple of int
        The axes that are cut into cells: height and width, or time.
    cover : float array like `pixels`
        What is shown instead of a cell that is left out.
    """

    given: Any
    pixels: NDArray[Any]
    axes: tuple[int, ...]
    cover: Floats

    def shown(self, kept: Bools) -> Any:
        """Return it with the cells that are not kept covered; `kept` has one axis for each that is cut."""
        here = kept
        for place, axis in enumerate(self.axes):
            cells = np.array_split(np.arange(self.pixels.shape[axis]), kept.shape[place])
            here = np.repeat(here, [len(c) for c in cells], axis=place)
        ahead, behind = self.axes[0], self.pixels.ndim - self.axes[-1] - 1
        here = here.reshape(*[1] * ahead, *here.shape, *[1] * behind)
        whole = self.pixels.dtype.kind in "biu"
        made = np.where(here, self.pixels, np.round(self.cover) if whole else self.cover)
        return _like(self.given, made.astype(self.pixels.dtype))


def pictures(batch: Any, kind: Kind, baseline: Baseline, cells: int) -> list[Picture]:
    """Return the rows of a batch as pictures or series.

    Parameters
    ----------
    batch : list or array
        Rows: pictures of PIL, arrays (height, width), (height, width, channels), (channels, height, width), or series
        (time,), (time, channels).
    kind : {"auto", "picture", "series"}
        "auto" takes rows of one axis for series, and all others for pictures.
    baseline : {"blur", "mean"}, float or list of float
        What covers a cell: the same place out of focus by the size of a cell, the mean of the row by channel, or the
        number or colour that is given.
    cells : int
        On each axis, for the width of the blur.

    Raises
    ------
    DataError
        For a row that is neither, or a colour of another number of channels.
    """
    out = []
    for place, row in enumerate(batch):
        given = row.convert("RGB") if hasattr(row, "convert") and row.mode not in MODES else row
        pixels = as_array(given)
        axes = _axes(pixels, kind, place)
        if pixels.dtype.kind not in "biuf" or not np.isfinite(pixels).all():
            raise DataError("inputs", f"row {place + 1} of {pixels.dtype} numbers, or NaN", "finite numbers")
        out.append(Picture(given, pixels, axes, _cover(pixels.astype(np.float64), axes, baseline, cells, place)))
    return out


def _axes(pixels: NDArray[Any], kind: Kind, place: int) -> tuple[int, ...]:
    if pixels.ndim == 1 and kind != "picture":
        return (0,)
    if kind == "series" and pixels.ndim == 2:
        return (0,)
    if kind != "series" and pixels.ndim == 2:
        return (0, 1)
    if kind != "series" and pixels.ndim == 3 and (pixels.shape[0] in CHANNELS or pixels.shape[2] in CHANNELS):
        return (0, 1) if pixels.shape[2] in CHANNELS else (1, 2)
    wanted = "a picture (height, width), with 1, 3 or 4 channels first or last, or a series (time,), (time, channels)"
    raise DataError("inputs", f"shape {pixels.shape} in row {place + 1}, kind {kind}", wanted)


def _cover(pixels: Floats, axes: tuple[int, ...], baseline: Baseline, cells: int, place: int) -> Floats:
    if baseline == "blur":
        for axis in axes:
            for _ in range(BOXES):
                pixels = _boxed(pixels, axis, -(-pixels.shape[axis] // cells))
        return pixels
    if baseline == "mean":
        return np.broadcast_to(pixels.mean(axis=axes, keepdims=True), pixels.shape)
    colour = np.atleast_1d(np.asarray(baseline, dtype=np.float64))
    apart = [a for a in range(pixels.ndim) if a not in axes]
    channels = pixels.shape[apart[0]] if apart else 1
    if len(colour) not in (1, channels):
        raise DataError("segments.baseline", f"{shown(baseline)} for row {place + 1}", f"1 or {channels} numbers")
    shape = [channels if a in apart and len(colour) > 1 else 1 for a in range(pixels.ndim)]
    return np.broadcast_to(colour.reshape(shape), pixels.shape)


def _boxed(pixels: Floats, axis: int, radius: int) -> Floats:
    """Return means over 2 × radius + 1 places of an axis; the ends are repeated."""
    wide = np.pad(pixels, [(radius + 1, radius) if a == axis else (0, 0) for a in range(pixels.ndim)], mode="edge")
    sums, size = wide.cumsum(axis=axis), 2 * radius + 1
    places = np.arange(pixels.shape[axis])
    # the first place of the padding is there to be taken off
    return np.asarray((sums.take(places + size, axis=axis) - sums.take(places, axis=axis)) / size)


def _like(given: Any, pixels: NDArray[Any]) -> Any:
    """Return pixels in the container of what was given."""
    if is_tensor(given):
        return plugin.function("torch", "as_tensor")(pixels, dtype=given.dtype, device=given.device)
    if hasattr(given, "convert"):  # of PIL
        return plugin.function("PIL.Image", "fromarray")(pixels)
    return pixels


class SegmentGame:
    """The value of a coalition of cells: the score of the picture with the others covered.

    Parameters
    ----------
    model : Model
        Takes a list of pictures or series, or one array of them.
    target : Target
        The scalars.
    picture : Picture
        The row.
    grid : tuple of int
        Cells on each axis that is cut.
    listed : bool
        Whether the model takes a list.
    """

    def __init__(self, model: Model, target: Target, picture: Picture, grid: tuple[int, ...], listed: bool) -> None:
        self.model, self.target, self.picture, self.grid, self.listed = model, target, picture, grid, listed
        self.asked = 0

    def scores(self, masks: Bools) -> Floats:
        """Return the scores of coalitions, masks (n, cells) with the cells in rows, float array (n, outputs)."""
        step, out = max(1, AT_ONCE // self.picture.pixels.size), []
        for start in range(0, len(masks), step):
            batch = [self.picture.shown(m.reshape(self.grid)) for m in masks[start : start + step]]
            out.append(as_array(self.target(self.model.predict(batch if self.listed else _stacked(batch)))))
        self.asked += len(masks)
        return np.asarray(np.concatenate(out), dtype=np.float64)


def _stacked(batch: Sequence[Any]) -> Any:
    return plugin.function("torch", "stack")(list(batch)) if is_tensor(batch[0]) else np.stack(batch)
