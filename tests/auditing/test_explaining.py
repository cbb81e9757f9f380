"""`xk.explain`: shapes, containers, targets, and what it says when something does not fit."""

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import torch
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import xaikit as xk
from xaikit.compute.digests import digest

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 4))
B = RNG.normal(size=(9, 4))
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)


def two(z):
    z = np.asarray(z)
    return np.column_stack([z[:, 0] * z[:, 1], z.sum(axis=1)])


def test_shapes_and_names_are_those_of_the_interface():
    found = xk.explain(two, X, background=B)
    assert found.values.shape == found.stderr.shape == (12, 4, 2)
    assert found.base.shape == found.prediction.shape == found.converged.shape == (12, 2)
    assert found.feature_names == ("x0", "x1", "x2", "x3")
    assert len(found.output_names) == 2
    np.testing.assert_allclose(found.prediction, two(X))
    np.testing.assert_allclose(found.base, two(B).mean(axis=0)[None].repeat(12, 0))
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)
    assert found.background["digest"] == digest(B)
    assert found.background["rows"] == 9
    assert found.engine == "shapley"
    assert isinstance(xk.explain(two, X[:1], background=B[0]).values, np.ndarray)


@pytest.mark.parametrize(
    "wrap",
    [pa.table, pd.DataFrame, lambda d: nw.from_native(pd.DataFrame(d)).to_arrow()],
    ids=["arrow", "pandas", "nw"],
)
def test_tables_bring_their_names(wrap):
    columns = {n: X[:, i] for i, n in enumerate(["age", "pay", "hours", "rank"])}
    found = xk.explain(two, wrap(columns), background=B)
    assert found.feature_names == ("age", "pay", "hours", "rank")
    np.testing.assert_allclose(found.values, xk.explain(two, X, background=B).values, atol=1e-12)


def test_polars_tables_bring_their_names():
    pl = pytest.importorskip("polars")
    table = pl.DataFrame({n: X[:, i] for i, n in enumerate("abcd")})
    assert xk.explain(two, table, background=table).feature_names == ("a", "b", "c", "d")


def test_background_columns_are_put_in_the_order_of_the_rows():
    x, b = pd.DataFrame(X, columns=list("abcd")), pd.DataFrame(B, columns=list("abcd"))
    one = xk.explain(lambda t: two(t[list("abcd")]), x, background=b[list("dcba")])
    np.testing.assert_allclose(one.values, xk.explain(two, X, background=B).values, atol=1e-12)


def test_one_row_of_a_table_is_a_row_beside_the_table():
    table = pd.DataFrame(X, columns=list("abcd")).astype({"d": str})

    def product(t):
        return t.a * t.d.astype(float)

    found, row = (xk.explain(product, x, background=table) for x in (table.iloc[3], table[3:4]))
    np.testing.assert_array_equal(found.values, row.values)
    behind = xk.explain(lambda t: t.a + t.b, table, background=table.iloc[3])
    np.testing.assert_allclose(behind.values[:, 0, 0], X[:, 0] - X[3, 0])


def test_a_record_batch_is_a_table():
    batch = pa.RecordBatch.from_arrays([pa.array(c) for c in X.T], names=list("abcd"))
    assert xk.explain(two, batch, background=B).feature_names == tuple("abcd")


@pytest.mark.parametrize(
    "estimator",
    [LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression()), RandomForestClassifier(20)],
)
def test_fitted_estimators_are_explained_by_their_probabilities(estimator):
    estimator.fit(X, Y)
    found = xk.explain(estimator, X[:3], background=B)
    np.testing.assert_allclose(found.prediction, estimator.predict_proba(X[:3]), atol=1e-12)
    np.testing.assert_allclose(found.values.sum(axis=2), 0, atol=1e-9)


def test_estimator_fitted_on_a_table_is_asked_with_tables(recwarn):
    frame = pd.DataFrame(X, columns=list("abcd"))
    found = xk.explain(LogisticRegression().fit(frame, Y), frame.iloc[:3], background=frame)
    assert found.feature_names == tuple("abcd")
    assert not [w for w in recwarn if "feature names" in str(w.message)]


def test_module_is_explained_in_evaluation_mode_where_it_is():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 3)).train()
    one, again = (xk.explain(net, X, background=B) for _ in range(2))
    assert np.array_equal(one.values, again.values)
    assert net.training


def test_targets_by_index_name_function_and_prediction():
    whole = xk.explain(two, X, background=B)
    np.testing.assert_allclose(xk.explain(two, X, background=B, target=1).values, whole.values[..., 1:], atol=1e-12)
    np.testing.assert_allclose(xk.explain(two, X, background=B, target=-1).values, whole.values[..., 1:], atol=1e-12)
    named = xk.explain(two, X, background=B, target=whole.output_names[0])
    np.testing.assert_allclose(named.values, whole.values[..., :1], atol=1e-12)
    gap = xk.explain(two, X, background=B, target=lambda y: y[:, 0] - y[:, 1])
    np.testing.assert_allclose(gap.values[..., 0], whole.values[..., 0] - whole.values[..., 1], atol=1e-12)


