"""The rows beside a result: what is kept comes back, and nothing else is kept."""

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError
from xaikit.io.rows import load_rows, rows_beside, save_rows


def decisions(**roles):
    frame = pd.DataFrame(
        {
            "who": ["a", "b", "c"],
            "sex": ["f", None, "m"],
            "office:name": ["x", "y", "x"],
            "hired": [1, 0, 1],
            "good": [0, 0, 1],
            "score": [0.25, 1 / 3, -2.0],
            "w": [1.0, 2.0, 0.5],
            "secret": ["salary", "of", "somebody"],
        }
    )
    given = {"decision": "hired", "label": "good", "score": "score", "sensitive": ("sex", "office:name"), **roles}
    return Decisions.of(frame, Roles(**given))


def test_what_is_kept_comes_back(tmp_path):
    before = decisions(id="who", weight="w", cluster="who", control=("office:name", "sex"))
    save_rows(before, tmp_path / "r.rows.parquet", "abc")
    after = load_rows(tmp_path / "r.rows.parquet", "abc")
    for name in ("selected", "label", "score", "weight", "cluster"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert after.ids == before.ids
    assert after.roles.sensitive == before.roles.sensitive
    for feature in before.roles.sensitive:
        assert after.groups(feature).names == before.groups(feature).names
        np.testing.assert_array_equal(after.groups(feature).codes, before.groups(feature).codes)


def test_features_and_ids_that_have_no_role_are_not_kept(tmp_path):
    save_rows(decisions(), tmp_path / "r.rows.parquet", "abc")
    assert set(parquet.read_table(tmp_path / "r.rows.parquet").column_names) == {
        *("decision", "label", "score", "sensitive:sex", "sensitive:office:name"),
    }
    assert b"salary" not in (tmp_path / "r.rows.parquet").read_bytes()


def test_rows_of_another_result_and_other_files_are_refused(tmp_path):
    path = rows_beside(tmp_path / "result.json")
    save_rows(decisions(), path, "abc")
    with pytest.raises(DataError, match="SHA-256 abc"):
        load_rows(path, "abd")
    path.write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match="--keep-rows"):
        load_rows(path, "abc")
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(DataError, match="without the mark"):
        load_rows(path, "abc")
