from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from xaikit.core.values import as_number, meaning, same_kind, same_value, unquoted

ONES = (1, 1.0, True, "1", " 1 ", "1.0", "TRUE", "true", Decimal("1.0"), np.int64(1), np.float32(1), np.True_)


@pytest.mark.parametrize("value", ONES)
def test_one_is_one_however_it_is_written(value):
    assert same_value(value, 1)
    assert not same_value(value, 0)
    assert not same_value(value, "yes")


def test_words_keep_their_case_and_lose_their_blanks():
    assert same_value(" yes", "yes")
    assert not same_value("Yes", "yes")
    assert not same_value("1,0", 1)  # a decimal comma is told by the file, not by one value
    assert same_value(date(2020, 1, 1), "2020-01-01")


def test_large_integers_keep_every_digit():
    assert meaning(2**53 + 1) != meaning(2**53)
    assert same_value(str(2**53 + 1), 2**53 + 1)
    assert not same_value(str(2**53), 2**53 + 1)


def test_what_is_no_finite_number_is_a_word():
    for text in ("inf", "nan", "1_000", "0x10", ""):
        assert as_number(text) is None
        assert meaning(text) == text


def test_numbers_and_words_are_two_kinds():
    assert same_kind("0", 1)
    assert same_kind(False, "1.0")
    assert not same_kind("no", 1)


def test_a_word_that_yaml_takes_for_a_truth_value_is_named():
    assert "write 'No' in quotation marks" in unquoted(False, ["Maybe", "No"])
    assert unquoted(True, ["hired", "rejected"]) is None
    assert unquoted(1, ["yes", "no"]) is None
