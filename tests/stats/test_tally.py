import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles.fairness import rates_by_loop
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError, SpecError
from xaikit.stats import cells, rates
from xaikit.stats.tally import Tally

ROLES = Roles(decision="hired", label="good", score="score", sensitive=("sex", "race"), control=("dept",), weight="w")
PLAIN = Roles(decision="hired", label="good", sensitive=("sex", "race"))


@st.composite
def frames(draw):
    n = draw(st.integers(2, 60))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    sex = rng.choice(np.array(["F", "M", None], dtype=object), n, p=[0.4, 0.5, 0.1])
    race = rng.choice(np.array(["A", "B", "C", "D", ""], dtype=object), n)
    return pd.DataFrame(
        {
            "sex": sex,
            "race": race,
            "dept": rng.choice(["x", "y", "z"], n),
            "hired": np.r_[0, 1, rng.integers(0, 2, n - 2)],
            "good": np.r_[1, 0, rng.integers(0, 2, n - 2)],
            "score": rng.integers(0, 8, n) / 7,
            "w": rng.integers(1, 5, n) / 2,
            "who": rng.integers(0, 9, n),
        }
    )


def tally(frame, roles=ROLES):
    return Tally.of(Decisions.of(frame, roles))


def same(a, b):
    assert a.axes == b.axes
    for name in ("cells", "counts", "weights", "squares", "clusters", "cluster_mass"):
        left, right = getattr(a, name), getattr(b, name)
        assert (left is None) == (right is None), name
        if left is not None:
            np.testing.assert_allclose(left, right, err_msg=name)
    if a.scores is not None:
        for name in ("edges", "cells", "counts", "sums"):
            np.testing.assert_allclose(getattr(a.scores, name), getattr(b.scores, name), err_msg=name)


def binary(part):
    return part.hired.nunique() == 2 and part.good.nunique() == 2


@given(frames(), st.data())
@settings(max_examples=60, deadline=None)
def test_shards_equal_the_whole(frame, data):
    roles = Roles(**{**{f: getattr(ROLES, f) for f in Roles.__slots__}, "cluster": "who"})
    cut = data.draw(st.integers(1, len(frame) - 1))
    parts = frame[:cut], frame[cut:]
    same(tally(parts[0], roles) + tally(parts[1], roles), tally(frame, roles))


@given(frames(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_row_order_means_nothing(frame, seed):
    shuffled = frame.sample(frac=1, random_state=seed % 2**32)
    same(tally(shuffled), tally(frame))


@given(frames(), st.integers(2, 4))
@settings(max_examples=40, deadline=None)
def test_duplication_scales_counts_and_keeps_rates(frame, times):
    once, often = tally(frame, PLAIN), tally(pd.concat([frame] * times), PLAIN)
    np.testing.assert_array_equal(often.counts, times * once.counts)
    for view in once.views:
        a, b = once.table(*view), often.table(*view)
        np.testing.assert_allclose(rates.selection_rate(a.counts), rates.selection_rate(b.counts))


@given(frames())
@settings(max_examples=40, deadline=None)
def test_relabelling_permutes_groups_only(frame):
    names = {"F": "zz", "M": "aa"}
    renamed = frame.assign(sex=frame.sex.map(lambda v: names.get(v, v)))
    a, b = tally(frame, PLAIN).table("sex"), tally(renamed, PLAIN).table("sex")
    before = {names[g]: a.counts[i].tolist() for i, g in enumerate(a.groups)}
    assert before == {g: b.counts[i].tolist() for i, g in enumerate(b.groups)}


@given(frames())
@settings(max_examples=40, deadline=None)
def test_margins_are_sums_of_intersections(frame):
    known = frame[frame.sex.notna() & (frame.race != "")]
    if not binary(known) or known.empty:
        return
    t = tally(known, PLAIN)
    both, sex = t.table("sex", "race"), t.table("sex")
    for i, g in enumerate(sex.groups):
        inside = [j for j, name in enumerate(both.groups) if name.split("×")[0] == g]
        np.testing.assert_array_equal(sex.counts[i], both.counts[inside].sum(axis=0))


@given(frames())
@settings(max_examples=40, deadline=None)
def test_strata_sum_to_the_table(frame):
    t = tally(frame)
    names, counts = t.strata("sex")
    assert names == tuple(sorted(frame.dept.unique()))
    np.testing.assert_array_equal(counts.sum(axis=0), t.table("sex").counts)


@given(frames())
@settings(max_examples=40, deadline=None)
def test_every_rate_equals_the_row_by_row_oracle(frame):
    t = tally(frame, PLAIN).table("sex", "race")
    known = frame[frame.sex.notna() & (frame.race != "")]
    oracle = rates_by_loop(known, ["sex", "race"], "good", "hired")
    assert {tuple(g.split("×")) for g in t.groups} == set(oracle)
    ours = {**rates.error_rates(t.counts), "selection_rate": rates.selection_rate(t.counts)}
    for i, g in enumerate(t.groups):
        expected = oracle[tuple(g.split("×"))]
        for name in (
            "selection_rate",
            "true_positive_rate",
            "false_positive_rate",
            "false_negative_rate",
            "precision",
            "negative_predictive_value",
            "accuracy",
        ):
            assert ours[name][i] == pytest.approx(expected[name]) if name in expected else np.isnan(ours[name][i])


def test_unknown_people_are_counted_beside_the_groups():
    frame = pd.DataFrame({"sex": ["F", "M", None, " "], "hired": [1, 0, 1, 0]})
    t = tally(frame, Roles(decision="hired", sensitive=("sex",))).table("sex")
    assert t.groups == ("F", "M")
    assert t.unknown.tolist() == [[1, 1]]
    assert int(t.n.sum()) == 2


def test_late_categories_and_a_late_unknown_are_aligned():
    first = pd.DataFrame({"sex": ["M", "M"], "hired": [1, 0]})
    second = pd.DataFrame({"sex": ["F", None], "hired": [1, 0]})
    roles = Roles(decision="hired", sensitive=("sex",))
    both = tally(first, roles) + tally(second, roles)
    same(both, tally(pd.concat([first, second]), roles))
    assert both.axes[0].groups == ("F", "M", "unknown")


def test_many_cells_take_the_sorting_way_to_the_same_counts(monkeypatch):
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, 7, 500), rng.integers(0, 11, 500)]
    outcome = [rng.integers(0, 2, 500).astype(np.int8), None]
    weight = rng.random(500)
    dense = cells.counted(codes, [7, 11], outcome, weight)
    monkeypatch.setattr(cells, "DENSE", -1)
    sizes = [7, 100_003]
    sparse = cells.counted(codes, sizes, outcome, weight)
    huge = cells.counted(codes, [2**40, 2**40], outcome, weight)
    for other in (sparse, huge):
        np.testing.assert_array_equal(dense[0], other[0])
        for a, b in zip(dense[1], other[1], strict=True):
            np.testing.assert_allclose(a, b)


