import json

import numpy as np
import pandas as pd
import skops.io
from sklearn.linear_model import LogisticRegression
from typer.testing import CliRunner

from xaikit.cli import app

RUN = CliRunner()


def prepared(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"who": [f"n{i}" for i in range(300)], "sex": rng.choice(["f", "m"], 300)})
    frame["skill"], frame["age"] = rng.normal(size=300), rng.normal(size=300)
    frame["ok"] = (frame.skill > 0.4).astype(int)
    frame.to_csv(tmp_path / "d.csv", index=False)
    model = LogisticRegression().fit(frame[["skill", "age"]], frame.ok)
    skops.io.dump(model, tmp_path / "m.skops")
    (tmp_path / "audit.yaml").write_text(
        "data: {path: d.csv, id: who}\nroles: {label: ok, sensitive: [sex]}\n"
        "model: {path: m.skops, features: [skill, age]}\n"
        "checks: {default: {}, recourse: {immutable: [age]}}\n"
    )
    return frame.who[model.predict_proba(frame[["skill", "age"]])[:, 1] < 0.5].iloc[0]


def test_explain_row_writes_a_page_under_the_constraints_declared_for_recourse(tmp_path):
    who = prepared(tmp_path)
    arguments = ["explain-row", str(tmp_path / "audit.yaml"), "--id", who, "--out", str(tmp_path / "out"), "-q"]
    done = RUN.invoke(app, arguments)
    assert done.exit_code == 0, done.output
    twin = json.loads((tmp_path / "out" / f"applicant-{who}.json").read_text("utf-8"))
    ways = [e for e in twin["evidence"] if e["measure"] == "applicant_recourse"]
    assert ways
    assert all("age" not in e["detail"] for e in ways)
    assert who in (tmp_path / "out" / f"applicant-{who}.html").read_text("utf-8")


def test_the_letter_alone_is_written_in_the_language_that_is_asked_for(tmp_path):
    who = prepared(tmp_path)
    letter = tmp_path / "letters" / "letter.html"
    arguments = ["explain-row", str(tmp_path / "audit.yaml"), "--out", str(tmp_path), "--letter", str(letter)]
    done = RUN.invoke(app, [*arguments, "--id", who, "--language", "ko"])
    assert done.exit_code == 0, done.output
    assert f"{who}: 점수는" in done.output
    assert "유리한 결정이 아닙니다" in done.output
    page = letter.read_text("utf-8")
    assert '<html lang="ko">' in page
    assert "주요 사유" in page
    done = RUN.invoke(app, [*arguments, "--id", who, "--id", "n1", "-q"])
    assert done.exit_code == 0, done.output
    assert {p.name for p in letter.parent.iterdir()} == {"letter.html", f"letter-{who}.html", "letter-n1.html"}
    done = RUN.invoke(app, ["export", str(tmp_path / f"applicant-{who}.json"), "--out", str(tmp_path / "all")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "all" / f"letter-01-{who}.html").read_text("utf-8") == page


def test_without_a_model_there_is_nothing_to_explain(tmp_path):
    prepared(tmp_path)
    (tmp_path / "alone.yaml").write_text("data: {path: d.csv, id: who}\nroles: {decision: ok, sensitive: [sex]}\n")
    done = RUN.invoke(app, ["explain-row", str(tmp_path / "alone.yaml"), "--id", "n1"])
    assert done.exit_code == 2
    assert "an audit.yaml without a model" in done.output
    done = RUN.invoke(app, ["explain-row", str(tmp_path / "audit.yaml"), "--id", "n1", "--language", "kr"])
    assert done.exit_code == 2
    assert "Did you mean" in done.output or "one of 'en', 'ko'" in done.output


def test_an_id_that_is_not_there_ends_in_one_line(tmp_path):
    prepared(tmp_path)
    done = RUN.invoke(app, ["explain-row", str(tmp_path / "audit.yaml"), "--id", "n9999"])
    assert done.exit_code == 1
    assert "which no audited row is called" in done.output
    assert not list(tmp_path.glob("applicant*"))
