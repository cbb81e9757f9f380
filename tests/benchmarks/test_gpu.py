"""The benchmark of a card runs, here on the CPU and small, so that whoever has a card finds it working."""

import pytest

from tests.benchmarks.gpu import gradients, images, lines, shapley
from tests.oracles.make_believe_card import Card
from xaikit.compute.devices import available, describe, resolve


def test_every_line_of_the_card_benchmark_is_measured():
    found = list(lines("cpu", rows=20, pictures=2, side=16, repeats=1))
    assert "NO CARD" in found[0].note
    ours = [line for line in found if line.method.startswith("xaikit")]
    assert [line.task.split(",")[0] for line in ours] == ["Shapley"] * 2 + ["IG"] * 4
    assert all("rows/s" in line.note and line.cpu > 0 for line in found[1:])
    assert all(0 < line.error < 0.1 for line in ours if "bfloat16" in line.method)
    assert {line.task for line in found if line.method.startswith("captum")} == {line.task for line in ours}


@pytest.mark.skipif(available()[0] != "cpu", reason="this machine has a card: `make bench-gpu`")
def test_nothing_strays_when_there_is_a_card():
    with Card() as card:
        where = resolve("auto")
        assert describe(where) == "cuda (make-believe card)"
        found = [
            *shapley(where, 4, 1, evaluations=256),
            *gradients(where, 4, 1, steps=4),
            *images(where, 2, 8, 1, steps=4),
        ]
    assert not card.refused
    assert card.counts["pass"] > 100
    assert sum(line.method.startswith("xaikit") for line in found) == 6
