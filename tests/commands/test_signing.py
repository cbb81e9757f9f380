"""`keygen`, `sign` and `verify --public-key`, as a newcomer uses them."""

import shutil
import stat
import subprocess

import pytest
from typer.testing import CliRunner

from tests.report.results import callbacks_result
from xaikit.cli import app

RUN = CliRunner()


@pytest.fixture
def signed(tmp_path, monkeypatch):
    monkeypatch.setenv("XAIKIT_KEY_PASSWORD", "")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    callbacks_result().to_html(tmp_path / "report.html")
    callbacks_result().to_json(tmp_path / "result.json")
    assert run("keygen", "--out", tmp_path / "a.key").exit_code == 0
    told = run("sign", tmp_path / "report.html", tmp_path / "result.json", "--key", tmp_path / "a.key")
    assert told.exit_code == 0, told.output
    return tmp_path


def run(*arguments, **more):
    return RUN.invoke(app, list(map(str, arguments)), **more)


def verify(folder, name="report.html", key=None):
    return run("verify", folder / name, "--public-key", key or folder / "a.pub")


def test_the_secret_key_is_its_owners_alone_and_is_never_replaced_unasked(signed):
    assert stat.S_IMODE((signed / "a.key").stat().st_mode) == 0o600
    before = (signed / "a.key").read_bytes()
    told = run("keygen", "--out", signed / "a.key")
    assert told.exit_code == 2
    assert "--force" in told.output
    assert (signed / "a.key").read_bytes() == before
    assert run("keygen", "--out", signed / "a.key", "--force").exit_code == 0
    assert (signed / "a.key").read_bytes() != before


@pytest.mark.parametrize("name", ["report.html", "result.json"])
def test_a_signed_report_verifies_with_its_date(signed, name):
    told = verify(signed, name)
    assert told.exit_code == 0, told.output
    assert "✔ signature of key" in told.output
    assert "made 2026-09-21T14:13:20+00:00" in told.output
    assert f"✔ {name} is what it says" in told.output
    line = (signed / "a.pub").read_text().split("\n")[1]
    assert verify(signed, name, line).exit_code == 0


def test_a_report_made_anew_with_other_numbers_is_sound_and_not_signed(signed):
    # whole and consistent in itself: only the signature can tell
    other = callbacks_result(title="Another audit")
    other.to_html(signed / "report.html")
    assert run("verify", signed / "report.html").exit_code == 0
    told = verify(signed)
    assert told.exit_code == 3
    assert "✘ signature" in told.output
    assert "do not rely on it" in told.output


def test_the_key_of_somebody_else_is_refused(signed):
    run("keygen", "--out", signed / "b.key")
    told = verify(signed, key=signed / "b.pub")
    assert told.exit_code == 3
    assert "made with key" in told.output


def test_a_missing_signature_is_no_signature(signed):
    (signed / "report.html.minisig").unlink()
    told = verify(signed)
    assert told.exit_code == 3
    assert "there is no report.html.minisig" in told.output


def test_a_signature_that_nobody_checked_is_mentioned(signed):
    told = run("verify", signed / "report.html")
    assert told.exit_code == 0
    assert "? report.html.minisig was not checked" in told.output


def test_a_password_is_asked_for_and_a_wrong_one_is_refused(signed, monkeypatch):
    monkeypatch.delenv("XAIKIT_KEY_PASSWORD")
    assert run("keygen", "--out", signed / "p.key", input="secret\nsecret\n").exit_code == 0
    told = run("sign", signed / "report.html", "--key", signed / "p.key", input="sekret\n")
    assert told.exit_code == 1
    assert "another password" in told.output
    told = run("sign", signed / "report.html", "--key", signed / "p.key", "--comment", "J. Kim", input="secret\n")
    assert told.exit_code == 0
    assert "J. Kim" in verify(signed, key=signed / "p.pub").output


def test_what_cannot_be_signed_or_read_is_said_in_one_line(signed):
    told = run("sign", signed / "nothing.html", "--key", signed / "a.key")
    assert told.exit_code == 1
    assert "No such file" in told.output
    told = run("sign", signed / "report.html", "--key", signed / "a.pub")
    assert "got a public key; expected a minisign secret key" in told.output
    told = run("sign", signed / "report.html", "--key", signed / "a.key", "--comment", "two\nlines")
    assert told.exit_code == 2
    told = verify(signed, key="nobody.pub")
    assert told.exit_code == 1
    assert "a file, or a key of 56 letters" in told.output
    told = verify(signed, key=signed / "a.key")
    assert "got a secret key" in told.output


@pytest.mark.skipif(shutil.which("minisign") is None, reason="needs the program minisign (apt-get install minisign)")
def test_minisign_verifies_what_we_signed(signed):
    told = subprocess.run(
        ["minisign", "-V", "-p", signed / "a.pub", "-m", signed / "report.html"], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    assert "time:2026-09-21T14:13:20+00:00" in told.stdout
