import joblib
import numpy as np
import pandas as pd
import pytest
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
