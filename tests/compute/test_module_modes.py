"""What surrounds a call of a module: modes and random numbers are put back, whoever else is calling."""

import threading

import numpy as np
import pytest
import torch

from xaikit.adapters.torch_module import TorchModule
from xaikit.compute.module_modes import evaluating, own_randomness
from xaikit.core.errors import ModelError


def test_the_last_of_overlapping_calls_puts_the_modes_back():
    net = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.BatchNorm1d(2).eval())
    first, second = evaluating(net), evaluating(net)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not any(m.training for m in net.modules())  # the second call is not over
    second.__exit__(None, None, None)
    assert [m.training for m in net.modules()] == [True, True, False]


def test_a_part_shared_by_two_nets_waits_for_both():
    part = torch.nn.Dropout()
    one, other = torch.nn.Sequential(part), torch.nn.Sequential(part)
    with evaluating(one):
        with evaluating(other):
            pass
        assert not part.training
        assert other.training
    assert part.training


def test_random_numbers_of_one_thread_are_not_those_of_another():
    state, found = torch.random.get_rng_state(), {}

    def draw(seed):
        for _ in range(20):
            with own_randomness(torch.device("cpu"), seed):
                found.setdefault(seed, []).append(torch.rand(200).sum().item())

    threads = [threading.Thread(target=draw, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(set(v)) for v in found.values()] == [1, 1]
    assert torch.equal(torch.random.get_rng_state(), state)


def test_modes_come_back_after_an_interrupt():
    net = torch.nn.Dropout()
    with pytest.raises(KeyboardInterrupt), evaluating(net):
        raise KeyboardInterrupt
    assert net.training


class Counting(torch.nn.Module):
    """A net that counts its calls and keeps a moving mean, in evaluation mode too."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(1))
        self.register_buffer("mean", torch.zeros(3))
        self.layer = torch.nn.Linear(3, 1)

    def forward(self, x):
        self.calls += 1
        self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(dim=0)
        return self.layer(x - self.mean) + self.calls


def test_buffers_that_a_net_writes_are_put_back_and_its_answers_do_not_count_the_questions():
    net, rows = Counting(), torch.randn(5, 3)
    calls, mean = net.calls, net.mean
    model = TorchModule(net)
    first = model.predict(rows)
    model.forward(rows.requires_grad_())
    with model.answering() as answer:
        answer(rows.detach())
    assert net.calls is calls
    assert net.mean is mean
    assert not calls.any()
    assert not mean.any()
    assert np.array_equal(model.predict(rows), first)


def test_a_net_that_writes_none_keeps_its_buffers_and_a_shared_one_stays_shared():
    one = torch.nn.BatchNorm1d(3)
    net = torch.nn.Sequential(one, torch.nn.Linear(3, 3), one)
    before = dict(net.named_buffers())
    model = TorchModule(net)
    for _ in range(2):
        model.predict(torch.randn(5, 3))
        assert all(net.get_buffer(name) is tensor for name, tensor in before.items())
    assert one.training


def test_buffers_come_back_when_the_net_raises():
    class Broken(Counting):
        def forward(self, x):
            super().forward(x)
            raise RuntimeError("no")

    net = Broken()
    with pytest.raises(ModelError):
        TorchModule(net).predict(torch.randn(5, 3))
    assert not net.calls.any()
