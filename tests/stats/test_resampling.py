import numpy as np
import pandas as pd
import pytest

from xaikit.core.decisions import Decisions, Roles
from xaikit.stats import rates
from xaikit.stats import tally as tally_
from xaikit.stats.best_of_k import best_of_k
from xaikit.stats.resampling import covariance, effective_n, replicates
from xaikit.stats.table import of_counts
from xaikit.stats.tally import Tally


def clustered(rng, clusters=300, effect=0.25, rate=0.4):
    """Vacancies of one to six applicants; the vacancy shifts everybody's chance."""
    size = rng.integers(1, 7, clusters)
    who = np.repeat(np.arange(clusters), size)
    chance = np.clip(rate + effect * rng.standard_normal(clusters), 0.02, 0.98)[who]
    sex = np.where(rng.random(len(who)) < 0.5, "F", "M")
    return pd.DataFrame({"sex": sex, "hired": (rng.random(len(who)) < chance).astype(int), "vacancy": who})


def table(frame, **roles):
    return Tally.of(Decisions.of(frame, Roles(decision="hired", sensitive=("sex",), **roles))).table("sex")


def test_independent_rows_are_a_multinomial_draw_of_the_same_size():
    t = of_counts({"F": (30, 100), "M": (50, 100)})
    drawn = replicates(t, np.random.default_rng(0), 4000)
    assert (drawn.sum(axis=(1, 2, 3)) == 200).all()
    assert drawn.mean(axis=0) == pytest.approx(t.counts, rel=0.03)
    assert drawn[:, 0, 0, 1].var() == pytest.approx(30 * (1 - 30 / 200), rel=0.08)


def test_bootstrap_of_counts_equals_the_bootstrap_of_rows():
    """The law of resampled rows, redrawn one row at a time."""
    rng = np.random.default_rng(1)
    frame = clustered(rng, 40)
    ours = rates.selection_rate(replicates(table(frame), rng, 4000))
    rows = frame.reset_index(drop=True)
    theirs = []
    for _ in range(1500):
        again = rows.iloc[rng.integers(0, len(rows), len(rows))]
        theirs.append(again.groupby("sex").hired.mean().to_numpy())
    assert ours.mean(axis=0) == pytest.approx(np.mean(theirs, axis=0), abs=0.01)
    assert ours.std(axis=0) == pytest.approx(np.std(theirs, axis=0), rel=0.1)


def test_clusters_are_resampled_whole():
    """Against a bootstrap that redraws vacancies from the rows."""
    rng = np.random.default_rng(2)
    frame = clustered(rng, 120)
    t = table(frame, cluster="vacancy")
    ours = rates.selection_rate(replicates(t, rng, 4000)).std(axis=0)
    by = [part[["sex", "hired"]] for _, part in frame.groupby("vacancy")]
    theirs = []
    for _ in range(600):
        again = pd.concat([by[i] for i in rng.integers(0, len(by), len(by))])
        theirs.append(again.groupby("sex").hired.mean().to_numpy())
    assert ours == pytest.approx(np.std(theirs, axis=0), rel=0.12)
    assert np.sqrt(np.diag(covariance(t))) == pytest.approx(ours, rel=0.08)
    assert (effective_n(t) < t.n).all()


def test_many_clusters_are_resampled_in_random_groups_with_the_same_spread(monkeypatch):
    frame = clustered(np.random.default_rng(7), 6000)
    whole = table(frame, cluster="vacancy")
    monkeypatch.setattr(tally_, "RANDOM_GROUPS", 1000)
    grouped = table(frame, cluster="vacancy")
    assert 950 <= grouped.copies.sum() <= 1000
    assert (grouped.bundles * grouped.copies[:, None, None, None]).sum() == pytest.approx(
        (whole.bundles * whole.copies[:, None, None, None]).sum()
    )
    ratio = np.sqrt(np.diag(covariance(grouped)) / np.diag(covariance(whole)))
    assert ratio == pytest.approx([1, 1], abs=0.12)


def test_same_weight_for_all_is_no_weight():
    frame = clustered(np.random.default_rng(3), 50).assign(w=2.5)
    weighted, plain = table(frame, weight="w"), table(frame)
    assert effective_n(weighted) == pytest.approx(plain.n)
    assert covariance(weighted) == pytest.approx(covariance(plain))
    drawn = replicates(weighted, np.random.default_rng(0), 2000)
    assert drawn.mean(axis=0) == pytest.approx(2.5 * plain.counts, rel=0.05)


def test_weighted_rates_spread_as_a_poisson_bootstrap_of_rows():
    rng = np.random.default_rng(4)
    frame = clustered(rng, 150).assign(w=lambda f: rng.gamma(1.0, 1.0, len(f)))
    t = table(frame, weight="w")
    ours = rates.selection_rate(replicates(t, rng, 4000)).std(axis=0)
    w, y, f = frame.w.to_numpy(), frame.hired.to_numpy(), (frame.sex == "F").to_numpy()
    k = rng.poisson(1.0, size=(3000, len(frame))) * w
    theirs = [((k * m) @ y / (k * m).sum(axis=1)).std() for m in (f, ~f)]
    assert ours == pytest.approx(theirs, rel=0.1)
    assert np.sqrt(np.diag(covariance(t))) == pytest.approx(theirs, rel=0.1)


@pytest.mark.slow
def test_clusters_keep_the_level_where_independence_would_not():
    """Whole vacancies go to one sex: pretended independence cries wolf, the sandwich does not."""
    rng = np.random.default_rng(5)
    naive = robust = 0
    for _ in range(400):
        size = rng.integers(2, 9, 200)
        who = np.repeat(np.arange(200), size)
        sex = np.where(rng.random(200) < 0.5, "F", "M")[who]
        chance = np.clip(0.4 + 0.3 * rng.standard_normal(200), 0.02, 0.98)[who]
        frame = pd.DataFrame({"sex": sex, "hired": (rng.random(len(who)) < chance).astype(int), "vacancy": who})
        naive += np.nanmin(best_of_k(table(frame), rng, 1000).p) < 0.05
        robust += np.nanmin(best_of_k(table(frame, cluster="vacancy"), rng, 1000).p) < 0.05
    assert naive / 400 > 0.12
    assert robust / 400 <= 0.08
