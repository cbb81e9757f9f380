"""One device policy."""

import pytest
import torch

from xaikit.compute.devices import available, moved, resolve
from xaikit.core.errors import SpecError


def test_automatic_is_the_fastest_there_is():
    assert resolve("auto").type == available()[0]
    assert resolve("cpu") == torch.device("cpu")


def test_unknown_device_names_the_nearest():
    with pytest.raises(SpecError, match="Did you mean 'cuda'"):
        resolve("cudaa")


@pytest.mark.skipif("cuda" in available(), reason="this machine has a card")
def test_device_that_is_not_there_is_refused():
    with pytest.raises(SpecError, match="a device of this machine"):
        resolve("cuda")


def test_model_without_a_module_stays():
    thing = object()
    assert moved(thing, "cpu") is thing