def test_predicted_explains_each_row_by_its_own_class():
    whole = xk.explain(two, X, background=B)
    found = xk.explain(two, X, background=B, target="predicted")
    chosen = two(X).argmax(axis=1)
    assert len(set(chosen)) == 2
    assert found.values.shape == (12, 4, 1)
    np.testing.assert_allclose(found.values[..., 0], whole.values[np.arange(12), :, chosen], atol=1e-12)
    np.testing.assert_allclose(found.base[:, 0], whole.base[np.arange(12), chosen], atol=1e-12)
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)
    assert list(found.detail["predicted"]) == [whole.output_names[c] for c in chosen]


def test_background_is_a_seeded_sample_when_none_is_given():
    big = np.random.default_rng(1).normal(size=(300, 4))
    found = xk.explain(two, big[:5].repeat(60, 0), seed=3)
    assert found.background["rows"] == 100
    assert any("100 of the 300 explained rows" in n for n in found.notes)
    again = xk.explain(two, big[:5].repeat(60, 0), seed=3)
    assert found.background["digest"] == again.background["digest"]


def test_progress_is_told_and_written(capsys):
    told = []
    xk.explain(two, X, background=B, progress=lambda *a: told.append(a))
    assert told[-1] == ("shapley", 12, 12)
    xk.explain(two, X, background=B, progress=True)
    assert "shapley: 12 of 12" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("x", "kwargs", "error", "says"),
    [
        (X[:0], {}, xk.DataError, "X: got no rows"),
        ([], {}, xk.DataError, "X: got no rows"),
        (X[0], {}, xk.DataError, r"Use X.reshape\(1, -1\)"),
        (X[:1], {}, xk.DataError, "background: got none, and one row in X"),
        (X[:, :0], {}, xk.DataError, "X: got .*no columns"),
        (pl.LazyFrame(X), {}, xk.DataError, r"Use .collect\(\)"),
        (np.ma.masked_greater(X, 0), {}, xk.DataError, "X: got NaN or Inf"),
        (X, {"background": 0}, xk.DataError, "background: got int"),
        (X, {"background": B, "groups": [["x0", "x1"]]}, xk.SpecError, "groups: got a list"),
        (X, {"background": B, "groups": {"g": []}}, xk.SpecError, "groups.g: got no columns"),
        (np.where(X > 2, np.nan, X) * np.where(np.arange(4) == 2, np.nan, 1), {}, xk.DataError, "X: got NaN or Inf"),
        (X, {"background": B[:, :3]}, xk.DataError, r"rows of shape \(3,\); expected rows of shape \(4,\)"),
        (X, {"background": B[:0]}, xk.DataError, "background: got no rows"),
        (
            X,
            {"background": B * np.inf},
            xk.DataError,
            "NaN or Inf in 9 rows, the first of them row 1;",
        ),
        (X, {"background": B, "engine": "shaply"}, xk.SpecError, "Did you mean 'shapley'"),
        (X, {"background": B, "tolerence": 0.1}, xk.SpecError, "Did you mean 'tolerance'"),
        (X, {"background": B, "tolerance": "much"}, xk.SpecError, "explain.shapley.tolerance: got 'much'"),
        (X, {"background": B, "budget": 1}, xk.SpecError, "explain.shapley.budget"),
        (X, {"background": B, "target": 2}, xk.SpecError, "an index below 2"),
        (X, {"background": B, "target": "outpt 0"}, xk.SpecError, "target"),
        (X, {"background": B, "feature_names": ["a", "b"]}, xk.SpecError, "2 names; expected 4"),
        (X, {"background": B, "feature_names": list("abca")}, xk.DataError, "column 'a' twice"),
        (X, {"background": B, "groups": {"g": ["x1", "x9"]}}, xk.SpecError, "unknown column 'x9'"),
        (X, {"background": B, "seed": -1}, xk.SpecError, "seed: got -1"),
        (X.reshape(3, 4, 4), {"background": X.reshape(3, 4, 4)}, xk.DataError, "no flat table"),
    ],
)
def test_what_does_not_fit_is_said(x, kwargs, error, says):
    with pytest.raises(error, match=says):
        xk.explain(two, x, **kwargs)


def test_missing_values_and_columns_of_tables_are_named():
    frame = pd.DataFrame(X, columns=["age", "pay", "hours", "rank"])
    holes = frame.astype(object).copy()
    holes.loc[3, "pay"] = None
    with pytest.raises(xk.DataError, match=r"missing or infinite values in 1 rows, columns 'pay'"):
        xk.explain(two, holes, background=frame)
    with pytest.raises(xk.DataError, match=r"without 'hours'.*Did you mean 'hour'"):
        xk.explain(two, frame, background=frame.rename(columns={"hours": "hour"}))


