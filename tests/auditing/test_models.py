"""load_model and as_model: found by content, wrapped by kind, nothing heavy before it is needed."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import skops.io
import torch
from sklearn.linear_model import LogisticRegression

import xaikit
from xaikit.auditing.models import as_model, load_model, recognised, takes_frames
from xaikit.core.errors import ModelError, SpecError, TrustError
from xaikit.core.model import Model

X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
FITTED = LogisticRegression().fit(X, ["no", "no", "yes", "yes"])


@pytest.fixture
def files(tmp_path):
    torch.save(torch.nn.Linear(2, 1), tmp_path / "torch.skops")  # every name lies
    skops.io.dump(FITTED, tmp_path / "estimator.pt2")
    (tmp_path / "pickle.onnx").write_bytes(pickle.dumps(FITTED))
    (tmp_path / "table.pkl").write_text("age,sex\n1,F\n")
    return tmp_path


def test_the_adapter_is_found_by_content(files):
    assert recognised(files / "torch.skops") == "torch_module"
    assert recognised(files / "estimator.pt2") == "sklearn"
    assert recognised(files / "pickle.onnx") == "sklearn"
    model = xaikit.load_model(files / "estimator.pt2")
    assert np.array_equal(model.predict(X), FITTED.predict_proba(X))


def test_content_decides_nothing_about_trust(files):
    for name in ("torch.skops", "pickle.onnx"):
        with pytest.raises(TrustError):
            load_model(files / name)
        assert isinstance(load_model(files / name, trust=True), Model)
    assert isinstance(load_model(files / "estimator.pt2", trust=True), Model)  # needs none, takes it


def test_what_nobody_recognises_says_what_it_looks_like(files):
    with pytest.raises(ModelError, match="got text; expected a model that one of the adapters recognises"):
        load_model(files / "table.pkl")
    with pytest.raises(ModelError, match="a folder"):
        load_model(files)


def test_a_named_adapter_refuses_what_is_not_its_own(files):
    with pytest.raises(ModelError, match="a skops file"):
        load_model(files / "estimator.pt2", adapter="torch_module")


def test_misspelt_adapters_parameters_and_paths(files):
    with pytest.raises(SpecError, match="Did you mean 'sklearn'"):
        load_model(files / "estimator.pt2", adapter="sklaern")
    with pytest.raises(SpecError, match="Did you mean 'activation'"):
        load_model(files / "torch.skops", trust=True, activaton="sigmoid")
    with pytest.raises(SpecError, match="no such file"):
        load_model(files / "none.pt2")
    with pytest.raises(SpecError, match="no path and no adapter"):
        load_model()


def test_adapters_without_a_file():
    assert load_model(adapter="scores", name="a vendor").card.name == "a vendor"
    assert load_model(adapter="function", function="json:dumps").card.name == "dumps"


def test_live_objects():
    net = torch.nn.Linear(2, 1)
    assert as_model(net).card.adapter == "torch_module"
    assert as_model(FITTED).card.adapter == "sklearn"
    assert as_model(FITTED.predict_proba).predict(X).shape == (4, 2)
    assert as_model(lambda rows: rows[:, 0]).card.adapter == "function"
    model = as_model(net)
    assert as_model(model) is model
    assert not takes_frames(model)


def test_duck_typed_estimators_need_no_scikit_learn():
    class Ours:
        def predict_proba(self, rows):
            return np.column_stack([1 - rows[:, 0], rows[:, 0]])

    assert as_model(Ours()).predict(X)[:, 1].tolist() == X[:, 0].tolist()


@pytest.mark.parametrize(
    ("thing", "says"),
    [
        ("model.pt2", "load_model"),
        (LogisticRegression, "the class LogisticRegression"),
        (3, "builtins.int"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_model(thing, says):
    with pytest.raises(ModelError, match=says):
        as_model(thing)


def test_a_callable_needs_neither_torch_nor_sklearn():
    code = (
        "import sys; from xaikit.auditing.models import as_model\n"
        "as_model(lambda rows: [1.0 for r in rows]).predict([1, 2])\n"
        "sys.exit(bool({'torch', 'sklearn', 'shap', 'captum'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
