import numpy as np
import pandas as pd
import pytest

from xaikit.core.decisions import Decisions, Roles
from xaikit.stats.intervals import wilson
from xaikit.stats.shares import shares
from xaikit.stats.tally import Tally


def table(rng, clusters=200, per=5, weighted=False):
    """Rows of clusters that agree on the group most of the time."""
    who = np.repeat(np.arange(clusters), per)
    own = rng.random(clusters) < 0.3
    group = np.where(rng.random(clusters * per) < 0.8, own[who], rng.random(clusters * per) < 0.3)
    frame = pd.DataFrame({"sex": np.where(group, "F", "M"), "who": who, "d": 0})
    frame["w"] = rng.choice([1.0, 5.0], len(frame)) if weighted else 1.0
    return frame


def of(frame, **roles):
    return shares(Tally.of(Decisions.of(frame, Roles(sensitive="sex", **roles))), "sex")


def test_independent_rows_of_equal_weight_are_counted():
    found = of(pd.DataFrame({"sex": ["F", "M", "M", None]}))
    assert found.groups == ("F", "M", "unknown")
    assert found.share.tolist() == [0.25, 0.5, 0.25]
    assert found.effective_n.tolist() == [4, 4, 4]


def test_weights_change_the_share_and_their_spread_its_size():
    frame = pd.DataFrame({"sex": ["F", "F", "M", None], "w": [4.0, 2.0, 3.0, 1.0]})
    found = of(frame, weight="w")
    assert found.share.tolist() == pytest.approx([0.6, 0.3, 0.1])
    w, f = frame.w.to_numpy(), (frame.sex == "F").to_numpy()
    variance = (w**2 * (f - 0.6) ** 2).sum() / w.sum() ** 2
    assert found.effective_n[0] == pytest.approx(0.6 * 0.4 / variance)
    even = of(frame.assign(w=2.0), weight="w")
    assert even.effective_n == pytest.approx(4)


def test_a_duplicated_cluster_adds_nothing():
    frame = table(np.random.default_rng(0), per=1)
    once, five = of(frame, cluster="who"), of(pd.concat([frame] * 5), cluster="who")
    assert five.share == pytest.approx(once.share)
    assert five.effective_n == pytest.approx(once.effective_n)
    assert once.effective_n == pytest.approx(200, rel=0.01)


@pytest.mark.parametrize("roles", [{"cluster": "who"}, {"weight": "w"}, {"cluster": "who", "weight": "w"}])
def test_intervals_cover(roles):
    rng = np.random.default_rng(8)
    per = 5 if "cluster" in roles else 1
    inside, naive, trials = 0, 0, 500
    for _ in range(trials):
        found = of(table(rng, per=per, clusters=200 if per > 1 else 600, weighted="weight" in roles), **roles)
        low, high = wilson(found.share[0] * found.effective_n[0], found.effective_n[0])
        inside += low <= 0.3 <= high
        low, high = wilson(found.share[0] * found.n.sum(), found.n.sum())
        naive += low <= 0.3 <= high
    assert 0.925 <= inside / trials <= 0.975
    assert naive / trials < 0.91
