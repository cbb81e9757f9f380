"""The console speaks the language of the audit: verdict, findings, defaults, and what was left out."""

import re

import pandas as pd
from typer.testing import CliRunner

from xaikit.cli import app

RUN = CliRunner()
KEYS = r"\bdata\.\w+|roles\.\w+|\bchecks\b|profiles|seed"
OWN = re.compile(rf"UG-[\w-]+|{KEYS}|[\w./-]+\.(?:html|json|parquet)|xaikit compare|\b[fmp]\b|\bCFR\b")
"""What stays as it is in every language: ids of criteria, keys of audit.yaml, files, groups, citations."""


def audit(tmp_path, language):
    frame = pd.DataFrame({"sex": ["f", "m"] * 200, "hired": [0, 1, 1, 1] * 100})
    frame.to_csv(tmp_path / "d.csv", index=False)
    (tmp_path / "audit.yaml").write_text(
        "title: '2026'\ndata: {path: d.csv}\nroles: {decision: hired, sensitive: [sex]}\nprofiles: [us_ugesp]\n"
        f"checks: [selection_rate, representation]\nreport: {{language: {language}}}\n",
        "utf-8",
    )
    done = RUN.invoke(app, ["audit", str(tmp_path / "audit.yaml"), "--keep-rows"])
    assert done.exit_code == 3, done.output
    return done.output


def test_an_english_audit_is_told_in_english(tmp_path):
    told = audit(tmp_path, "en")
    assert "✘ FAIL" in told
    assert "0.500" in told
    assert "Defaults that were taken" in told
    assert "personal data, for you alone" in told
    assert not re.search("[가-힣]", told)


def test_a_korean_audit_is_told_in_korean_with_the_same_numbers(tmp_path):
    told = audit(tmp_path, "ko")
    for line in told.splitlines():
        words = re.findall(r"[A-Za-z]{4,}", OWN.sub("", line.replace(str(tmp_path), "")))
        assert len(words) <= 2, line  # names of checks, and no sentence
    assert "✘ " in told
    assert "0.500" in told
    assert "개인정보" in told
    assert "…" not in told  # nothing is cut off


def test_quiet_is_quiet(tmp_path):
    audit(tmp_path, "ko")
    assert RUN.invoke(app, ["audit", str(tmp_path / "audit.yaml"), "-q"]).output == ""
