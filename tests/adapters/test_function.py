"""Any callable is a model."""

import numpy as np
import pandas as pd
import pytest
import torch

from xaikit.adapters.function import FunctionModel, load, recognises
from xaikit.core.errors import ModelError, SpecError
from xaikit.core.model import Model

ROWS = np.arange(12.0).reshape(6, 2)


@pytest.mark.parametrize(
    "function",
    [
        lambda rows: rows.sum(axis=1),
        lambda rows: rows.sum(axis=1).tolist(),
        lambda rows: torch.as_tensor(rows).sum(1, keepdim=True),
        lambda rows: pd.Series(rows.sum(axis=1)),
        lambda rows: pd.DataFrame({"p": rows.sum(axis=1)}),
    ],
    ids=["array", "list", "tensor", "series", "frame"],
)
def test_any_return_type(function):
    model = FunctionModel(function)
    assert isinstance(model, Model)
    assert model.predict(ROWS).tolist() == [[1.0], [5.0], [9.0], [13.0], [17.0], [21.0]]


def test_lists_of_texts_are_passed_as_they_are():
    seen = []
    FunctionModel(lambda texts: seen.append(texts) or [len(t) for t in texts]).predict(["a", "bb"])
    assert seen == [["a", "bb"]]


def test_the_rows_asked_at_once_are_bounded():
    seen = []
    FunctionModel(lambda rows: seen.append(len(rows)) or rows[:, 0], batch_size=4).predict(ROWS)
    assert seen == [4, 2]


def test_names():
    def screening(rows):
        return rows[:, 0]

    card = FunctionModel(screening, outputs=["hire"]).card
    assert (card.name, card.adapter, card.output_names, card.sha256) == ("screening", "function", ("hire",), None)


def test_errors_name_the_callable_and_the_row():
    def picky(rows):
        if (rows[:, 0] > 7).any():
            raise KeyError("large")
        return rows[:, 0]

    with pytest.raises(ModelError, match="model 'picky', row 5: got KeyError"):
        FunctionModel(picky).predict(ROWS)
    with pytest.raises(ModelError, match="a int; expected a callable"):
        FunctionModel(3)


def test_a_callable_is_found_by_name(tmp_path):
    (tmp_path / "score.py").write_text("def score(rows):\n    return rows[:, 1]\n")
    model = load(function="score.py:score", path=tmp_path, outputs=["p"])
    assert model.predict(ROWS)[:, 0].tolist() == ROWS[:, 1].tolist()
    assert model.card.detail["function"] == "score.py:score"
    with pytest.raises(SpecError, match="Did you mean 'score'"):
        load(function="score.py:scores", path=tmp_path)
    assert not recognises(tmp_path / "score.py")
