import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from xaikit.compute.nuisance import cross_fitted, design


def test_columns_of_any_kind_become_numbers():
    frame = pd.DataFrame(
        {
            "bytes": [b"\xff", b"a", None] * 4,
            "decimal": [Decimal(1), Decimal(2), Decimal(3)] * 4,
            "few": [1, 2, None] * 4,
            "many": [1e300, -1e300, np.inf, np.nan, *range(8)],
            "gaps": pd.array([*range(11), None], dtype="Int64"),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = design(frame, list(frame))
    assert x.shape == (12, 2 + 2 + 2 + 1 + 1)
    assert np.isfinite(x).all()
    assert x[:, -1].std(ddof=1) == pytest.approx(1)


def test_a_cell_of_one_person_is_no_reason_to_warn():
    member, outcome = np.arange(20) < 10, np.arange(20) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cross_fitted(np.zeros((20, 1)), member, outcome, 5, np.random.default_rng(0), linear=True)
    assert ((found.propensity > 0) & (found.propensity < 1)).all()
