"""Every interval covers: the truth of a large population, in samples drawn from it."""

import numpy as np
import pandas as pd
import pytest

from xaikit.checks import (
    calibration,
    clarify,
    data_bias,
    error_rates,
    inequality,
    scoring_rate,
    selection_rate,
    strata,
)
from xaikit.core.decisions import Decisions, Roles
from xaikit.stats.tally import Tally

ROLES = Roles(decision="hired", label="good", score="score", sensitive=("sex",), control=("dept",))
WANTED = {
    strata: {"mantel_haenszel_or[group=F,reference=M,sensitive=sex]"},
    selection_rate: {
        "selection_rate[group=F,sensitive=sex]",
        "selection_rate_difference[group=F,reference=M,sensitive=sex]",
        "impact_ratio[group=F,reference=M,sensitive=sex]",
    },
    error_rates: {
        "true_positive_rate[group=F,sensitive=sex]",
        "precision[group=M,sensitive=sex]",
        "equal_opportunity_difference[sensitive=sex]",
        "equalized_odds_difference[sensitive=sex]",
    },
    calibration: {
        "auc[group=F,sensitive=sex]",
        "calibration_slope[group=F,sensitive=sex]",
        "calibration_intercept[group=M,sensitive=sex]",
        "expected_calibration_error[group=F,sensitive=sex]",
    },
    scoring_rate: {
        "scoring_rate[group=F,sensitive=sex]",
        "scoring_impact_ratio[group=F,reference=M,sensitive=sex]",
    },
    clarify: {f"{m}[group=F,sensitive=sex]" for m in ("DPL", "KL", "DPPL", "DI", "DCA", "DAR", "TE", "AD", "CDDL")},
    data_bias: {"total_variation_distance[group=F,sensitive=sex]"},
    inequality: {"theil_index[sensitive=sex]", "generalized_entropy[sensitive=sex]"},
}
# the limits of a calibration error are those of the least favourable shapes: they cover at least so often
LOOSE = {"expected_calibration_error[group=F,sensitive=sex]": (0.93, 1.0)}


def population(rng, n):
    sex = np.where(rng.random(n) < 0.4, "F", "M")
    dept = np.where(rng.random(n) < 0.5, "a", "b")
    score = np.clip(rng.beta(2, 2, n) - 0.16 * (sex == "F"), 0.01, 0.99).round(2)
    good = rng.random(n) < 0.1 + 0.75 * score
    hired = rng.random(n) < np.clip(1.4 * score - 0.15 + 0.05 * (dept == "a"), 0, 1)
    return pd.DataFrame(
        {"sex": sex, "dept": dept, "score": score, "good": good.astype(int), "hired": hired.astype(int)}
    )


def measured(check, data, replicates=400):
    tally, rng = Tally.of(Decisions.of(data, ROLES)), np.random.default_rng(0)
    more = {
        strata: {"simulations": 100},
        selection_rate: {"simulations": 100, "replicates": replicates},
    }.get(check, {"replicates": replicates})
    return {e.id: e for e in check.check(tally, rng, **more)}


@pytest.mark.slow
@pytest.mark.parametrize("check", WANTED, ids=lambda c: c.__name__.rpartition(".")[2])
def test_limits_cover_the_truth(check):
    rng = np.random.default_rng(12)
    truth = measured(check, population(rng, 2_000_000), 10)
    hits = {name: [] for name in WANTED[check]}
    for _ in range(300):
        found = measured(check, population(rng, 900))
        for name, hit in hits.items():
            hit.append(found[name].low <= truth[name].value <= found[name].high)
    share = {name: float(np.mean(h)) for name, h in hits.items()}
    for name, s in share.items():
        low, high = LOOSE.get(name, (0.915, 0.99))
        assert low <= s <= high, share
