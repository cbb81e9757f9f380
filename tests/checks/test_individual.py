import numpy as np
import pandas as pd
import pytest

from xaikit.checks.individual import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError, DataError

RNG = np.random.default_rng(12)
N = 120
FEATURES = pd.DataFrame(
    {"skill": RNG.normal(size=N), "hours": RNG.normal(40, 8, N), "town": RNG.choice(["A", "B"], N)}
)
SEX = RNG.choice(["f", "m"], N)
HIRED = (FEATURES.skill + 0.4 * (SEX == "m") + 0.5 * RNG.normal(size=N) > 0).astype(int)


def measured(inputs=FEATURES, hired=HIRED, neighbours=5, sensitive=("sex",)):
    frame = FEATURES.assign(sex=SEX, hired=hired)
    decisions = Decisions.of(frame, Roles(decision="hired", sensitive=sensitive))
    return list(check(decisions, inputs, np.random.default_rng(0), neighbours=neighbours, rows=N))


def by_hand(points, selected, i, neighbours, among):
    """Mean selection of the nearest of some rows to row i, itself left out."""
    away = np.array([np.inf if j == i else np.sqrt(((points[i] - points[j]) ** 2).sum()) for j in among])
    return selected[np.asarray(among)[np.argsort(away)[:neighbours]]].mean()


def points_of(table):
    one_hot = table.assign(A=(table.town == "A") * 1.0, B=(table.town == "B") * 1.0).drop(columns="town")
    return ((one_hot - one_hot.mean()) / one_hot.std(ddof=0)).to_numpy()


def test_consistency_is_that_of_a_loop_over_people():
    points, selected = points_of(FEATURES), HIRED.to_numpy()
    like = [1 - abs(selected[i] - by_hand(points, selected, i, 5, range(N))) for i in range(N)]
    found = {tuple(e.about.values()): e for e in measured() if e.measure == "consistency"}
    assert found[()].value == pytest.approx(np.mean(like), abs=1e-12)
    assert found[("sex", "f")].value == pytest.approx(np.array(like)[SEX == "f"].mean(), abs=1e-12)


def test_the_fliptest_is_that_of_a_loop_over_people():
    points, selected = points_of(FEATURES), HIRED.to_numpy()
    rest = np.flatnonzero(SEX == "m")
    total = 0
    for i in np.flatnonzero(SEX == "f"):
        likes = by_hand(points, selected, i, 5, rest) > 0.5
        total += int(likes and not selected[i]) - int(not likes and selected[i])
    (found,) = [e for e in measured() if e.measure == "FT" and e.about["group"] == "f"]
    assert found.value == pytest.approx(total / (SEX == "f").sum(), abs=1e-12)


def test_the_same_decision_for_everybody_is_consistent():
    assert {e.value for e in measured(hired=np.ones(N, int)) if e.measure == "consistency"} == {1.0}


def test_a_gap_stands_at_the_median_and_apart():
    gaps = FEATURES.assign(hours=FEATURES.hours.mask(np.arange(N) % 10 == 0))
    filled = gaps.assign(hours=gaps.hours.fillna(gaps.hours.median()), told=gaps.hours.isna() * 1.0)
    values = [[e.value for e in measured(table)] for table in (gaps, filled)]
    assert values[0] == pytest.approx(values[1], abs=1e-12)


def test_what_has_no_likeness_is_said():
    with pytest.raises(AbsentError, match="texts"):
        measured(inputs=["a"] * N)
    with pytest.raises(DataError, match="7 rows"):
        measured(inputs=FEATURES.head(7))
    with pytest.raises(AbsentError, match="no feature but the sensitive"):
        measured(inputs=pd.DataFrame({"sex": SEX}))
