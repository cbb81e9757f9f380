from dataclasses import replace

import pytest

from xaikit.auditing.review_dates import overdue
from xaikit.core.evidence import Profile
from xaikit.io.profiles import load_profile

LAW = Profile("x", "X", "", "in force", "2020-01-01", "§", "original", "2026-01-01", "2026-07-01", "", ())


@pytest.mark.parametrize(("day", "late"), [("2026-07-01T23:59", False), ("2026-07-02T00:00", True)])
def test_a_record_is_overdue_from_the_day_after_its_review_date(day, late):
    assert bool(overdue([LAW], day)) is late


@pytest.mark.parametrize(("day", "early"), [("2026-01-31", True), ("2026-02-01", False)])
def test_a_law_that_is_not_yet_in_effect_says_when(day, early):
    told = overdue([replace(LAW, effective="2026-02-01")], day)
    assert told == (("The profile 'x' takes effect on 2026-02-01 only.",) if early else ())


def test_records_without_dates_are_silent():
    assert overdue([replace(LAW, effective="", review_by="")], "2099-01-01") == ()


def test_a_record_past_its_review_date_says_so():
    profile = load_profile("us_ugesp")
    assert overdue([profile], profile.review_by) == ()
    (text,) = overdue([profile], "2031-01-01T12:00:00Z")
    assert "'us_ugesp' was to be reviewed by 2027-05-22" in text
    (early,) = overdue([load_profile("eu_ai_act")], "2026-11-22")
    assert "takes effect on 2027-12-02" in early
