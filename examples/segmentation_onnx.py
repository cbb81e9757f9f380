"""A segmentation net in ONNX as a pure black box: where does it see text, and what does it look at there?

The net (PP-OCRv4, from rapidocr) marks the pixels of a page that belong to text. The page is drawn here, so the truth
is known. Tiles of the page are the players: a tile that is left out is blank paper.

Run: python examples/segmentation_onnx.py [folder for the report]
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import xaikit as xk
from xaikit.auditing.gathered import gathered
from xaikit.core.structured import region
from xaikit.demo.packages import Package

NET = Package("rapidocr-onnxruntime", "1.4.4", "rapidocr_onnxruntime", "models/ch_PP-OCRv4_det_infer.onnx")
HEIGHT, WIDTH, TILE = 192, 320, 32
LINES = ["Application", "Sales assistant", "Seven years"]


def page():
    """Return a page as floats (height, width) and the pixels that its lines of text cover."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw, covered = ImageDraw.Draw(image), np.zeros((HEIGHT, WIDTH), dtype=bool)
    draw.ellipse((230, 60, 300, 130), fill=120)  # a stamp, which is no text
    for i, line in enumerate(LINES):
        place = (20, 20 + 56 * i)
        draw.text(place, line, fill=0, font=ImageFont.load_default(24))
        x0, y0, x1, y1 = map(int, draw.textbbox(place, line, font=ImageFont.load_default(24)))
        covered[y0:y1, x0:x1] = True
    return np.asarray(image, dtype=np.float32), covered


def as_net_takes(pages):
    return np.repeat((pages[:, None] / 255 - 0.5) / 0.5, 3, axis=1).astype(np.float32)


def main(folder):
    net = xk.load_model(NET.found())
    print(f"{net.card.name}: opened by the adapter '{net.card.adapter}', inputs {net.card.detail['inputs']}")
    image, truth = page()
    seen = net.predict(as_net_takes(image[None])).reshape(HEIGHT, WIDTH) > 0.3
    print(
        f"the net marks the core of each line: {(seen & truth).sum() / truth.sum():.0%} of the pixels of text; "
        f"{(seen & ~truth).sum() / seen.sum():.0%} of what it marks is beside the text"
    )

    second = np.zeros_like(truth)
    second[20 + 56 : 20 + 56 + 28] = truth[20 + 56 : 20 + 56 + 28]
    target = region((HEIGHT, WIDTH), second, "p(text) on the second line")
    rows, columns = HEIGHT // TILE, WIDTH // TILE

    def with_tiles(there):
        keep = there.reshape(-1, rows, columns).repeat(TILE, 1).repeat(TILE, 2) > 0.5
        return np.concatenate([target(net.predict(as_net_takes(np.where(k, image, 255.0)[None]))) for k in keep])

    everything = np.ones((1, rows * columns), dtype=np.float32)
    tiles = xk.explain(with_tiles, everything, background=0 * everything, engine="shapley", budget=400)
    values = tiles.values.reshape(1, 1, rows, columns, 1)
    own = second.reshape(rows, TILE, columns, TILE).any(axis=(1, 3))
    share = np.abs(values[0, 0, :, :, 0])[own].sum() / np.abs(values).sum()
    print(f"{share:.0%} of what moves the second line lies on its own tiles (chance {own.mean():.0%})")
    picture = replace(
        tiles,
        values=values,
        stderr=None,
        converged=None,
        feature_names=(),
        data=image.reshape(1, 1, rows, TILE, columns, TILE).mean(axis=(3, 5)),
        target=target.name,
        detail={},
    )
    gathered("Where a net sees text", {"tiles of the page": picture}, model=net).to_html(
        folder / "segmentation_onnx.html"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
