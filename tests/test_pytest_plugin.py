"""`pytest --xaikit`: criteria as tests, in a pytest inside this one; and nothing at all for who does not ask."""

import subprocess
import sys

import pytest

from tests import test_cli
from xaikit.auditing.api import audit_file
from xaikit.auditing.gate import Gate

pytest_plugins = ["pytester"]
SPEC = test_cli.SPEC + "checks: [selection_rate, representation]\n"


def folder(path, **more):
    return test_cli.folder(path, spec=SPEC, **more)


def run(pytester, *arguments):
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist", "-rfxs", *map(str, arguments))


def test_a_criterion_that_fails_is_a_test_that_fails_with_its_evidence(pytester):
    folder(pytester.path, women=0.2)
    told = run(pytester, "--xaikit", "audit.yaml")
    found = told.parseoutcomes()
    assert found["failed"] == 1
    assert found["passed"] + found["skipped"] == len(
        Gate(pytester.path / "audit.yaml").criteria()
    )  # and the run itself, less the one
    told.stdout.fnmatch_lines(["us_ugesp/UG-4D-rate", "FAIL, sex, f, m: *ratio 0.400*", "29 CFR 1607.4(D)"])
    told.stdout.fnmatch_lines(["SKIPPED * audit.yaml:1: a question for the auditor: *"])
    assert "pytest_plugin.py" not in str(told.stdout)
    assert told.ret == 1


def test_without_failure_it_passes(pytester):
    folder(pytester.path)
    assert run(pytester, "--xaikit", "audit.yaml").ret == 0


@pytest.mark.parametrize(
    ("option", "outcome"), [(None, "xfailed"), ("fail", "failed"), ("skip", "skipped"), ("pass", "passed")]
)
def test_what_becomes_of_too_little_evidence_can_be_chosen(pytester, option, outcome):
    folder(pytester.path, women=0.3, n=10)
    more = ["--xaikit-inconclusive", option] if option else []
    told = run(pytester, "--xaikit", "audit.yaml", "-k", "4D-rate and not rate-x", *more)
    assert {k: v for k, v in told.parseoutcomes().items() if k != "deselected" and "warning" not in k} == {outcome: 1}


def test_with_a_baseline_a_known_failure_is_expected_and_a_worse_one_fails(pytester):
    spec = folder(pytester.path, women=0.3)
    audit_file(spec).to_json(pytester.path / "before.json")
    told = run(pytester, "--xaikit", "audit.yaml", "--xaikit-baseline", "before.json")
    assert told.ret == 0
    assert told.parseoutcomes()["xfailed"] == 1
    folder(pytester.path, women=0.2)
    told = run(pytester, "--xaikit", "audit.yaml", "--xaikit-baseline", "before.json")
    assert told.ret == 1
    told.stdout.fnmatch_lines(["no measure worsened", "impact_ratio (sex, f, m): 0.6 → 0.4, adjusted p *"])


def test_the_fixture_gives_the_result_that_the_criteria_come_from(pytester):
    folder(pytester.path, women=0.2)
    pytester.makepyfile(
        test_own="""
        def test_ratio(audit):
            (ratio,) = audit.measured("impact_ratio", group="f")
            assert ratio.value == 0.4
        """
    )
    told = run(pytester, "test_own.py", "--xaikit", "audit.yaml")
    told.stdout.fnmatch_lines(["test_own.py .*"])
    assert told.parseoutcomes()["failed"] == 1
    run(pytester, "test_own.py").assert_outcomes(skipped=1)
    told = run(pytester, "-m", "xaikit", "--xaikit", "audit.yaml")
    assert told.parseoutcomes()["deselected"] == 1
    assert told.parseoutcomes()["failed"] == 1


def test_one_criterion_can_be_asked_for_by_its_name(pytester):
    folder(pytester.path, women=0.2)
    told = run(pytester, "audit.yaml::us_ugesp/UG-4D-rate", "--xaikit", "audit.yaml")
    assert {k: v for k, v in told.parseoutcomes().items() if "warning" not in k} == {"failed": 1}


def test_the_reports_are_written_where_asked_for(pytester):
    folder(pytester.path)
    told = run(pytester, "--xaikit", "audit.yaml", "--xaikit-out", "build")
    assert told.ret == 0
    assert (pytester.path / "build" / "report.html").exists()
    assert (pytester.path / "build" / "result.json").exists()


def test_an_audit_that_is_not_there_or_misspelt_or_cannot_run_is_said_in_a_line(pytester):
    told = run(pytester, "--xaikit", "nothing.yaml")
    assert told.ret == pytest.ExitCode.USAGE_ERROR
    told.stderr.fnmatch_lines(["*--xaikit nothing.yaml: there is no such file*"])
    spec = folder(pytester.path)
    spec.write_text(spec.read_text().replace("profiles", "profile"))
    told = run(pytester, "--xaikit", "audit.yaml")
    told.stdout.fnmatch_lines(["*unknown key 'profile'*Did you mean 'profiles'?*"])
    assert told.ret == pytest.ExitCode.INTERRUPTED
    spec = folder(pytester.path)
    (pytester.path / "decisions.csv").unlink()
    told = run(pytester, "--xaikit", "audit.yaml", "-k", "every")
    told.stdout.fnmatch_lines(["every step ran: the audit could not run", "table *got no such file*"])
    assert "Traceback" not in str(told.stdout)


def test_an_audit_that_breaks_is_tried_once(pytester):
    spec = folder(pytester.path)
    spec.write_text(spec.read_text() + "model: {adapter: function, path: ., function: 'broken.py:score'}\n")
    (pytester.path / "broken.py").write_text("print('tried')\nraise RuntimeError('broken')\n")
    told = run(pytester, "--xaikit", "audit.yaml", "-s")
    assert str(told.stdout).count("tried\n") == 1
    told.stdout.fnmatch_lines(["not judged, for the audit could not run: see the first failure"])
    assert told.parseoutcomes().keys() & {"passed", "skipped"} == set()


def test_who_does_not_ask_for_an_audit_pays_nothing(tmp_path):
    (tmp_path / "audit.yaml").write_text("not: an audit")
    (tmp_path / "test_light.py").write_text(
        "import sys\n"
        "def test_light():\n"
        "    assert 'xaikit.pytest_plugin' in sys.modules\n"
        "    own = [m for m in sys.modules if m.startswith('xaikit')]\n"
        "    assert sorted(own) == ['xaikit', 'xaikit.pytest_plugin']\n"
        "    assert not {'numpy', 'pandas', 'pydantic', 'torch', 'typer'} & set(sys.modules)\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        str(tmp_path),
    ]
    told = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert told.returncode == 0, told.stdout
