"""Labels before any decision: base rates of groups, by counting; measures of difference are tested with Clarify's."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from xaikit.checks.data_bias import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError
from xaikit.stats.tally import Tally

RNG = np.random.default_rng(5)
N = 900
FRAME = pd.DataFrame(
    {
        "sex": RNG.choice(["f", "m"], N),
        "race": RNG.choice(np.array(["a", "b", None], dtype=object), N, p=[0.6, 0.35, 0.05]),
        "good": RNG.integers(0, 2, N),
        "hired": RNG.integers(0, 2, N),
        "w": RNG.integers(1, 5, N) / 2.0,
        "who": np.repeat(np.arange(N // 3), 3),
    }
)
LABELS = Roles(label="good", sensitive=("sex", "race"))


def measured(frame=FRAME, roles=LABELS, **parameters):
    tally = Tally.of(Decisions.of(frame, roles))
    return list(check(tally, np.random.default_rng(0), replicates=50, **parameters))


def rates(found):
    return {(e.about["sensitive"], e.about["group"]): e for e in found if e.measure == "base_rate"}


def wilson(x, n, confidence=0.95):
    z = norm.ppf((1 + confidence) / 2)
    middle, reach = (x + z * z / 2) / (n + z * z), z / (n + z * z) * np.sqrt(x * (n - x) / n + z * z / 4)
    return middle - reach, middle + reach


def test_base_rates_are_those_that_counting_gives():
    found = rates(measured())
    known = FRAME.dropna(subset=["race"])
    for group, rows in FRAME.groupby("sex"):
        e = found["sex", group]
        assert e.value == pytest.approx(rows.good.mean())
        assert (e.n, e.detail["count"]) == (len(rows), rows.good.sum())
        assert (e.low, e.high) == pytest.approx(wilson(rows.good.sum(), len(rows)))
    for (sex, race), rows in known.groupby(["sex", "race"]):
        assert found["sex×race", f"{sex}×{race}"].value == pytest.approx(rows.good.mean())
    assert {g for s, g in found if s == "race"} == {"a", "b"}


def test_weights_count():
    roles = Roles(label="good", sensitive=("sex",), weight="w")
    for group, rows in FRAME.groupby("sex"):
        e = rates(measured(roles=roles))["sex", group]
        assert e.value == pytest.approx((rows.good * rows.w).sum() / rows.w.sum())
        assert e.detail["effective_n"] == pytest.approx(rows.w.sum() ** 2 / (rows.w**2).sum())


def test_rows_of_one_person_that_are_all_alike_count_as_one():
    """Stated beforehand: three copies of a row tell what one tells, so n is a third, and the interval is wider."""
    once = FRAME[::3].drop(columns="who").assign(who=range(N // 3))
    thrice = once.loc[once.index.repeat(3)]
    roles = Roles(label="good", sensitive=("sex",), cluster="who")
    plain = rates(measured(once, Roles(label="good", sensitive=("sex",))))
    for key, e in rates(measured(thrice, roles)).items():
        assert e.n == 3 * plain[key].n
        assert e.value == pytest.approx(plain[key].value)
        assert e.detail["effective_n"] == pytest.approx(plain[key].n, rel=0.01)
        assert e.high - e.low == pytest.approx(plain[key].high - plain[key].low, rel=0.01)


def test_beside_decisions_the_check_of_error_rates_measures_them():
    found = measured(roles=Roles(decision="hired", label="good", sensitive=("sex",)))
    assert rates(found) == {}
    assert any(e.measure == "label_rate_difference" for e in found)


def test_without_labels_there_is_nothing():
    with pytest.raises(AbsentError, match="a table without labels"):
        measured(roles=Roles(decision="hired", sensitive=("sex",)))
