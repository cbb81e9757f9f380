import json

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
import yaml
from sklearn.linear_model import LogisticRegression
from typer.testing import CliRunner

from xaikit.auditing.spec import from_yaml
from xaikit.cli import app

RUN = CliRunner()
RNG = np.random.default_rng(0)
N = 400


def table(tmp_path, **columns):
    skill = RNG.normal(size=N)
    frame = pd.DataFrame(
        {"id": range(N), "sex": RNG.choice(["f", "m"], N), "skill": skill, "age": RNG.normal(size=N)}
    )
    frame["hired"] = np.where(skill > 0, "yes", "no")
    frame.assign(**columns).to_csv(tmp_path / "decisions.csv", index=False)
    return frame


def init(tmp_path, *arguments):
    return RUN.invoke(
        app, ["init", str(tmp_path / "decisions.csv"), *arguments, "--out", str(tmp_path / "audit.yaml")]
    )


def test_what_it_writes_runs(tmp_path):
    table(tmp_path)
    done = init(tmp_path)
    assert done.exit_code == 0, done.output
    spec = from_yaml(tmp_path / "audit.yaml")
    assert (spec.roles.decision, spec.roles.favourable, spec.roles.sensitive) == ("hired", "yes", ["sex"])
    assert spec.data.id == "id"
    audited = RUN.invoke(app, ["audit", str(tmp_path / "audit.yaml"), "-q"])
    assert audited.exit_code in (0, 3, 4), audited.output
    assert (tmp_path / "report.html").exists()


def test_with_a_model_the_model_decides(tmp_path):
    import skops.io

    frame = table(tmp_path)
    model = LogisticRegression().fit(frame[["skill", "age"]], frame.hired)
    skops.io.dump(model, tmp_path / "model.skops")
    done = RUN.invoke(
        app,
        ["init", str(tmp_path / "decisions.csv"), str(tmp_path / "model.skops"), "--out", str(tmp_path / "a.yaml")],
    )
    assert done.exit_code == 0, done.output
    spec = from_yaml(tmp_path / "a.yaml")
    assert spec.roles.decision is None
    assert (spec.model.adapter, spec.model.features) == ("sklearn", ["skill", "age"])
    assert spec.explain[0].engine == "shapley"


