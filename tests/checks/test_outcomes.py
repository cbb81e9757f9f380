import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from xaikit.checks import outcomes
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError, SpecError


def sample(n=600):
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"sex": rng.choice(np.array(["F", "M", None], dtype=object), n, p=[0.45, 0.45, 0.1])})
    data["style"] = rng.choice(["leader", "maker", "helper"], n)
    data.loc[(data.sex == "F") & (rng.random(n) < 0.3), "style"] = "helper"
    data["real"] = np.where(rng.random(n) < 0.8, data["style"], "maker")
    data["pay"] = rng.normal(50, 10, n) - 4 * (data.sex == "F")
    data["fair"] = data.pay + rng.normal(1, 3, n)
    data["hired"] = rng.integers(0, 2, n)
    return data


def measured(data, **parameters):
    return list(outcomes.check(Decisions.of(data, Roles(decision="hired", sensitive=("sex",))), **parameters))


def one(found, measure, **about):
    (e,) = [e for e in found if e.measure == measure and all(e.about.get(k) == v for k, v in about.items())]
    return e


def test_every_class_has_its_table():
    data = sample()
    found = measured(data, column="style", truth="real")
    women, men = data[data.sex == "F"], data[data.sex == "M"]
    for name in ("leader", "maker", "helper"):
        rate = one(found, "class_rate", group="F", output=name)
        assert rate.value == pytest.approx((women["style"] == name).mean())
        assert rate.low < rate.value < rate.high
    ratio = one(found, "class_ratio", group="F", output="leader")
    assert ratio.value == pytest.approx((women["style"] == "leader").mean() / (men["style"] == "leader").mean())
    known = data[data.sex.notna()]
    chi = stats.chi2_contingency(pd.crosstab(known.sex, known["style"]), correction=False)
    assert one(found, "cramers_v").value == pytest.approx(np.sqrt(chi.statistic / len(known)))
    assert one(found, "cramers_v").detail["p"] == pytest.approx(chi.pvalue)
    assert one(found, "class_accuracy", group="F").value == pytest.approx((women["style"] == women.real).mean())
    assert len({e.id for e in found}) == len(found)


def test_numbers_have_means_differences_and_errors():
    data = sample()
    found = measured(data, column="pay", truth="fair")
    women, men = data[data.sex == "F"], data[data.sex == "M"]
    gap = one(found, "mean_outcome_difference", group="F")
    assert gap.about["reference"] == "M"
    assert gap.value == pytest.approx(women.pay.mean() - men.pay.mean())
    assert gap.low < -4 < gap.high
    assert gap.detail["p"] == pytest.approx(stats.ttest_ind(women.pay, men.pay, equal_var=False).pvalue)
    assert one(found, "mean_absolute_error", group="F").value == pytest.approx(
        mean_absolute_error(women.fair, women.pay)
    )
    rmse = one(found, "root_mean_squared_error", group="M")
    assert rmse.value == pytest.approx(root_mean_squared_error(men.fair, men.pay))
    assert rmse.low < rmse.value < rmse.high


def test_few_people_and_one_class_are_no_error():
    data = pd.DataFrame({"sex": ["F", "M", "M"], "pay": [1.5, 2.5, 2.5], "kind": ["a"] * 3, "hired": [1, 0, 1]})
    assert one(measured(data, column="kind"), "cramers_v").value is None
    wide = pd.DataFrame({"sex": ["F"] + ["M"] * 40, "pay": np.arange(41.0), "hired": [1] + [0] * 40})
    assert "too few" in one(measured(wide, column="pay"), "mean_outcome_difference").because


def test_what_does_not_fit_is_named():
    with pytest.raises(SpecError, match="Did you mean 'style'"):
        measured(sample(), column="styl")
    data = sample()
    data.loc[2, "pay"] = np.nan
    with pytest.raises(DataError, match="first in row 3"):
        measured(data, column="pay")


def test_a_class_is_the_same_as_a_number_and_as_a_text():
    data = pd.DataFrame({"sex": ["F", "M"] * 3, "hired": [1, 0] * 3, "said": [1, 2, 3, 1, 2, 3]})
    for truth in (data.said.astype(float), data.said.astype(str), data.said.map("{}.0".format)):
        found = measured(data.assign(real=truth), column="said", truth="real")
        assert {e.value for e in found if e.measure == "class_accuracy"} == {1.0}
    flags = data.assign(said=[True, False] * 3, real=["true", "false"] * 3)
    assert one(measured(flags, column="said", truth="real"), "class_accuracy", group="F").value == 1.0


def test_nobody_of_known_group_has_no_table():
    data = pd.DataFrame({"sex": [None, None], "hired": [1, 0], "said": ["a", "b"]})
    (e,) = measured(data, column="said")
    assert e.value is None


def test_a_truth_that_is_no_number_is_named():
    with pytest.raises(DataError, match=r"outcome column 'style': got values such as .* expected numbers"):
        measured(sample(), column="pay", truth="style")
