"""Mixed on the device: an unmixed feature is the row's own, to the last bit, and the net is asked in small calls."""

import numpy as np
import pytest
import torch

from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.tensor_blends import forward_blend, rows_in_cache, tensor_blend, widest
from xaikit.compute.tiles import Tile, tiles
from xaikit.core.target import every_output

FEATURES = 6


class Seen(torch.nn.Module):
    """Keeps what it is given, and spoils it."""

    def __init__(self, spoil=False):
        super().__init__()
        self.given, self.spoil, self.grad, self.draws = [], spoil, [], torch.nn.Dropout(0.5)

    def forward(self, x):
        self.given.append(x.clone())
        self.grad.append(torch.is_grad_enabled())
        out = self.draws(x.float().sum(dim=1, keepdim=True))
        return out + x.zero_().sum(dim=1, keepdim=True) if self.spoil else out


@pytest.fixture
def grid():
    rng = np.random.default_rng(0)
    scales = np.array([1e-30, 1e-3, 1.0, 1e7, 1e30, -1e-7])
    rows, back = (torch.tensor(rng.normal(size=(n, FEATURES)) * scales, dtype=torch.float32) for n in (4, 3))
    return rows, back, rng.random((9, FEATURES)) < 0.5


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("size", [1, 5, 12, 1000])
def test_each_feature_is_that_of_the_row_or_of_the_background_to_the_last_bit(grid, own, size):
    rows, back, masks = grid
    seen, target = Seen(), every_output(["s"])
    behind = np.random.default_rng(1).integers(0, 3, 9)[:, None] if own else np.arange(3)[None]
    every = np.broadcast_to(behind, (9, behind.shape[1]))
    with tensor_blend(seen, back, target)(rows, masks, behind) as mix:
        for tile in tiles(4, 9, behind.shape[1], size):
            seen.given.clear()
            mix(tile)
            (found,) = seen.given
            expected = [
                np.where(mask, row, back[k])
                for row in rows.numpy()[tile.rows]
                for mask, each in zip(masks[tile.masks], every[tile.masks], strict=True)
                for k in each[tile.background]
            ]
            assert np.array_equal(found.numpy().view(np.int32), np.array(expected).view(np.int32))


def test_whole_numbers_stay_whole_numbers(grid):
    _, _, masks = grid
    rows, back = torch.arange(24).reshape(4, 6), torch.full((1, 6), 2**40)
    seen = Seen()
    with tensor_blend(seen, back, every_output(["s"]))(rows, masks, np.zeros((1, 1), int)) as mix:
        mix(Tile(slice(0, 4), slice(0, 9), slice(0, 1)))
    assert seen.given[0].dtype == torch.int64
    assert np.array_equal(seen.given[0].reshape(4, 9, 6), np.where(masks[None], rows[:, None], back[None]))


def test_a_net_that_computes_in_place_spoils_no_row(grid):
    rows, back, masks = grid
    model, target = TorchModule(Seen(spoil=True)), every_output(["s"])
    before = rows.clone(), back.clone()
    blend, front, _ = forward_blend(model, rows, back, target)
    everything = Tile(slice(0, 4), slice(0, 9), slice(0, 3))
    with blend(front, masks, np.arange(3)[None]) as mix:
        one, two = mix(everything).clone(), mix(everything).clone()
    assert torch.equal(one, two)
    assert torch.equal(rows, before[0])
    assert torch.equal(back, before[1])


def test_modes_and_random_numbers_are_those_of_before_and_gradients_are_off(grid):
    rows, back, masks = grid
    net = Seen().train()
    model, state = TorchModule(net), torch.get_rng_state()
    blend, front, size = forward_blend(model, rows, back, every_output(["s"]))
    with blend(front, masks, np.arange(3)[None]) as mix:
        assert not net.training
        mix(Tile(slice(0, 1), slice(0, 9), slice(0, 3)))
    assert net.training
    assert net.draws.training
    assert net.grad == [False]
    assert torch.equal(torch.get_rng_state(), state)
    assert size == 768  # it shows no weights


def test_a_model_with_a_forward_of_its_own_is_asked_by_it(grid):
    rows, back, _ = grid

    class Doubled(TorchModule):
        def forward(self, batch):
            return 2 * super().forward(batch)

    blend, front, _ = forward_blend(Doubled(Seen()), rows, back, every_output(["s"]))
    with blend(front, np.ones((1, FEATURES), dtype=bool), np.zeros((1, 1), dtype=int)) as mix:
        found = mix(Tile(slice(0, 4), slice(0, 1), slice(0, 1)))
    assert torch.equal(found[:, 0], 2 * rows.sum(dim=1))


def test_calls_are_as_long_as_the_widest_layer_leaves_in_the_cache(grid):
    rows, back, _ = grid
    net = TorchModule(torch.nn.Sequential(torch.nn.Linear(FEATURES, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)))
    assert widest(net) == 64
    assert forward_blend(net, rows, back, every_output(["s"]))[2] == rows_in_cache(64) == 1536
    assert widest(TorchModule(Seen())) == 128