def test_model_that_answers_wrongly_is_an_error_of_the_model():
    with pytest.raises(xk.ModelError):
        xk.explain(lambda z: np.full(len(z), np.nan), X, background=B)
    with pytest.raises(xk.ModelError):
        xk.explain(lambda z: 0.5, X, background=B)


@pytest.mark.parametrize(
    "wrap",
    [
        *(np.array, pd.Series, pl.Series, tuple, lambda t: np.array(t, dtype=object)),
        *(lambda t: pd.DataFrame({"letter": t}), lambda t: pa.table({"letter": t}), lambda t: pl.DataFrame({"a": t})),
    ],
)
def test_texts_come_in_any_container(wrap):
    texts = ["not good", "a great film"]
    found = xk.explain(lambda ts: np.array([t.count("great") for t in ts]), wrap(texts), engine="words")
    assert found.values[1, 1, 0] == pytest.approx(1)


@pytest.mark.parametrize("of", [np.array, torch.tensor])
def test_fractions_of_the_background_are_not_cut_off_beside_integers(of):
    whole, behind = torch.tensor([[1, 2], [3, 4]]), of([[0.5, 0.25]])
    with pytest.raises(xk.DataError, match=r"beside X of torch.int64; expected one type for both. Use X.float\(\)"):
        xk.explain(two, whole, background=behind)
    found = xk.explain(lambda z: z[:, 0] * 10 + z[:, 1], whole.double(), background=behind)
    np.testing.assert_allclose(found.values[..., 0], [[5, 1.75], [25, 3.75]])


def test_what_is_no_table_is_pointed_to_its_engines():
    with pytest.raises(xk.DataError, match="for texts, words"):
        xk.explain(len, ["a text", "another"])
    with pytest.raises(xk.DataError, match=r"Use X\[None\]"):
        xk.explain(two, X.reshape(3, 4, 4)[0], background=X.reshape(3, 4, 4), engine="integrated_gradients")


def test_one_text_needs_no_background():
    """Words are left out, not drawn: an engine that reads no background asks for none and notes none."""

    def sales(texts):
        return np.array([float("sales" in t) for t in texts])

    found = xk.explain(sales, ["a team in sales"], engine="words")
    assert found.values[0, :, 0].argmax() == 3
    assert not any("background" in note for note in found.notes)
    assert "digest" not in found.background


@pytest.mark.parametrize("arrow", [pa.bool_(), pa.string(), pa.timestamp("ns"), pa.int64()], ids=str)
def test_columns_of_arrow_types_are_whole_unless_a_value_is_missing(arrow):
    written = {pa.bool_(): [True, False], pa.string(): ["x", "y"], pa.int64(): [1, 2]}
    held = (written.get(arrow) or list(pd.date_range("2026", periods=2))) * 6
    table = pd.DataFrame({"a": X[:, 0], "held": pd.array(held, dtype=pd.ArrowDtype(arrow))})
    found = xk.explain(lambda t: np.asarray(t["a"]) * 2, table[:3], background=table[3:])
    np.testing.assert_allclose(found.values[:, 0, 0], 2 * (X[:3, 0] - X[3:, 0].mean()))
    gap = table.assign(held=table["held"].mask(table.index == 1))
    with pytest.raises(xk.DataError, match="missing or infinite values in 1 rows, columns 'held'"):
        xk.explain(LogisticRegression().fit(X[:, :2], Y), gap[:3], background=table[3:])


@pytest.mark.parametrize("kind", ["float64", "Float64", "float[pyarrow]", "object", "category"])
def test_an_infinite_number_is_refused_in_any_type_of_column(kind):
    table = pd.DataFrame({"a": [1.0, 2.0, np.inf, 3.0]}).astype(kind)
    with pytest.raises(xk.DataError, match="missing or infinite values in 1 rows, columns 'a'"):
        xk.explain(lambda t: np.asarray(t["a"], dtype=float), table)


@pytest.mark.parametrize("engine", ["integrated_gradients", "smoothgrad", "gradient_shap", "deep_lift"])
def test_a_caller_in_inference_mode_gets_the_same_gradients(engine):
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.GELU(), torch.nn.Linear(8, 2)).double()
    usual = xk.explain(net, X[:3], background=B, engine=engine)
    with torch.inference_mode():
        rows, behind = torch.tensor(X[:3]), torch.tensor(B)
        found = xk.explain(net, rows, background=behind, engine=engine)
    np.testing.assert_array_equal(found.values, usual.values)


@pytest.mark.parametrize(
    ("sparse", "hint"),
    [(scipy.sparse.csr_matrix(X), r"Use .toarray\(\)"), (torch.tensor(X).to_sparse(), r"Use .to_dense\(\)")],
    ids=["scipy", "torch"],
)
def test_sparse_matrices_are_refused_with_the_way_out(sparse, hint):
    with pytest.raises(xk.DataError, match=f"a sparse matrix.*{hint}"):
        xk.explain(two, sparse, background=B)
