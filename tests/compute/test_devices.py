"""One device policy; a card that is not there is made believe (`tests/oracles/make_believe_card.py`)."""

import pytest
import torch

from tests.oracles.make_believe_card import Card
from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.devices import available, describe, on, placed, resolve
from xaikit.core.errors import SpecError

no_card = pytest.mark.skipif(available()[0] != "cpu", reason="this machine has a card")


def test_automatic_is_the_fastest_there_is():
    assert resolve("auto").type == available()[0]
    assert resolve("cpu") == torch.device("cpu")


def test_unknown_device_names_the_nearest():
    with pytest.raises(SpecError, match="Did you mean 'cuda'"):
        resolve("cudaa")


@no_card
def test_device_that_is_not_there_is_refused():
    with pytest.raises(SpecError, match="a device of this machine"):
        resolve("cuda")


@no_card
@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_automatic_takes_the_card(kind):
    with Card(kind):
        assert available() == (kind, "cpu")
        assert resolve("auto") == torch.device(kind)
        assert resolve("cpu") == torch.device("cpu")


@no_card
def test_a_card_has_a_name_and_a_number():
    with Card():
        assert describe(resolve("auto")) == "cuda (make-believe card)"
        assert resolve("cuda:0").index == 0
        with pytest.raises(SpecError, match="a card numbered below 1"):
            resolve("cuda:1")


def test_model_without_a_module_stays():
    with on(object(), "cpu"):
        pass
    with pytest.raises(SpecError, match="Did you mean 'cuda'"), on(object(), "cudaa"):
        pass


@no_card
def test_a_net_computes_there_and_returns_whatever_happens():
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)).eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    model = TorchModule(net)
    with Card():
        with on(model, "cuda"):
            assert {t.device.type for t in net.state_dict().values()} == {"cuda"}
            assert model.device.type == "cuda"
        assert {t.device.type for t in net.state_dict().values()} == {"cpu"}
        with pytest.raises(KeyError), on(model, "cuda"):
            raise KeyError
    for name, value in net.state_dict().items():
        assert value.device.type == "cpu"
        assert torch.equal(value, before[name])


@no_card
def test_a_net_on_several_devices_is_left_there():
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 2))
    with Card():
        net[1].to("cuda")
        with pytest.raises(SpecError, match="several devices"), on(TorchModule(net), "cuda"):
            pass
        assert net[0].weight.device.type == "cpu"


@no_card
def test_a_net_in_float64_is_refused_for_mps_before_anything_moves():
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Linear(2, 2).double())
    with Card("mps") as card:
        with pytest.raises(SpecError, match="MPS has no float64"):
            placed(net, torch.device("mps"))
        assert net[0].weight.device.type == "cpu"
        assert not card.refused
