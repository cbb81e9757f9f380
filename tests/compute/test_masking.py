"""Mixed rows are what they should be, in every container and every tile."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from xaikit.adapters.function import FunctionModel
from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.masking import masked
from xaikit.compute.tensor_blends import tensor_blend
from xaikit.compute.tiles import tiles, with_back_off
from xaikit.core.errors import ModelError
from xaikit.core.players import Players
from xaikit.core.target import Target, every_output

NAMES = ["a", "b", "c", "d"]
PLAYERS = Players.of(NAMES, {"bc": ["b", "c"]})
WEIGHTS = np.array([[1.0, 10.0, 100.0, 1000.0], [2.0, -3.0, 5.0, 7.0]]).T


def slowly(x, b, masks):
    out = np.empty((len(x), len(masks), len(b), 2))
    for i, row in enumerate(x):
        for j, mask in enumerate(masks):
            for k, behind in enumerate(b):
                mixed = [row[c] if mask[PLAYERS.owner[c]] else behind[c] for c in range(4)]
                out[i, j, k] = np.array(mixed) @ WEIGHTS
    return out


@pytest.mark.parametrize("kind", ["array", "frame", "torch", "torch on a frame", "callable on tensors"])
@pytest.mark.parametrize("size", [1, 5, 7, 4096])
def test_values_are_those_of_rows_mixed_one_by_one(kind, size):
    rng = np.random.default_rng(0)
    x, b = rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    masks = rng.random((7, 3)) < 0.5
    net = torch.nn.Linear(4, 2, bias=False).double()
    net.weight.data = torch.tensor(WEIGHTS.T)
    model = {"array": FunctionModel(lambda z: z @ WEIGHTS), "frame": FunctionModel(lambda z: z[NAMES] @ WEIGHTS)}.get(
        kind, FunctionModel(net) if kind == "callable on tensors" else TorchModule(net)
    )
    wrap = pd.DataFrame if "frame" in kind else torch.tensor if "tensors" in kind else np.asarray
    front, back = (wrap(v) for v in (x, b))
    if "frame" in kind:
        front.columns = back.columns = NAMES
    game = masked(model, front, back, every_output(("u", "v")), PLAYERS)
    assert isinstance(game.inputs, torch.Tensor) == (
        kind not in {"array", "frame"}
    )  # nets are not taken out of torch
    game.size = size
    found = game.values(slice(None), masks)
    np.testing.assert_allclose(found, slowly(x, b, masks), atol=1e-9)
    assert game.spent == 3 * 7 * 5
    own = rng.integers(0, 5, 7)
    paired = game.values(slice(None), masks, own)
    np.testing.assert_allclose(paired[:, :, 0], found[:, np.arange(7), own], atol=1e-9)
    np.testing.assert_allclose(game.whole(), x @ WEIGHTS, atol=1e-9)
    np.testing.assert_allclose(game.nobody(), b @ WEIGHTS, atol=1e-9)


def test_forward_is_not_used_where_predict_says_something_else():
    net = torch.nn.Linear(4, 1).double()

    class Probability(TorchModule):
        def predict(self, batch):
            return 1 / (1 + np.exp(-super().predict(batch)))

    x = np.random.default_rng(1).normal(size=(3, 4))
    model = Probability(net)
    game = masked(model, x, x[:1], every_output(("p",)), Players.of(NAMES))
    np.testing.assert_allclose(game.whole(), model.predict(x))


def test_tables_of_different_categories_are_joined():
    front = pd.DataFrame({"a": pd.Categorical(["x"], categories=["x"]), "b": ["p"]})
    back = pd.DataFrame({"a": pd.Categorical(["y"], categories=["y"]), "b": ["q"]})
    game = masked(
        FunctionModel(lambda t: (t["a"].astype(str) == "x") * 2.0 + (t["b"] == "p")),
        front, back, every_output(("s",)), Players.of(["a", "b"]),
    )  # fmt: skip
    masks = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=bool)
    assert game.values(slice(None), masks).ravel().tolist() == [0, 2, 1, 3]


def test_nan_in_the_mix_is_an_error_of_the_model():
    net = torch.nn.Linear(2, 1)

    class Root(torch.nn.Module):
        def forward(self, z):
            return torch.sqrt(z[:, 0] * z[:, 1])

    del net
    x, b = np.array([[1.0, 1.0]]), np.array([[-1.0, -1.0]])
    game = masked(TorchModule(Root()), x, b, every_output(("s",)), Players.of(["a", "b"]))
    with pytest.raises(ModelError, match="mixed rows"):
        game.values(slice(None), np.array([[True, False]]))


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 2), (2, 9, 4), (3, 1, 50)])
@pytest.mark.parametrize("size", [1, 4, 10, 1000])
def test_tiles_cover_the_grid_once_within_their_size(shape, size):
    seen = np.zeros(shape, dtype=int)
    for tile in tiles(*shape, size):
        assert np.prod(tile.shape) <= size
        seen[tile.rows, tile.masks, tile.background] += 1
    assert (seen == 1).all()


def test_tile_is_halved_until_it_fits():
    seen = np.zeros((3, 5, 2), dtype=int)

    def work(tile):
        if np.prod(tile.shape) > 4:
            raise MemoryError
        seen[tile.rows, tile.masks, tile.background] += 1

    with_back_off(work, next(tiles(3, 5, 2, 100)))
    assert (seen == 1).all()


def test_no_coalition_has_no_value():
    model = FunctionModel(lambda z: z @ WEIGHTS)
    x = np.ones((3, 4))
    game = masked(model, x, x, every_output(["u", "v"]), PLAYERS)
    assert game.values(slice(None), np.zeros((0, 3), dtype=bool)).shape == (3, 0, 3, 2)


@pytest.mark.parametrize("spoiled", [lambda y: y[:1], lambda y: y[:-1], lambda y: y.mean(0)[None]])
def test_too_few_answers_are_not_spread_over_all_rows(spoiled):
    def model(z):
        return z @ torch.tensor(WEIGHTS)

    x = torch.ones(6, 4, dtype=torch.float64)
    game = masked(FunctionModel(model), x, x[:1], every_output(("u", "v")), PLAYERS)
    blend = tensor_blend(lambda z: spoiled(model(z)), x[:1], Target("spoiled", ("u", "v"), lambda y: y))
    with pytest.raises(RuntimeError, match="invalid for input of size"):
        replace(game, blend=blend).values(slice(None), np.eye(3, dtype=bool))
