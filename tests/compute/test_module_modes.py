"""What surrounds a call of a module: modes and random numbers are put back, whoever else is calling."""

import threading

import pytest
import torch

from xaikit.compute.module_modes import evaluating, own_randomness


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
