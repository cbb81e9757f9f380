"""The benchmark of a card runs, here on the CPU and small, so that whoever has a card finds it working."""

from tests.benchmarks.gpu import lines


def test_every_line_of_the_card_benchmark_is_measured():
    found = list(lines("cpu", rows=20, pictures=2, side=16, repeats=1))
    assert "NO CARD" in found[0].note
    ours = [line for line in found if line.method.startswith("xaikit")]
    assert [line.task.split(",")[0] for line in ours] == ["Shapley"] * 2 + ["IG"] * 4
    assert all("rows/s" in line.note and line.cpu > 0 for line in found[1:])
    assert all(0 < line.error < 0.1 for line in ours if "bfloat16" in line.method)
    assert {line.task for line in found if line.method.startswith("captum")} == {line.task for line in ours}