def test_tallies_of_different_columns_do_not_merge():
    a = pd.DataFrame({"sex": ["F", "M"], "hired": [1, 0], "good": [1, 0]})
    left = tally(a, Roles(decision="hired", sensitive=("sex",)))
    with pytest.raises(DataError, match="labelled"):
        left + tally(a, Roles(decision="hired", label="good", sensitive=("sex",)))
    with pytest.raises(DataError, match="sensitive"):
        left + tally(a.rename(columns={"sex": "gender"}), Roles(decision="hired", sensitive=("gender",)))


def test_an_axis_that_is_not_there_is_named_with_the_nearest():
    t = tally(pd.DataFrame({"gender": ["F", "M"], "hired": [1, 0]}), Roles(decision="hired", sensitive=("gender",)))
    with pytest.raises(SpecError, match="Did you mean 'gender'"):
        t.table("gendr")


def test_a_cross_in_a_value_is_not_taken_for_an_intersection():
    frame = pd.DataFrame({"a": ["2×2", "2x2"] * 4, "b": list("pq") * 4, "hired": [1, 0, 1, 1] * 2})
    t = tally(frame, Roles(decision="hired", sensitive=("a", "b")))
    assert t.table("a").groups == ("2x2", "2✕2")
    assert all(g.count("×") == 1 for g in t.table("a", "b").groups)


def test_hostile_group_names_stay_apart():
    names = ["<script>alert(1)</script>", 'a"b', "x\ny", "‮rtl", "🎉", "q" * 300, "1.0", "1"]
    frame = pd.DataFrame({"g": names * 2, "hired": [1, 0] * len(names)})
    t = tally(frame, Roles(decision="hired", sensitive=("g",))).table("g")
    assert set(t.groups) == set(names)


def test_many_valued_scores_keep_the_median_exact():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 5001), "score": rng.random(5001), "hired": [1, 0, 0] * 1667})
    t = tally(frame, Roles(decision="hired", score="score", sensitive=("g",)))
    table = t.score_table("g")
    assert not table.exact
    middle = np.median(frame.score)
    above = table.counts[:, table.edges > middle].sum(axis=(1, 2))
    expected = [(frame.score[frame.g == g] > middle).sum() for g in table.groups]
    assert above.tolist() == expected


def test_scores_of_shards_need_the_same_edges():
    rng = np.random.default_rng(3)
    roles = Roles(decision="hired", score="score", sensitive=("g",))
    a, b = (
        pd.DataFrame({"g": ["a", "b"] * 1000, "score": rng.random(2000), "hired": [1, 0] * 1000}) for _ in range(2)
    )
    with pytest.raises(DataError, match="edges"):
        tally(a, roles) + tally(b, roles)
    edges = np.linspace(0, 1, 65)
    parts = [Tally.of(Decisions.of(f, roles), edges=edges) for f in (a, b)]
    same(parts[0] + parts[1], Tally.of(Decisions.of(pd.concat([a, b]), roles), edges=edges))


def test_clusters_of_whom_no_group_is_known_make_an_empty_table():
    frame = pd.DataFrame({"g": [None, None], "d": [1, 0], "c": ["a", "b"]})
    table = tally(frame, Roles(decision="d", sensitive=("g",), cluster="c")).table("g")
    assert table.bundles.shape == (0, 0, 1, 2)
    assert table.unknown.sum() == 2


def test_the_unknown_have_weights_too():
    frame = pd.DataFrame({"g": ["a", None, None], "d": [1, 1, 0], "w": [1.0, 3.0, 1.0]})
    table = tally(frame, Roles(decision="d", sensitive=("g",), weight="w")).table("g")
    assert table.unknown_weights.tolist() == [[1.0, 3.0]]
    assert table.unknown_squares.tolist() == [[1.0, 9.0]]
