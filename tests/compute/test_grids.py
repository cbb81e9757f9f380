"""Games of pictures and series, against the same thing asked one coalition at a time."""

import numpy as np
import pytest
import torch

from xaikit.adapters.function import FunctionModel
from xaikit.compute import grids
from xaikit.compute.grids import GridGame, blocks, by_block, places
from xaikit.core.target import every_output


@pytest.mark.parametrize("shape", [(2, 6, 5), (7, 3)])
def test_a_coalition_of_blocks_is_the_row_with_the_others_from_the_background(shape, monkeypatch):
    rng = np.random.default_rng(0)
    rows, behind = rng.normal(size=(3, *shape)), rng.normal(size=(2, *shape))
    weights = rng.normal(size=shape)

    def score(batch):
        return np.tanh((np.asarray(batch) * weights).reshape(len(batch), -1).sum(axis=1))

    owner = blocks(shape, 4)
    monkeypatch.setattr(grids, "AT_ONCE", 3 * int(np.prod(shape)))  # so that a call holds three rows
    game = GridGame(FunctionModel(score), rows, behind, every_output(("s",)), owner)
    masks = rng.random((5, int(owner.max()) + 1)) < 0.5
    found = game.values(slice(1, 3), masks)
    assert found.shape == (2, 5, 2, 1)
    for r in range(2):
        for m, mask in enumerate(masks):
            for b in range(2):
                mixed = behind[b].copy()
                for place in np.ndindex(shape):
                    block = owner[place[1:]] if len(shape) == 3 else owner[place[0]]
                    if mask[block]:
                        mixed[place] = rows[1 + r][place]
                assert found[r, m, b, 0] == pytest.approx(score(mixed[None])[0])


def test_tensors_stay_tensors():
    seen = []

    def score(batch):
        seen.append(batch)
        return batch.sum(dim=(1, 2, 3))

    rows = torch.ones(1, 1, 4, 4)
    game = GridGame(FunctionModel(score), rows, rows * 0, every_output(("s",)), blocks((1, 4, 4), 4))
    found = game.values(slice(0, 1), np.array([[True, False, False, True]]))
    assert found.ravel().tolist() == [8.0]
    assert all(isinstance(b, torch.Tensor) and b.dtype is rows.dtype for b in seen)


def test_sums_over_blocks_are_sums():
    rng = np.random.default_rng(1)
    maps, owner = rng.normal(size=(2, 3, 6, 5, 2)), blocks((3, 6, 5), 4)
    slow = np.zeros((2, 4, 2))
    for place in np.ndindex(3, 6, 5):
        slow[:, owner[place[1:]]] += maps[(slice(None), *place)]
    np.testing.assert_allclose(by_block(maps, owner), slow)
    np.testing.assert_allclose(by_block(maps.sum(axis=1), owner), slow)
    assert places(rng.normal(size=(2, 3, 5, 6, 1)), owner) is None
    series = rng.normal(size=(2, 7, 3, 1))
    np.testing.assert_allclose(by_block(series, blocks((7, 3), 7)), series.sum(axis=2))
