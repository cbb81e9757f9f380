import json
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.results import income_result
from xaikit.core.codec import compact, dumps, from_dict, loads, to_dict
from xaikit.core.compact import packed, unpacked
from xaikit.core.errors import DataError

TEXT = st.text(max_size=12)
DETAIL = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), TEXT)
NUMBER = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
PIECE = st.fixed_dictionaries(
    {
        **dict(zip(("measure", "unit", "source", "because"), repeat(TEXT), strict=False)),
        **dict(zip(("value", "low", "high", "n"), repeat(NUMBER), strict=False)),
        "about": st.dictionaries(TEXT, TEXT, max_size=3),
        "detail": st.dictionaries(st.one_of(TEXT, st.sampled_from(["method", "confidence"])), DETAIL, max_size=4),
    }
)


@given(st.lists(PIECE, max_size=8))
def test_evidence_comes_back_to_the_last_type_and_in_its_order(evidence):
    back = unpacked(json.loads(json.dumps(packed(evidence))))
    assert [sorted(b.items(), key=str) for b in back] == [sorted(e.items(), key=str) for e in evidence]
    assert [repr(list(b["detail"].items())) for b in back] == [repr(list(e["detail"].items())) for e in evidence]
    assert [list(b["about"]) for b in back] == [list(e["about"]) for e in evidence]


def test_a_packed_result_is_the_result_and_half_as_large():
    result = income_result()
    plain = to_dict(result)
    small = json.dumps(compact(plain)["evidence"], separators=(",", ":"))
    assert dumps(loads(json.dumps(compact(plain)))) == dumps(result)
    assert len(small) < 0.6 * len(json.dumps(plain["evidence"], separators=(",", ":")))


@pytest.mark.parametrize(
    "rows", [[[9, 1, None, None, 3]], [[0]], [[0, 1, None, None, 3, "f", 1, 2, 3, 4, 5, 6, 7, 8]], [["x"]], "no", 3]
)
def test_rows_that_fit_no_form_are_an_error_that_says_so(rows):
    raw = compact(to_dict(income_result()))
    with pytest.raises(DataError, match="does not fit"):
        from_dict({**raw, "evidence": {**raw["evidence"], "rows": rows}})
