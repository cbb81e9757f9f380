"""A net with hooks in it is nobody else's net."""

import threading

import numpy as np
import pytest
import torch

import xaikit as xk
from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.captum_modules import Scored, for_hooks
from xaikit.core.target import every_output

RNG = np.random.default_rng(0)
X, B = RNG.normal(size=(4, 3, 8, 8)).astype("float32"), RNG.normal(size=(3, 3, 8, 8)).astype("float32")


def pictures():
    torch.manual_seed(0)
    conv, act, head = torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Linear(4 * 36, 2)
    return torch.nn.Sequential(conv, act, torch.nn.Dropout(), torch.nn.Flatten(), head)


def test_layers_are_copied_and_weights_are_not():
    model = TorchModule(pictures())
    other = for_hooks(model)
    assert all(a is b for a, b in zip(model.module.parameters(), other.module.parameters(), strict=True))
    assert not set(model.module.modules()) & set(other.module.modules())
    assert other.card is model.card


def test_a_net_that_cannot_be_copied_is_used_as_it_is():
    net = pictures()
    net.lock = threading.Lock()
    model = TorchModule(net)
    assert for_hooks(model) is model


def test_hooks_on_what_captum_gets_do_not_reach_the_net():
    model = TorchModule(pictures())
    scored = Scored(model, every_output(["a", "b"]))
    seen = []
    for layer in scored.modules():
        layer.register_forward_hook(lambda *_: seen.append(1))
    model.predict(X)
    assert not seen
    scored(torch.as_tensor(X))
    assert seen


@pytest.mark.parametrize("engine", ["deep_lift", "grad_cam", "integrated_gradients", "occlusion"])
def test_two_explanations_of_one_net_at_a_time(engine):
    net = pictures()  # in training mode, so that a mode put back too early would show

    def explained():
        return xk.explain(net, X, background=B, engine=engine, target=1).values

    alone, found = explained(), []
    threads = [threading.Thread(target=lambda: found.extend(explained() for _ in range(3))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 9
    assert all(np.array_equal(f, alone) for f in found)
    assert all(m.training for m in net.modules())
