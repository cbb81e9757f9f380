"""Attribution of the Brier score by enumeration: weights, clusters, gaps, one label, and whether intervals cover."""

import numpy as np
import pandas as pd
import pytest

from tests.oracles.shapley import brute_force
from xaikit.adapters.function import FunctionModel
from xaikit.checks.metric_attribution import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError
from xaikit.core.players import Players
from xaikit.core.target import one_output

TARGET = one_output(0, ["yes"])
NAMES = ["a", "b", "c"]


def score(z):
    z = np.nan_to_num(np.asarray(z, dtype=float))
    return 1 / (1 + np.exp(-(2 * z[:, 0] + z[:, 1])))


def people(n=60, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    frame = pd.DataFrame(
        {"y": (rng.random(n) < score(x)).astype(int), "w": rng.integers(0, 4, n), "who": np.arange(n)}
    )
    return x, frame


def measured(x, frame, behind=None, players=None, model=score, rows=10_000, **roles):
    decisions = Decisions.of(frame, Roles(label="y", **roles), selected=np.ones(len(frame), bool))
    behind = x[:6] if behind is None else behind
    given = (
        FunctionModel(model),
        x,
        behind,
        TARGET,
        players or Players.of(NAMES),
        decisions,
        np.random.default_rng(3),
    )
    found = list(check(*given, rows=rows))
    return {e.about["feature"]: e for e in found}


def gains(x, frame, behind, columns=((0,), (1,), (2,))):
    """The fall of the Brier score of each person, for each coalition, as Covert's definition has it."""

    def value(coalition):
        own = [c for p in coalition for c in columns[p]]
        out = []
        for row, y in zip(x, frame.y, strict=True):
            mixed = behind.copy()
            mixed[:, own] = row[own]
            out.append((score(behind).mean() - y) ** 2 - (score(mixed).mean() - y) ** 2)
        return np.array(out)

    return value


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weights"])
def test_it_is_the_shapley_value_of_the_mean_gain(weighted):
    x, frame = people()
    w = frame.w.to_numpy(float) if weighted else np.ones(60)
    found = measured(x, frame, **({"weight": "w"} if weighted else {}))
    each = gains(x, frame, x[:6])
    expected = brute_force(lambda s: float(np.average(each(s), weights=w)), 3)
    np.testing.assert_allclose([found[n].value for n in NAMES], np.ravel(expected), atol=1e-9)
    brier = np.average((score(x) - frame.y) ** 2, weights=w)
    assert found["a"].detail["brier_of_the_model"] == pytest.approx(brier)
    whole = found["a"].detail["brier_without_features"] - brier
    assert sum(e.value for e in found.values()) == pytest.approx(whole)
    assert found["c"].value == pytest.approx(0, abs=1e-12)


def test_columns_of_one_feature_are_one_player():
    x, frame = people(30)
    found = measured(x, frame, players=Players.of(NAMES, {"ab": ["a", "b"]}))
    value = gains(x, frame, x[:6], ((0, 1), (2,)))
    expected = brute_force(lambda s: float(value(s).mean()), 2)
    assert set(found) == {"ab", "c"}
    assert found["ab"].value == pytest.approx(np.ravel(expected)[0])


def test_the_interval_is_that_of_a_mean_over_people():
    x, frame = people()
    found = measured(x, frame)
    each = gains(x, frame, x[:6])
    by_person = np.array([np.ravel(brute_force(lambda s, i=i: float(each(s)[i]), 3)) for i in range(60)])
    for k, name in enumerate(NAMES):
        half = 1.959964 * by_person[:, k].std(ddof=1) / np.sqrt(60)
        e = found[name]
        assert (e.low, e.high) == pytest.approx((e.value - half, e.value + half), abs=1e-6)


def test_rows_repeated_within_clusters_make_nothing_surer():
    x, frame = people()
    tripled = pd.concat([frame] * 3, ignore_index=True)
    once, apart = measured(x, frame), measured(np.tile(x, (3, 1)), tripled, x[:6])
    together = measured(np.tile(x, (3, 1)), tripled, x[:6], cluster="who")
    widths = [f["a"].high - f["a"].low for f in (once, apart, together)]
    assert widths[2] == pytest.approx(widths[0])
    assert widths[1] == pytest.approx(widths[0] / np.sqrt(3), rel=0.02)


def test_whole_weights_have_the_value_of_so_many_rows():
    x, frame = people()
    many = frame.loc[frame.index.repeat(frame.w)]
    ours = measured(x, frame, weight="w")
    theirs = measured(x[many.index], many.reset_index(drop=True), x[:6])
    assert ours["a"].value == pytest.approx(theirs["a"].value)
    assert ours["a"].high - ours["a"].low > theirs["a"].high - theirs["a"].low
    with pytest.raises(AbsentError, match="rows without weight"):
        measured(x, frame.assign(w=0), weight="w")


@pytest.mark.parametrize("label", [0, 1])
def test_labels_of_one_class_have_an_accuracy_too(label):
    x, frame = people(40)
    frame = frame.assign(y=label)
    frame.loc[len(frame)] = {"y": 1 - label, "w": 0, "who": 40}  # one person of the other, without weight
    x = np.vstack([x, x[:1]])
    found = measured(x, frame.assign(w=(frame.y == label).astype(int)), x[:6], weight="w")
    each = gains(x[:40], frame[:40], x[:6])
    expected = brute_force(lambda s: float(each(s).mean()), 3)
    np.testing.assert_allclose([found[n].value for n in NAMES], np.ravel(expected), atol=1e-9)


def test_gaps_are_handed_on_to_a_model_that_takes_them():
    x, frame = people(40)
    x[::5, 0] = np.nan
    found = measured(x, frame, x[1:5])
    each = gains(x, frame, x[1:5])
    expected = brute_force(lambda s: float(each(s).mean()), 3)
    np.testing.assert_allclose([found[n].value for n in NAMES], np.ravel(expected), atol=1e-6)


def test_a_misleading_feature_has_a_negative_share():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(800, 3))
    frame = pd.DataFrame({"y": (rng.random(800) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(int)})
    found = measured(x, frame, model=lambda z: 1 / (1 + np.exp(-(2 * z[:, 0] + 2 * z[:, 1]))), rows=800)
    assert found["a"].low > 0
    assert found["b"].high < 0


def test_what_it_needs():
    x, frame = people(30)
    with pytest.raises(AbsentError, match="one feature"):
        measured(x[:, :1], frame, x[:4, :1], Players.of(["a"]), lambda z: z[:, 0])


# Stated before the run: with all coalitions asked, 95 % intervals hold the value of all people (200,000 drawn) in .93
# to .97 of 600 draws (one standard error is .009), with clusters of three too.
@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 3])
def test_intervals_hold_the_value_of_all_people(size):
    behind = np.random.default_rng(9).normal(size=(4, 3))
    rng, held = np.random.default_rng(5), 0

    def drawn(n):
        x = np.repeat(rng.normal(size=(n // size, 3)), size, axis=0)
        y = (rng.random(n) < score(x)).astype(int)
        return x, pd.DataFrame({"y": y, "who": np.arange(n) // size})

    x, frame = drawn(200_001)
    each = gains_at_once(x, frame, behind)
    truth = np.ravel(brute_force(lambda s: float(each(s).mean()), 3))[0]
    for _ in range(600):
        e = measured(*drawn(150), behind, **({"cluster": "who"} if size > 1 else {}))["a"]
        held += e.low <= truth <= e.high
    assert 0.93 * 600 <= held <= 0.97 * 600


def gains_at_once(x, frame, behind):
    """As `gains`, all people at once."""
    alone = (score(behind).mean() - frame.y.to_numpy()) ** 2

    def value(coalition):
        own = list(coalition)
        total = 0.0
        for b in behind:
            mixed = np.tile(b, (len(x), 1))
            mixed[:, own] = x[:, own]
            total = total + score(mixed)
        return alone - (total / len(behind) - frame.y.to_numpy()) ** 2

    return value
