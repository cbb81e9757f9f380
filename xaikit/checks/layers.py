"""What does each channel of a convolutional net answer to? The real patches that drive it most, layer by layer.

Channels are shown, not named: that the first layers answer to edges and the last to objects is for the reader to see,
in patches of what the channel can see of the audited pictures, and nothing else.

References
----------
Zeiler, M. D., Fergus, R. (2014). Visualizing and understanding convolutional networks. ECCV, 818–833.
Bau, D., et al. (2017). Network dissection: quantifying interpretability of deep visual representations. CVPR,
6541–6549.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from xaikit.compute.batches import as_array, length, take
from xaikit.compute.pictures import thumbnail
from xaikit.core import plugin
from xaikit.core.errors import AbsentError
from xaikit.core.evidence import Evidence
from xaikit.core.model import Layered
from xaikit.core.progress import Progress

SOURCE = "layers"
BYTES = 160_000  # of all thumbnails before they are packed: a report stays below 1 MB


def check(
    model: Layered,
    inputs: Any,
    rng: np.random.Generator,
    progress: Progress,
    *,
    layers: list[str] | Literal["auto"],
    channels: Annotated[int, Field(ge=1, le=16)] = 6,
    patches: Annotated[int, Field(ge=1, le=8)] = 4,
    rows: Annotated[int, Field(ge=1)] = 512,
) -> Iterator[Evidence]:
    """Find the patches that drive the channels of a few layers most.

    Parameters
    ----------
    model : Layered
        A convolutional net.
    inputs : array or tensor, shape (n, channels, height, width)
        Real pictures.
    rng : numpy.random.Generator
        Draws the pictures, where there are more than `rows`.
    progress : Progress
        Told of layers done.
    layers : list of str or "auto"
        Names of layers; "auto" takes the first, the middle and the last convolution.
    channels : int
        Channels of each layer: those whose strongest answer differs most from picture to picture.
    patches : int
        Patches of each channel, each from another picture.
    rows : int
        Pictures among which they are sought.

    Yields
    ------
    Evidence
        `top_patch`: the channel's answer at the patch, with its place and a thumbnail in `detail`; `channels_silent`:
        how many channels of the layer answer every picture alike.

    Raises
    ------
    AbsentError
        When the inputs are no pictures, or the net has no convolutions.
    """
    shape = np.shape(as_array(take(inputs, slice(0, 1))))
    if len(shape) != 4:
        raise AbsentError("layers", f"inputs of shape {shape}", "pictures: (n, channels, height, width)")
    chosen = np.sort(rng.permutation(length(inputs))[:rows])
    few = take(inputs, chosen)
    low, high = float(as_array(few).min()), float(as_array(few).max())
    names = plugin.function("xaikit.compute.patches", "spread_convolutions")(model) if layers == "auto" else layers
    if not names:
        raise AbsentError("layers", "a net without convolutions", "convolutions, or `layers` by name")
    side = int(np.clip(np.sqrt(BYTES / (3 * len(names) * channels * patches)), 8, 24))
    driven = plugin.function("xaikit.compute.patches", "driven")  # torch comes with it
    for i, layer in enumerate(names):
        progress("layers", i, len(names))
        found, silent = driven(model, few, layer, channels=channels, count=patches)
        about = {"layer": layer}
        yield Evidence("channels_silent", float(silent), n=len(chosen), unit="count", about=about, source=SOURCE)
        for channel in found:
            for rank, patch in enumerate(channel, 1):
                yield _evidence(patch, layer, rank, int(chosen[patch.row]), len(chosen), (low, high, side))
    progress("layers", len(names), len(names))


def _evidence(patch: Any, layer: str, rank: int, row: int, n: int, look: tuple[float, float, int]) -> Evidence:
    top, bottom, left, right = patch.box
    return Evidence(
        "top_patch",
        patch.activation,
        n=n,
        unit="activation",
        about={"layer": layer, "channel": str(patch.channel), "rank": str(rank)},
        source=SOURCE,
        detail={
            "row": row,
            "top": top,
            "bottom": bottom,
            "left": left,
            "right": right,
            "picture": thumbnail(patch.pixels, *look),
        },
    )
