"""Numbers in findings: rounded for people, and never across a bound."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaikit.auditing.wording import group_name, number, p_value, percent, ratio, where

P = re.compile(r"p (?:< \.001|= \.\d{2,3}|> \.99|= 1)")


@given(st.floats(0, 5))
def test_a_ratio_stands_on_the_side_of_four_fifths_on_which_it_is(value):
    assert (float(ratio(value)) < 0.8) == (value < 0.8) or abs(value - 0.8) < 5e-6


@given(st.floats(0, 5))
def test_a_ratio_is_right_to_three_decimals(value):
    assert float(ratio(value)) == pytest.approx(value, abs=5.01e-4)


@given(st.floats(0, 1))
def test_p_values_have_the_form_of_the_field_and_are_near_the_truth(p):
    text = p_value(p)
    assert P.fullmatch(text), text
    if text == "p < .001":
        assert p < 0.001
    elif text == "p > .99":
        assert 0.99 < p <= 0.999
    else:
        shown = float(text.removeprefix("p = "))
        assert shown == pytest.approx(p, abs=0.0051 if p >= 0.1 else 0.00051)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.001, "p = .001"),
        (0.0999, "p = .100"),
        (0.1, "p = .10"),
        (0.995, "p = 0.99"),
        (0.996, "p > .99"),
        (0.9991, "p = 1"),
    ],
)
def test_p_values_at_their_edges(p, text):
    assert p_value(p) == text.replace("0.", ".")


def test_what_has_no_value_is_said():
    assert number(None) == "no value"
    assert number(0) == "0"
    assert number(1234567) == "1.23e+06"


def test_rates_are_percent_with_one_decimal():
    assert [percent(v) for v in (0, 0.5, 1, 0.00049)] == ["0.0 %", "50.0 %", "100.0 %", "0.0 %"]


def test_places_are_sorted_and_intersections_have_room():
    assert group_name("f×black") == "f × black"
    assert where({"sensitive": "sex×race", "group": "f×b"}) == " (group: f × b, sensitive: sex × race)"
    assert where({}) == ""
