"""Trees as shap reads them: sums of every library against brute force, and refusals of what shap misreads."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier

import xaikit as xk
from tests.oracles.shapley import brute_force, marginal_game

RNG = np.random.default_rng(1)
X = RNG.normal(size=(300, 5))
SIGN = (X[:, 0] + X[:, 1] * X[:, 2] + 0.2 * RNG.normal(size=300) > 0).astype(int)
THREE = np.digitize(X[:, 0] + X[:, 3], [-0.7, 0.7])
SMOOTH = X[:, 0] * X[:, 1] + X[:, 2]
GAPS = np.where(RNG.random(X.shape) < 0.15, np.nan, X)
ROWS, BEHIND = X[:3], RNG.normal(size=(7, 5))


def explained(model, rows=ROWS, behind=BEHIND):
    return xk.explain(model, rows, background=behind, engine="tree_shap")


def brute(sums, rows=ROWS, behind=BEHIND):
    return np.array([brute_force(marginal_game(sums, row, behind), rows.shape[1]) for row in rows])


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_trees_that_add_up_logarithms_are_explained_in_logarithms(loss):
    model = HistGradientBoostingRegressor(max_iter=8, loss=loss, random_state=0).fit(X, np.exp(SMOOTH))
    found = explained(model)
    np.testing.assert_allclose(found.values, brute(lambda z: np.log(model.predict(z))), atol=1e-5)
    np.testing.assert_allclose(found.prediction[:, 0], np.log(model.predict(ROWS)), rtol=1e-12)
    assert found.unit == "raw score"
    assert found.converged.all()


def test_only_log_odds_are_called_so():
    model = GradientBoostingClassifier(n_estimators=5, loss="exponential", random_state=0).fit(X, SIGN)
    assert explained(model).unit == "raw score"  # half of the log odds
    model = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, SIGN)
    assert explained(model).unit == "log odds"


def test_columns_of_a_table_are_found_by_name():
    frame = pd.DataFrame(X, columns=list("abcde"))
    other = frame[["e", "c", "a", "d", "b"]].assign(z=1.0)
    for model in (RandomForestRegressor(5, random_state=0), HistGradientBoostingClassifier(max_iter=5)):
        model.fit(frame, SMOOTH if "Regressor" in type(model).__name__ else SIGN)
        straight, found = explained(model, frame[:3], frame[10:20]), explained(model, other[:3], other[10:20])
        assert found.feature_names == ("e", "c", "a", "d", "b", "z")
        np.testing.assert_array_equal(found.values[:, [2, 4, 1, 3, 0]], straight.values)
        assert not found.values[:, 5].any()


def test_sets_of_categories_are_refused():
    coded = np.column_stack([X[:, :4], RNG.integers(0, 6, 300)])
    labels = (np.isin(coded[:, 4], [1, 3, 4]) ^ (X[:, 0] > 0)).astype(int)
    model = HistGradientBoostingClassifier(max_iter=5, categorical_features=[4]).fit(coded, labels)
    with pytest.raises(xk.ModelError, match=r"splits by sets of categories.*engine 'shapley'"):
        explained(model, coded[:3], coded[5:12])


def test_several_targets_are_refused_for_shap_divides_by_their_number():
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, np.column_stack([SIGN, THREE]))
    with pytest.raises(xk.ModelError, match="DecisionTreeClassifier of several targets"):
        explained(model)


def test_several_numbers_are_explained_side_by_side():
    model = RandomForestRegressor(5, max_depth=4, random_state=0).fit(X, np.column_stack([SMOOTH, X[:, 3]]))
    np.testing.assert_allclose(explained(model).values, brute(model.predict), atol=1e-5)


def test_trees_whose_sums_are_others_to_shap_than_to_the_model_are_refused():
    class Dropped(RandomForestRegressor):
        def predict(self, rows):  # as DART leaves trees of which shap does not know the weights
            return np.mean([(i % 2) * tree.predict(rows) for i, tree in enumerate(self.estimators_)], axis=0)

    model = Dropped(6, max_depth=3, random_state=0).fit(X, SMOOTH)
    with pytest.raises(xk.ModelError, match="Dropped whose sums shap misses by"):
        explained(model)


SMALL = {"n_estimators": 8, "max_depth": 3}


def test_xgboost_is_explained_in_what_its_trees_add_up_to():
    xgboost = pytest.importorskip("xgboost")
    for model, y in (
        (xgboost.XGBClassifier(**SMALL), SIGN),
        (xgboost.XGBClassifier(**SMALL), THREE),
        (xgboost.XGBRegressor(**SMALL), SMOOTH),
        (xgboost.XGBRegressor(objective="count:poisson", **SMALL), np.round(np.exp(SMOOTH)).clip(0, 30)),
    ):
        model.fit(X, y)
        found, sums = explained(model), brute(lambda z, m=model: m.predict(z, output_margin=True))
        np.testing.assert_allclose(found.values[..., -sums.shape[2] :], sums, atol=1e-5)
        assert found.converged.all()
    gap = xgboost.XGBClassifier(missing=0.5, **SMALL).fit(np.where(np.isnan(GAPS), 0.5, GAPS), SIGN)
    filled = np.where(np.isnan(GAPS[:3]), 0.5, GAPS[:3])
    found = explained(gap, filled)
    np.testing.assert_allclose(
        found.values[..., 1:], brute(lambda z: gap.predict(z, output_margin=True), filled), atol=1e-5
    )
    dart = xgboost.XGBClassifier(booster="dart", rate_drop=0.3, **SMALL).fit(X, SIGN)
    with pytest.raises(xk.ModelError, match="whose sums shap misses"):
        explained(dart)
    with pytest.raises(xk.ModelError, match="without trees"):
        explained(xgboost.XGBClassifier(booster="gblinear", n_estimators=3).fit(X, SIGN))
    alone = xgboost.train({"max_depth": 3, "objective": "binary:logistic"}, xgboost.DMatrix(X, SIGN), 8)
    np.testing.assert_allclose(
        explained(alone).values, brute(lambda z: alone.inplace_predict(z, predict_type="margin")), atol=1e-5
    )


def test_lightgbm_reads_words_by_their_codes_in_training():
    lightgbm = pytest.importorskip("lightgbm")
    words = pd.Categorical(np.array(["w", "x", "y", "z"])[RNG.integers(0, 4, 300)])
    frame = pd.DataFrame(X, columns=list("abcde")).assign(e=words)
    labels = (frame.e.isin(["x", "w"]) ^ (X[:, 0] > 0)).astype(int)
    model = lightgbm.LGBMClassifier(verbose=-1, **SMALL).fit(frame, labels)
    behind = frame[10:17]
    found = explained(model, frame[:2], behind.assign(e=pd.Categorical(behind.e, list("zyxw"))))

    def value(coalition, row):
        mixed = behind.copy()
        for c in coalition:
            mixed[mixed.columns[c]] = [row.iloc[c]] * 7
        mixed["e"] = pd.Categorical(mixed["e"], categories=words.categories)
        return model.predict(mixed, raw_score=True).mean()

    game = [brute_force(lambda s, r=frame.iloc[i]: value(s, r), 5) for i in range(2)]
    np.testing.assert_allclose(found.values[..., 1], game, atol=1e-5)
    linear = lightgbm.LGBMRegressor(linear_tree=True, verbose=-1, **SMALL).fit(X, SMOOTH)
    with pytest.raises(xk.ModelError, match="whose sums shap misses"):
        explained(linear)


def test_catboost_is_explained_or_refused_before_shap_ends_the_process():
    catboost = pytest.importorskip("catboost")
    small = {"iterations": 8, "depth": 3, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
    model = catboost.CatBoostRegressor(**small).fit(X, SMOOTH)
    np.testing.assert_allclose(explained(model).values, brute(model.predict), atol=1e-5)
    two = catboost.CatBoostClassifier(**small).fit(X, SIGN)
    sums = brute(lambda z: two.predict(z, prediction_type="RawFormulaVal"))
    np.testing.assert_allclose(explained(two).values[..., 1:], sums, atol=1e-5)
    with pytest.raises(xk.ModelError, match="with several scores"):
        explained(catboost.CatBoostClassifier(**small).fit(X, THREE))
    with pytest.raises(xk.ModelError, match="form that shap does not know"):
        explained(catboost.CatBoostClassifier(grow_policy="Depthwise", **small).fit(X, SIGN))
