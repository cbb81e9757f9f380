import numpy as np
import pandas as pd
import pytest

from xaikit.checks import subgroups
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError
from xaikit.stats.lattice import lattice, search
from xaikit.stats.tally import Tally

ROLES = Roles(decision="h", sensitive=("a", "b", "c"))


def sample(rng, n=1500, effect=0.0):
    data = pd.DataFrame({k: rng.choice(list(v), n) for k, v in (("a", "FM"), ("b", "xyz"), ("c", "12"))})
    hit = (data.a == "F") & (data.b == "x") & (data.c == "1")
    data["h"] = (rng.random(n) < 0.4 - effect * hit).astype(int)
    return data


def tally(data):
    return Tally.of(Decisions.of(data, ROLES))


def test_every_subgroup_with_support_is_there_once_and_counted_right():
    data = sample(np.random.default_rng(0))
    table = tally(data).table("a", "b", "c")
    found = lattice(table, 3, 1)
    assert len(found.groups) == (2 + 3 + 2) + (6 + 4 + 6) + 12
    result = search(table, found, np.random.default_rng(0), 1000)
    for i, (features, group) in enumerate(zip(found.features, found.groups, strict=True)):
        inside = (data[list(features)] == list(group)).all(axis=1)
        assert result.n[i] == inside.sum()
        assert result.rate[i] == pytest.approx(data.h[inside].mean())
        assert result.rest[i] == pytest.approx(data.h[~inside].mean())


def test_the_lattice_is_pruned():
    data = pd.DataFrame(
        {"a": ["F"] * 50 + ["M"] * 50, "b": ["f"] * 50 + ["m"] * 50, "c": (["1"] * 45 + ["2"] * 5) * 2}
    )
    data["h"] = [0, 1] * 50
    table = tally(data).table("a", "b", "c")
    found = lattice(table, 3, 20)
    # b repeats a; c=2 has 10 people only; what is crossed with it has fewer
    assert set(found.groups) == {("F",), ("M",), ("F", "1"), ("M", "1")}
    assert found.left_out > 0
    assert lattice(table, 1, 20).features == (("a",), ("a",))


@pytest.mark.slow
def test_a_deep_search_keeps_its_level_and_finds_what_is_there():
    rng = np.random.default_rng(1)
    false = found = 0
    for _ in range(250):
        for effect in (0.0, 0.3):
            table = tally(sample(rng, effect=effect)).table("a", "b", "c")
            subs = lattice(table, 3, 30)
            p = search(table, subs, rng, 500).p
            false += effect == 0 and p.min() < 0.05
            found += effect > 0 and p[subs.groups.index(("F", "x", "1"))] < 0.05
    assert false / 250 <= 0.085
    assert found / 250 > 0.9


def test_the_check_names_the_hidden_subgroup():
    found = list(subgroups.check(tally(sample(np.random.default_rng(2), 4000, 0.3)), np.random.default_rng(0)))
    assert found[0].measure == "subgroups_searched"
    first = found[1]
    assert first.about == {"sensitive": "a×b×c", "group": "F×x×1"}
    assert first.value == pytest.approx(-0.3, abs=0.08)
    assert first.detail["adjusted_p"] < 0.001
    assert len({e.id for e in found}) == len(found)


def test_one_feature_has_no_lattice():
    data = sample(np.random.default_rng(0))
    with pytest.raises(AbsentError, match="fewer than two"):
        list(
            subgroups.check(
                Tally.of(Decisions.of(data, Roles(decision="h", sensitive=("a",)))), np.random.default_rng(0)
            )
        )
