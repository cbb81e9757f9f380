"""Files of boosted trees: known by their content, opened by their library, refused where they are cut."""

import importlib.util

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.compute.artefacts import Artefact, kind_of
from xaikit.compute.boosters import OPENERS, names_of, opened
from xaikit.core.errors import MissingExtraError

RNG = np.random.default_rng(2)
FRAME = pd.DataFrame(RNG.normal(size=(80, 4)), columns=["age", "hours", "tests", "years"])
LABELS = (FRAME.age + FRAME.hours * FRAME.tests > 0).astype(int)
OTHER_ORDER = FRAME[["years", "hours", "age", "tests"]]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"learner":{"attributes":{}}}', "xgboost"),
        (b"{L\0\0\0\0\0\0\0\x07learner{", "xgboost"),
        (b"tree\nversion=v4\nnum_class=1\n", "lightgbm"),
        (b"CBM1h/\0\0", "catboost"),
        (b'{"teacher": 1}', "json"),
        (b"tree\nroot\n", "text"),
    ],
)
def test_the_kind_is_told_by_the_content(content, kind):
    assert kind_of(content) == kind


@pytest.mark.parametrize("library", OPENERS)
def test_a_missing_library_is_named(library, tmp_path):
    if importlib.util.find_spec(library):
        pytest.skip(f"{library} is installed")
    with pytest.raises(MissingExtraError, match=rf"no {library}.*pip install {library}"):
        opened(Artefact(tmp_path / "model", b"", library))


def test_names_that_a_library_made_up_are_none():
    class Fitted:
        def __init__(self, names):
            self.feature_names_in_ = names

    assert names_of(Fitted(["Column_0", "Column_1"])) == ()
    assert names_of(Fitted(["0", "1"])) == ()
    assert names_of(Fitted(["f1", "f0"])) == ("f1", "f0")
    assert names_of(Fitted(["age", "f1"])) == ("age", "f1")


def same(path, answers):
    """Open a file, ask for the rows in two orders of columns, and compare."""
    model = xk.load_model(path)
    for rows in (FRAME, OTHER_ORDER):
        np.testing.assert_allclose(model.predict(rows), np.reshape(answers, (80, -1)), rtol=1e-6)
    assert xk.explain(model, FRAME[:3], background=FRAME[5:12], engine="tree_shap").converged.all()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(xk.ModelError, match="that cannot be read"):
        xk.load_model(path)


def test_files_of_xgboost(tmp_path):
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3).fit(FRAME, LABELS)
    count = xgboost.XGBRegressor(n_estimators=5, objective="count:poisson").fit(FRAME, FRAME.age.abs().round())
    for suffix in ("json", "ubj"):
        model.save_model(tmp_path / f"model.{suffix}")
        same(tmp_path / f"model.{suffix}", model.predict_proba(FRAME))
        count.save_model(tmp_path / f"count.{suffix}")
        same(tmp_path / f"count.{suffix}", count.predict(FRAME))


def test_files_of_lightgbm(tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(FRAME, LABELS)
    model.booster_.save_model(tmp_path / "model.txt")
    same(tmp_path / "model.txt", model.predict_proba(FRAME)[:, 1])


def test_files_of_catboost_and_columns_by_name(tmp_path):
    catboost = pytest.importorskip("catboost")
    small = {"iterations": 5, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
    words = np.array(["no", "yes"])[LABELS]
    model = catboost.CatBoostClassifier(**small).fit(FRAME, words)
    model.save_model(str(tmp_path / "model.cbm"))
    same(tmp_path / "model.cbm", model.predict_proba(FRAME))
    number = catboost.CatBoostRegressor(**small).fit(FRAME, FRAME.age)
    found = xk.explain(number, OTHER_ORDER[:3], background=OTHER_ORDER[5:12], engine="tree_shap")
    np.testing.assert_allclose(found.prediction[:, 0], number.predict(FRAME[:3]), rtol=1e-9)
