"""Every engine on a card that is not there, and strict: no stray tensor, the CPU's numbers, and small cards back off.

The tolerance is that of `test_devices_agree.py`, where a real card must keep it.
"""

import functools

import numpy as np
import pytest
import torch

import xaikit as xk
from tests.engines.device_cases import CASES, Case, doubled
from tests.oracles.make_believe_card import Card
from xaikit.compute import tensors

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="a real card is here: test_devices_agree.py")


@functools.cache
def _here(case: int) -> xk.Explanation:
    return CASES[case].explained("cpu")


def _the_same(there: xk.Explanation, here: xk.Explanation, case: Case) -> None:
    for name in ("values", "prediction", "base", "stderr", "converged"):
        ours, right = getattr(there, name), getattr(here, name)
        assert type(ours) is type(right)
        if right is None:
            continue
        assert ours.dtype == right.dtype
        scale = case.tolerance * np.abs(right).max() if name in ("values", "stderr") else 1e-4
        np.testing.assert_allclose(ours, right, atol=scale, rtol=0, err_msg=name)
    assert there.notes == here.notes or case.tolerance > 1e-3


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: str(CASES[n]))
def test_nothing_strays_and_the_numbers_are_the_cpus(number):
    case = CASES[number]
    with Card() as card:
        there = case.explained("cuda")
    assert not card.refused  # also what was caught on the way, and then done more slowly
    assert card.counts["pass"]
    assert not card.live  # nothing is left on the card
    _the_same(there, _here(number), case)


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: str(CASES[n]))
def test_a_small_card_is_asked_for_less_and_answers_the_same(number):
    case = CASES[number]
    kind = "cuda" if case.make is doubled else "mps"  # which has no float64, and errors of its own
    with Card(kind, rows=case.fits) as card:
        there = case.explained(kind)
    assert card.counts["full"]
    assert card.counts["emptied"] == card.counts["full"]  # the allocator's keep, once each time
    assert not card.refused
    assert not card.live
    _the_same(there, _here(number), case)


def _counted(card_rows, monkeypatch, case):
    monkeypatch.setattr(tensors, "CARD_ROWS", card_rows)
    with Card() as card:
        case.explained("cuda")
    return card.counts


@pytest.mark.parametrize(
    "case",
    [
        Case("shapley", rows=40, parameters={"budget": 200, "method": "regression", "accuracy": "standard"}),
        Case("shapley", rows=40, parameters={"partition": {"one": ["x0", "x1"]}, "budget": 200}),
        Case("occlusion", rows=200, behind=20),
        Case("integrated_gradients", rows=40, behind=1, parameters={"steps": 400}),
    ],
    ids=str,
)
def test_more_batches_are_no_more_copies_and_the_card_never_waits(case, monkeypatch):
    """What is copied in or out is copied once a chunk: a card that waits in each batch is idle meanwhile."""
    few, many = (_counted(rows, monkeypatch, case) for rows in (65_536, 4096))
    assert many["pass"] >= 2 * few["pass"]
    assert (many["in"], many["out"]) == (few["in"], few["out"])
    assert few["wait"] == many["wait"] == 0


def test_integrated_gradients_copy_at_most_five_times_a_chunk(monkeypatch):
    """A chunk is as many paths as rows in a batch: its outputs and its values out; nodes, weights, an index in."""
    rows, behind = 1000, 10
    case = Case("integrated_gradients", rows=rows, behind=behind, parameters={"steps": 8, "target": 0})
    found = _counted(4096, monkeypatch, case)
    chunks = -(-rows // (4096 // behind))
    once = 16  # the net to the card and back (4 each), rows, background, the base and the first output asked
    assert found["in"] + found["out"] <= 5 * chunks + once
    assert found["wait"] == 0


@pytest.mark.parametrize(
    "case",
    [
        Case("shapley", rows=40, parameters={"budget": 250, "method": "regression", "accuracy": "standard"}),
        Case("integrated_gradients", rows=40, parameters={"steps": 64, "target": 0}),
    ],
    ids=str,
)
def test_memory_is_that_of_a_batch_and_what_failed_is_let_go_before_the_next_try(case, monkeypatch):
    """A quarter of what a large card used is enough: by smaller batches from the start, or after an error."""
    with Card() as large:
        here = case.explained("cuda")
    with Card(memory=large.peak // 4) as small:
        _the_same(case.explained("cuda"), here, case)
    assert not small.counts["full"]  # batches were tuned to its memory
    monkeypatch.setattr(tensors, "memory", lambda device: 2**40 if device.type == "cuda" else None)
    with Card(memory=large.peak // 4) as small:
        there = case.explained("cuda")
    assert small.counts["full"]  # the card told of more than it has
    _the_same(there, here, case)
