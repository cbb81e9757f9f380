"""Weights cast once give the numbers of autocast, and nobody else notices."""

import pytest
import torch
from torch import nn

from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.gradients import gradients, scores_of
from xaikit.compute.half_precision import Halved
from xaikit.core.target import every_output


def conv_net():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.LayerNorm(64), nn.Linear(64, 8), nn.GELU(),
        nn.Linear(8, 3),
    )  # fmt: skip


def mlp():
    return nn.Sequential(nn.Linear(6, 32), nn.SiLU(), nn.Linear(32, 3))


NETS = {"mlp": (mlp, (6,)), "convolutions and norms": (conv_net, (2, 6, 6))}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("trained", [True, False], ids=["with gradients", "frozen"])
def test_numbers_are_those_of_autocast(name, trained):
    torch.manual_seed(0)
    make, shape = NETS[name]
    net, x = make().eval().requires_grad_(trained), torch.randn(20, *shape)
    model = TorchModule(net)
    scores = scores_of(model, every_output(["a", "b", "c"]), "bfloat16")

    def plain(points):
        with torch.autocast("cpu", torch.bfloat16):
            return net(points).float()

    assert scores(x).dtype == torch.float32
    torch.testing.assert_close(scores(x), plain(x), rtol=0, atol=0)
    torch.testing.assert_close(gradients(scores, x), gradients(plain, x), rtol=0, atol=0)
    assert (scores(x) - net(x)).abs().max() > 0  # it is half precision indeed


def test_the_net_of_the_caller_stays_as_it_is():
    torch.manual_seed(1)
    net = conv_net()
    before = {name: (id(p), p.dtype, p.clone()) for name, p in net.named_parameters()}
    halved = Halved(TorchModule(net))
    halved.forward(torch.randn(3, 2, 6, 6))
    for name, p in net.named_parameters():
        assert (id(p), p.dtype) == before[name][:2]
        assert torch.equal(p, before[name][2])
    assert net.training
    assert all(m._forward_hooks == {} for m in net.modules())


def test_norms_keep_their_weights_and_products_do_not():
    halved = Halved(TorchModule(conv_net()))
    kinds = {type(m).__name__: m.weight.dtype for m in halved._cast.module if hasattr(m, "weight")}
    assert kinds == {
        "Conv2d": torch.bfloat16, "Linear": torch.bfloat16, "BatchNorm2d": torch.float32, "LayerNorm": torch.float32,
    }  # fmt: skip


def test_a_net_that_mixes_its_weights_with_float32_is_left_to_autocast():
    class Mixing(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 2)

        def forward(self, x):
            return self.layer(torch.lerp(x, self.layer.weight[:1].expand_as(x), 0.5))  # needs one type

    torch.manual_seed(3)
    net, x = Mixing(), torch.randn(5, 4)
    halved = Halved(TorchModule(net))
    with pytest.raises(RuntimeError, match="dtype"):
        halved._cast.forward(x)
    with torch.autocast("cpu", torch.bfloat16):
        expected = net(x)
    for _ in range(2):
        torch.testing.assert_close(halved.forward(x), expected, rtol=0, atol=0)


def test_an_error_of_the_net_itself_is_passed_on():
    with pytest.raises(RuntimeError, match="shapes"):
        Halved(TorchModule(mlp())).forward(torch.randn(5, 4))


def test_a_model_without_layers_is_left_to_autocast():
    class Plain:
        """A differentiable model that shows no module."""

        device, card = torch.device("cpu"), None

        def predict(self, batch):
            return batch

        def forward(self, batch):
            return batch @ torch.ones(4, 2)

    found = Halved(Plain()).forward(torch.randn(3, 4))
    assert found.dtype == torch.bfloat16
