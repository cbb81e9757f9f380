from xaikit.core.evidence import Criterion, Evidence, Finding, Verdict, overall


def test_verdicts_are_ordered_and_the_whole_is_the_worst_of_its_parts():
    assert Verdict.NOT_APPLICABLE < Verdict.PASS < Verdict.INCONCLUSIVE < Verdict.FAIL < Verdict.ERROR
    c = Criterion("a", "b", "p", "bound")
    assert overall([Finding(c, Verdict.PASS, ""), Finding(c, Verdict.FAIL, "")]) is Verdict.FAIL
    assert overall([]) is Verdict.NOT_APPLICABLE


def test_the_id_does_not_depend_on_the_order_of_about():
    a = Evidence("m", 1.0, about={"group": "f", "sensitive": "sex"})
    b = Evidence("m", 2.0, about={"sensitive": "sex", "group": "f"})
    assert a.id == b.id == "m[group=f,sensitive=sex]"