def test_what_cannot_be_known_is_asked_or_given(tmp_path):
    table(tmp_path, hired=["A", "B"] * (N // 2))
    done = init(tmp_path)
    assert done.exit_code == 2
    assert "Which value is the favourable one? (A, B)" in done.output
    assert not (tmp_path / "audit.yaml").exists()
    assert init(tmp_path, "--favourable", "A").exit_code == 0
    assert from_yaml(tmp_path / "audit.yaml").roles.favourable == "A"


def test_a_file_that_is_there_is_not_replaced_and_a_misspelt_column_is_named(tmp_path):
    table(tmp_path)
    (tmp_path / "audit.yaml").write_text("title: mine")
    done = init(tmp_path)
    assert done.exit_code == 2
    assert "--force" in done.output
    assert (tmp_path / "audit.yaml").read_text() == "title: mine"
    assert init(tmp_path, "--force").exit_code == 0
    assert "Did you mean 'skill'" in init(tmp_path, "--force", "--sensitive", "skil").output


@pytest.mark.parametrize("hostile", ["a: b", "x # y", '"q', "[z]", "🙂", "yes"])
def test_names_that_mean_something_in_yaml_are_quoted(tmp_path, hostile):
    frame = table(tmp_path).rename(columns={"sex": hostile})
    frame.to_csv(tmp_path / "decisions.csv", index=False)
    assert init(tmp_path, "--sensitive", hostile).exit_code == 0
    assert from_yaml(tmp_path / "audit.yaml").roles.sensitive == [hostile]


def test_a_pickle_is_named_but_not_opened(tmp_path):
    table(tmp_path)
    joblib.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model.joblib")
    done = RUN.invoke(
        app,
        ["init", str(tmp_path / "decisions.csv"), str(tmp_path / "model.joblib"), "--out", str(tmp_path / "a.yaml")],
    )
    assert done.exit_code == 0, done.output
    assert "# trust: true" in (tmp_path / "a.yaml").read_text()


GERMAN = pd.DataFrame(
    {
        "Bewerber-Nr": range(N),
        "Geschlecht": RNG.choice(["weiblich", "männlich"], N),
        "Datum": pd.date_range("2026-01-01", periods=N).strftime("%d.%m.%Y"),
        "Gehalt": [f"{x:.2f}".replace(".", ",") for x in RNG.normal(3000, 500, N)],
        "eingestellt": RNG.choice(["ja", "nein"], N),
    }
)
KOREAN = pd.DataFrame(
    {
        "지원번호": range(N),
        "성별": RNG.choice(["여", "남"], N),
        "연령대": RNG.choice(["20대", "30대", ""], N),
        "지원일": pd.date_range("2026-01-01", periods=N),
        "면접점수": RNG.normal(70, 10, N),
        "합격여부": RNG.choice(["합격", "불합격"], N),
    }
)
LOANS = pd.DataFrame(
    {"gender": RNG.choice(["F", "M", None], N), "status": RNG.choice(["Approved", "Declined", None], N)}
)
WIDE = pd.DataFrame(RNG.normal(size=(N, 297)), columns=[f"x{i}" for i in range(297)]).assign(
    sex=RNG.choice(["f", "m"], N), selected=RNG.integers(0, 2, N), label=RNG.integers(0, 2, N)
)


@pytest.mark.parametrize(
    ("frame", "how", "decision", "sensitive"),
    [
        (GERMAN, {"sep": ";"}, "eingestellt", ["Geschlecht"]),
        (GERMAN, {"sep": "\t", "encoding": "utf-16"}, "eingestellt", ["Geschlecht"]),
        (GERMAN, {"sep": ";", "encoding": "cp1252"}, "eingestellt", ["Geschlecht"]),
        (KOREAN, {"encoding": "utf-8-sig"}, "합격여부", ["성별", "연령대"]),
        (KOREAN, {"encoding": "cp949"}, "합격여부", ["성별", "연령대"]),
        (KOREAN, None, "합격여부", ["성별", "연령대"]),
        (LOANS, {}, "status", ["gender"]),
        (WIDE, {}, "selected", ["sex"]),
    ],
    ids=["semicolons", "utf-16", "western", "bom", "cp949", "parquet", "gaps", "wide"],
)
def test_tables_as_they_are_found_begin_and_run(tmp_path, frame, how, decision, sensitive):
    data, spec = tmp_path / ("d.parquet" if how is None else "d.csv"), tmp_path / "audit.yaml"
    if how is None:
        frame.to_parquet(data)
    else:
        frame.to_csv(data, index=False, **how)
    begun = RUN.invoke(app, ["init", str(data), "--out", str(spec), "--yes"])
    assert begun.exit_code == 0, begun.output
    roles = yaml.safe_load(spec.read_text("utf-8"))["roles"]
    assert (roles["decision"], roles["sensitive"]) == (decision, sensitive)
    done = RUN.invoke(app, ["audit", str(spec), "--exit-zero"])
    assert done.exit_code == 0, done.output
    assert "Defaults that were taken" in done.output
    assert (tmp_path / "report.html").exists()


def test_ages_are_banded_in_the_audit(tmp_path):
    frame = LOANS.assign(age=RNG.integers(18, 70, N), gender="F").dropna()
    frame.to_csv(tmp_path / "d.csv", index=False)
    spec = tmp_path / "audit.yaml"
    assert RUN.invoke(app, ["init", str(tmp_path / "d.csv"), "--out", str(spec), "--yes"]).exit_code == 0
    assert yaml.safe_load(spec.read_text("utf-8"))["roles"]["bins"] == {"age": [40.0]}
    done = RUN.invoke(app, ["audit", str(spec), "--exit-zero"])
    assert done.exit_code == 0, done.output
    result = json.loads((tmp_path / "result.json").read_text("utf-8"))
    text = json.dumps(result, ensure_ascii=False)
    assert "<40" in text
    assert "≥40" in text


def test_a_risk_is_not_taken_for_a_score(tmp_path):
    frame = pd.DataFrame({"sex": ["f", "m"] * 20, "risk_score": np.linspace(0, 1, 40)})
    frame.to_csv(tmp_path / "d.csv", index=False)
    done = RUN.invoke(app, ["init", str(tmp_path / "d.csv"), "--out", str(tmp_path / "a.yaml"), "--yes"])
    assert done.exit_code == 2
    assert "--decision" in done.output


def test_a_model_that_names_its_features_is_asked_for_them(tmp_path):
    frame = table(tmp_path, day=pd.date_range("2026-01-01", periods=N), comment="words")
    model = LogisticRegression().fit(frame[["age", "skill"]], frame["hired"])
    skops.io.dump(model, tmp_path / "model.skops")
    done = init(tmp_path, str(tmp_path / "model.skops"), "--label", "hired", "--yes")
    assert done.exit_code == 0, done.output
    text = (tmp_path / "audit.yaml").read_text("utf-8")
    assert yaml.safe_load(text)["model"]["features"] == ["age", "skill"]
    assert "as the model names them" in text
    joblib.dump(model, tmp_path / "model.joblib")
    again = init(tmp_path, str(tmp_path / "model.joblib"), "--label", "hired", "--yes", "--force")
    assert again.exit_code == 0, again.output
    assert "check this" in (tmp_path / "audit.yaml").read_text("utf-8")  # a pickle is not opened to look
