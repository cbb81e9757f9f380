"""Cells of pictures and series: the definition, planted patches, containers of every kind, and what is refused.

Bounds, set before the first run: with all coalitions, values are the definition to 1e-9; of the planted patches the
largest cell is the right one in at least 95 % of pictures (pointing game); 95 % intervals of sampled values hold the
enumerated ones in 93 % or more.
"""

import numpy as np
import pytest
import torch
from PIL import Image

import xaikit as xk
from tests.oracles.shapley import brute_force


def redness(batch):
    """The score of a detector that finds a red square wherever it is: how red the reddest 4 × 4 pixels are."""
    out = []
    for picture in batch:
        pixels = np.asarray(picture, dtype=np.float64)
        red = np.clip(pixels[..., 0] - pixels[..., 1:].mean(axis=-1), 0, None)
        sums = np.pad(red, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
        boxes = sums[4:, 4:] - sums[:-4, 4:] - sums[4:, :-4] + sums[:-4, :-4]
        out.append(boxes.max() / 16 / 255)
    return out


def planted(rng, cells, kind):
    """A picture of a size of its own, noisy grey, with a red square in one of its cells; and which cell that is."""
    height, width = rng.integers(30, 60, size=2)
    pixels = np.repeat(rng.integers(90, 160, size=(height, width, 1)), 3, axis=2).astype("uint8")
    place = tuple(int(p) for p in rng.integers(cells, size=2))
    spans = [np.array_split(np.arange(side), cells)[p] for side, p in zip((height, width), place, strict=True)]
    middle = [s[len(s) // 2] for s in spans]
    pixels[middle[0] - 2 : middle[0] + 2, middle[1] - 2 : middle[1] + 2] = (230, 20, 20)
    return (Image.fromarray(pixels) if kind == "PIL" else pixels), place


@pytest.mark.parametrize("method", ["shapley", "occlusion"])
@pytest.mark.parametrize("baseline", ["blur", "mean", 128.0, [120.0, 120.0, 120.0]], ids=str)
@pytest.mark.parametrize("kind", ["PIL", "arrays"])
def test_the_largest_cell_is_where_the_patch_was_planted(kind, baseline, method):
    rng = np.random.default_rng(3)
    pictures, places = zip(*[planted(rng, 4, kind) for _ in range(20)], strict=True)
    found = xk.explain(
        redness, list(pictures), engine="segments", cells=4, baseline=baseline, method=method, budget=200
    )
    assert found.values.shape == (20, 4, 4, 1)
    largest = [np.unravel_index(v.argmax(), v.shape) for v in found.values[..., 0]]
    assert np.mean([tuple(map(int, a)) == b for a, b in zip(largest, places, strict=True)]) >= 0.95


def curved(batch):
    """A score of series of any length, with interactions: of thirds of their time."""
    thirds = [[part.mean() for part in np.array_split(np.asarray(s, dtype=np.float64), 3)] for s in batch]
    return [np.tanh(a * b) + c**2 - a * b * c for a, b, c in thirds]


def test_all_coalitions_are_the_definition():
    rng = np.random.default_rng(0)
    series = [rng.normal(size=n) for n in (9, 14)]
    found = xk.explain(curved, series, engine="segments", cells=5, baseline=0.5, budget=32)
    for values, row in zip(found.values[..., 0], series, strict=True):
        parts = np.array_split(np.arange(len(row)), 5)

        def game(coalition, row=row, parts=parts):
            shown = np.full(len(row), 0.5)
            for cell in coalition:
                shown[parts[cell]] = row[parts[cell]]
            return curved([shown])[0]

        np.testing.assert_allclose(values, brute_force(game, 5), atol=1e-9)
    assert not found.stderr.any()
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)


def test_a_mean_of_pixels_is_shared_by_area():
    rng = np.random.default_rng(1)
    pictures = [rng.random((12, 8)), rng.random((7, 9))]
    found = xk.explain(lambda b: [p.mean() for p in b], pictures, engine="segments", cells=3, baseline=0.0)
    for values, picture in zip(found.values[..., 0], pictures, strict=True):
        cells = [np.array_split(row, 3, axis=1) for row in np.array_split(picture, 3, axis=0)]
        expected = [[cell.sum() / picture.size for cell in row] for row in cells]
        np.testing.assert_allclose(values, expected, atol=1e-9)


@pytest.mark.slow
def test_sampled_intervals_hold_the_enumerated_values():
    rng = np.random.default_rng(2)
    picture, weights = rng.random((8, 8)), rng.normal(size=(2, 64))

    def model(batch):
        return np.stack([np.tanh(weights @ (p.ravel() - 0.5)) for p in batch]) @ [1.0, -1.0]

    def of(budget, seed):
        return xk.explain(
            model, [picture], engine="segments", cells=4, baseline=0.5, budget=budget, seed=seed, kind="picture"
        )

    masks = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    pixels = np.repeat(np.repeat(masks.reshape(-1, 4, 4), 2, axis=1), 2, axis=2)
    shown = np.where(pixels, picture, 0.5)
    scores = np.tanh((shown.reshape(-1, 64) - 0.5) @ weights.T) @ [1.0, -1.0]
    truth = brute_force(lambda coalition: scores[sum(1 << c for c in coalition)], 16).reshape(4, 4)
    for budget in (160, 640):
        inside = [
            np.abs(e.values[0, ..., 0] - truth) <= e.margin()[0, ..., 0] for e in (of(budget, s) for s in range(100))
        ]
        assert np.mean(inside) >= 0.93


def test_auto_finds_the_engine_and_says_so():
    rng = np.random.default_rng(4)
    pictures = [planted(rng, 6, "PIL")[0] for _ in range(2)]
    found = xk.explain(redness, pictures, engine="auto")
    assert found.engine == "segments"
    assert found.values.shape == (2, 6, 6, 1)
    assert str(found.budget["because"]).startswith("segments, as the rows are no table")
    series = xk.explain(lambda b: [s.mean() for s in b], [np.ones(20), np.zeros(13)], engine="auto")
    assert series.values.shape == (2, 12, 1)


def seen_by(model_input, **parameters):
    """What the model is given of two rows."""
    seen = []

    def model(batch):
        seen.append(batch)
        return [float(np.asarray(row, dtype=np.float64).mean()) for row in batch]

    xk.explain(model, model_input, engine="segments", budget=64, cells=2, **parameters)
    return seen[-1]


def test_the_model_is_given_what_it_was_given():
    rgb = np.random.default_rng(5).integers(0, 255, size=(2, 9, 11, 3)).astype("uint8")
    images = seen_by([Image.fromarray(p) for p in rgb])
    assert isinstance(images, list)
    assert all(isinstance(p, Image.Image) and p.mode == "RGB" and p.size == (11, 9) for p in images)
    palette = seen_by([Image.fromarray(p).convert("P") for p in rgb])
    assert palette[0].mode == "RGB"  # places in a palette have no mean
    together = seen_by(rgb)
    assert isinstance(together, np.ndarray)
    assert together.dtype == np.uint8
    assert together.shape[1:] == (9, 11, 3)
    tensors = seen_by(torch.rand(2, 3, 9, 11))
    assert isinstance(tensors, torch.Tensor)
    assert tensors.shape[1:] == (3, 9, 11)
    channels = seen_by([np.zeros((20, 2)), np.ones((15, 2))], kind="series")
    assert {c.shape[1] for c in channels} == {2}


def test_the_rows_given_stay_as_they_are():
    rows = [np.random.default_rng(6).random(n) for n in (20, 30)]
    before = [r.copy() for r in rows]

    def careless(batch):
        for row in batch:
            row[:] = 0
        return [0.5] * len(batch)

    xk.explain(careless, [r.copy() for r in rows], engine="segments", cells=3)
    found = xk.explain(lambda b: [r.sum() for r in b], rows, engine="segments", cells=3)
    assert found.converged.all()
    for row, was in zip(rows, before, strict=True):
        np.testing.assert_array_equal(row, was)


def test_blur_covers_what_is_fine_and_keeps_what_is_coarse():
    checks = np.indices((24, 24)).sum(axis=0) % 2.0
    ramp = np.linspace(0, 1, 24)[:, None] * np.ones(24)
    found = xk.explain(lambda b: [p.var() for p in b], [checks, ramp], engine="segments", cells=4)
    assert found.base[0, 0] < 0.01 * found.prediction[0, 0]
    assert found.base[1, 0] > 0.5 * found.prediction[1, 0]


def test_a_cell_that_is_not_read_has_no_error_that_claims_more_than_was_asked():
    # the last cell acts only with three others in and three out: most draws of 80 coalitions do not meet that
    def model(batch):
        here = np.array([[c.mean() > 0.5 for c in np.array_split(s, 12)] for s in batch])
        return here[:, :11] @ np.linspace(0.1, 0.4, 11) + (here[:, 8:].all(axis=1) & ~here[:, :3].any(axis=1))

    found = xk.explain(model, [np.ones(24)], engine="segments", baseline=0.0, budget=80)
    truth = 6 * 6 / 5040  # 3! 3! / 7!
    assert abs(found.values[0, 11, 0] - truth) <= found.margin()[0, 11, 0]


@pytest.mark.parametrize(
    ("rows", "parameters", "words"),
    [
        ([np.ones((3, 3, 7, 7))], {}, "shape .3, 3, 7, 7. in row 1"),
        ([np.ones(20), np.ones((9, 9))], {}, "pictures and series together"),
        ([np.ones(4), np.ones(20)], {"cells": 6}, "4 places on a side of row 1; expected at least 6"),
        ([np.ones((9, 9, 3))], {"baseline": [0.0, 1.0]}, "1 or 3 numbers"),
        ([np.ones(20), np.array([1.0, np.nan] * 8)], {}, "finite numbers"),
        ([np.ones((9, 9))], {"budget": 20}, "at least 112 for 36 cells"),
    ],
)
def test_what_cannot_be_cut_is_refused(rows, parameters, words):
    with pytest.raises((xk.DataError, xk.SpecError), match=words):
        xk.explain(lambda b: [np.mean(r) for r in b], rows, engine="segments", **({"cells": 6} | parameters))
