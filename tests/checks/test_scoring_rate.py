"""Scoring rates beside a count of the rows; a bootstrap that does not depend on what it holds at once."""

import numpy as np
import pandas as pd
import pytest

from tests.oracles.fairness import scoring_rates_by_rows
from xaikit.checks import scoring_rate
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError
from xaikit.stats.tally import Tally


def tally(seed, n=400, step=0.05):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"sex": rng.choice(["F", "M"], n), "race": rng.choice(["A", "B", "C"], n)})
    data["score"] = np.round(rng.normal(size=n) / step) * step
    return data, Tally.of(Decisions.of(data, Roles(score="score", sensitive=("sex", "race"))))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("step", [0.05, 1.0])
def test_rates_and_ratios_are_those_of_the_rows(seed, step):
    """Also where most people share the median (step 1): they do not score above it."""
    data, counts = tally(seed, step=step)
    found = list(scoring_rate.check(counts, np.random.default_rng(0), replicates=50))
    data["sex×race"] = data.sex + "×" + data.race
    for feature in ("sex", "race", "sex×race"):
        expected = scoring_rates_by_rows(data[feature].to_numpy(), data.score.to_numpy())
        here = [e for e in found if e.about["sensitive"] == feature]
        assert {e.about["group"]: e.value for e in here if e.measure == "scoring_rate"} == pytest.approx(expected)
        ratios = {e.about["group"]: e.value for e in here if e.measure == "scoring_impact_ratio"}
        assert ratios == pytest.approx({g: rate / max(expected.values()) for g, rate in expected.items()})


def test_numbers_do_not_depend_on_how_many_tables_are_held(monkeypatch):
    _, counts = tally(3)
    whole = list(scoring_rate.check(counts, np.random.default_rng(7), replicates=300))
    for together in (1, 1_000, 7_777):
        monkeypatch.setattr(scoring_rate, "TOGETHER", together)
        assert list(scoring_rate.check(counts, np.random.default_rng(7), replicates=300)) == whole


def test_without_scores_it_is_said():
    data, _ = tally(0)
    counts = Tally.of(Decisions.of(data.assign(hired=1), Roles(decision="hired", sensitive=("sex",))))
    with pytest.raises(AbsentError, match="without scores"):
        list(scoring_rate.check(counts, np.random.default_rng(0)))
