from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.oracles.fairness import LL144_RACE, LL144_SEX
from xaikit.auditing.verify_published import verify_published
from xaikit.cli import app
from xaikit.core.errors import DataError
from xaikit.core.evidence import Verdict
from xaikit.stats.published import Rounded, Row, feasible_selected


def write(tmp_path, lines):
    path = tmp_path / "published.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def whole(tmp_path, change=lambda lines: lines):
    """A table of two by two, its margins, and the unknown."""
    cells = {("F", "A"): (40, 100), ("F", "B"): (30, 60), ("M", "A"): (50, 120), ("M", "B"): (20, 50)}
    sums = {}
    for (sex, race), (x, n) in cells.items():
        for key in ((sex, ""), ("", race)):
            a, b = sums.get(key, (0, 0))
            sums[key] = a + x, b + n
    lines = ["sex,race,# of applicants,# selected,selection rate,impact ratio"]
    for table in (
        {k: v for k, v in sums.items() if k[0]},
        {k: v for k, v in sums.items() if k[1]},
        cells,
    ):
        top = max(x / n for x, n in table.values())
        lines += [f"{s},{r},{n},{x},{100 * x / n:.1f}%,{x / n / top:.3f}" for (s, r), (x, n) in table.items()]
    lines.append("unknown,unknown,7,,,")
    return write(tmp_path, change(lines))


def because(found, kind="contradiction"):
    return [f"{i.where}: {i.because}" for i in found.issues if i.kind == kind]


def test_a_table_that_fits(tmp_path):
    found = verify_published(whole(tmp_path))
    assert because(found) == []
    assert all(r.ratio is None or r.ratio[0] == r.ratio[1] for r in found.rows if r.row.n and r.row.selected)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("F,A,100,40,40.0%", "F,A,100,40,41.0%", "40 of 100 is 40 %, not 41 %"),
        ("F,A,100,40,40.0%,0.800", "F,A,100,40,40.0%,0.850", "the impact ratio is 0.8, not 0.85"),
        ("F,,160,70,43.8%", "F,,170,70,41.2%", "170 people, but 160 in the table sex × race"),
        ("F,,160,70,43.8%", "F,,160,75,46.9%", "75 selected, but 70 in the table sex × race"),
        ("F,A,100,40,40.0%", "F,A,30,40,40.0%", "40 selected of 30 people"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, old, new, message):
    path = whole(tmp_path, lambda lines: [line.replace(old, new) for line in lines])
    assert any(message in b for b in because(verify_published(path))), because(verify_published(path))


def test_rates_that_no_whole_number_of_people_gives(tmp_path):
    found = verify_published(write(tmp_path, ["group,n,selection rate", "a,7,50%", "b,20,50%"]))
    assert because(found) == ["line 2, a: no whole number of 7 people is 50 % at the digits printed"]


def test_ratios_of_rounded_rates_are_told_from_wrong_ones(tmp_path):
    # 5 of 54 is 9.26 %, 6 of 59 is 10.17 %; the ratio .910 was printed as .900 from 9 % and 10 %
    lines = ["group,n,selected,selection rate,impact ratio", "a,54,5,9%,0.900", "b,59,6,10%,1.000"]
    (text,) = because(verify_published(write(tmp_path, lines)))
    assert "0.9105, not 0.9; it was taken from rates that were rounded before" in text


def test_the_example_of_the_rule_itself(tmp_path):
    """Its race table counts 13 people more than its sex table; its ratios fit."""
    lines = ["Sex,Race/Ethnicity,# of Applicants,# Selected,Selection Rate,Impact Ratio"]
    top = 667 / 1390
    lines += [f"{g},,{n},{x},{100 * x / n:.0f}%,{x / n / top:.3f}" for g, (x, n) in LL144_SEX.items()]
    top = 412 / 797
    lines += [f",{g},{n},{x},{100 * x / n:.0f}%,{x / n / top:.2f}" for g, (x, n) in LL144_RACE.items()]
    found = verify_published(write(tmp_path, lines))
    (text,) = because(found)
    assert "2571 by Sex, 2584 by Race/Ethnicity" in text
    assert any("no table of their intersections" in m for m in because(found, "missing"))
    assert any("unknown category" in m for m in because(found, "missing"))


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 3))
def test_the_true_number_selected_is_always_feasible(n, x, digits):
    x = min(x, n)
    text = f"{float(round(Fraction(100 * x, n), digits)):.{digits}f}%"
    low, high = feasible_selected(Row(1, {}, n, None, Rounded.of(text), None))
    assert low <= x <= high


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["group,n", "a,3"], "selection rate"),
        (["n,selected", "3,1"], "no column of groups"),
        (["group,n,selected", "a,x,1"], "line 2, column 'n'.*'x'"),
        (["group,n,rate", "a,3,high"], "line 2, column 'rate'.*'high'"),
        (["group,n,selected", "a,3"], "line 2: got 2 cells"),
        ([""], "columns"),
    ],
)
def test_what_is_no_such_table_is_named(tmp_path, lines, message):
    with pytest.raises(DataError, match=message):
        verify_published(write(tmp_path, lines))


def test_from_the_command_line(tmp_path):
    run = CliRunner().invoke(app, ["verify-audit", str(whole(tmp_path))])
    assert run.exit_code in (0, 4)
    bad = whole(tmp_path, lambda lines: [line.replace("0.800", "0.850") for line in lines])
    run = CliRunner().invoke(app, ["verify-audit", str(bad)])
    assert run.exit_code == 3
    assert "✘" in run.output
    assert CliRunner().invoke(app, ["verify-audit", str(tmp_path / "no.csv")]).exit_code == 1


def test_verdicts(tmp_path):
    assert verify_published(whole(tmp_path)).verdict in (Verdict.PASS, Verdict.INCONCLUSIVE)
    gone = whole(tmp_path, lambda lines: [line for line in lines if not line.startswith(",")])
    assert verify_published(gone).verdict is Verdict.INCONCLUSIVE
