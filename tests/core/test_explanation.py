import numpy as np
import pytest

from xaikit.core.errors import DataError
from xaikit.core.explanation import Explanation


def make(**changes):
    values = np.arange(12.0).reshape(3, 2, 2)
    given = {
        "values": values,
        "base": np.ones((3, 2)),
        "prediction": values.sum(1) + 1,
        "feature_names": ("a", "b"),
        "output_names": ("no", "yes"),
        "engine": "shapley",
    }
    return Explanation(**{**given, **changes})


def test_the_residual_is_what_the_values_leave_unsaid():
    assert (make().residual == 0).all()
    off = make(prediction=make().prediction + 0.5)
    assert np.allclose(off.residual, 0.5)


def test_rows_can_be_taken_by_slice_list_and_mask():
    e = make(stderr=np.ones((3, 2, 2)), converged=np.ones((3, 2), dtype=bool), rows=("x", "y", "z"))
    assert e[1:].rows == ("y", "z")
    assert e[[2, 0]].values[0].tolist() == e.values[2].tolist()
    assert len(e[np.array([True, False, True])]) == 2
    assert e[0].stderr.shape == (1, 2, 2)


def test_what_is_about_all_rows_is_not_cut_by_rows():
    # three rows, three outputs: the length of an array does not tell which of them its first axis is
    detail = {"stderr_base": np.arange(3.0), "coalitions": np.arange(3)}
    values = np.zeros((3, 2, 3))
    e = make(values=values, base=values[:, 0], prediction=values[:, 0], output_names=tuple("abc"), detail=detail)
    assert e[1:].detail["stderr_base"].tolist() == [0, 1, 2]
    assert e[1:].detail["coalitions"].tolist() == [1, 2]


def test_it_is_one_line_in_a_console():
    e = make(converged=np.array([[True, True], [True, False], [True, True]]))
    assert repr(e) == "<Explanation by shapley: 3 × 2 × 2 (rows, features, outputs), converged 2 of 3>"
    assert "converged" not in repr(make())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"base": np.ones(3)}, r"Explanation.base: got shape \(3,\)"),
        ({"base": None}, "Explanation.base: got none"),
        ({"prediction": None}, "Explanation.prediction: got none"),
        ({"stderr": np.ones((3, 2))}, "Explanation.stderr"),
        ({"stderr": np.ones((3, 2, 2)), "degrees": np.ones(3)}, "Explanation.degrees"),
        ({"feature_names": ("a",)}, "1 names"),
        ({"output_names": ("yes",)}, "Explanation.output_names: got 1 names; expected 2"),
        ({"rows": ("x", "y")}, "Explanation.rows: got 2 names; expected 3"),
        ({"converged": np.ones((2, 2), dtype=bool)}, "Explanation.converged"),
        ({"values": np.ones(())}, r"Explanation.values: got shape \(\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        make(**changes)


def test_the_margin_knows_on_how_many_draws_the_error_rests(tmp_path):
    assert make().margin() is None
    error = np.full((3, 2, 2), 2.0)
    assert make(stderr=error).margin() == pytest.approx(2 * 1.959964)
    few = make(stderr=error, degrees=np.full((3, 2, 2), 4.0))
    assert few.margin() == pytest.approx(2 * 2.776445)  # the tables of Student's t
    assert few.margin(0.9) == pytest.approx(2 * 2.131847)
    assert few[1].margin().shape == (1, 2, 2)
    few.save(tmp_path / "few.npz")
    assert Explanation.load(tmp_path / "few.npz").margin() == pytest.approx(few.margin())
    shown = few.to_frame()
    assert (shown["high"] - shown["low"]).to_numpy() == pytest.approx(4 * 2.776445)
    assert few.to_shap().upper_bounds - few.values == pytest.approx(few.margin())
