"""What a criterion cannot say: a promise of one's own, on the result of `pytest --xaikit audit.yaml`."""


def test_women_who_would_do_well_are_found(audit):
    (rate,) = audit.measured("true_positive_rate", sensitive="sex", group="woman")
    assert rate.low > 0.6, f"{rate.value:.3f}, at least {rate.low:.3f}"
