"""Which outputs: one for all rows, one a row, or what a function makes of them."""

import numpy as np
import pytest
import torch

import xaikit as xk

RNG = np.random.default_rng(0)
X, B = RNG.normal(size=(6, 3)), RNG.normal(size=(8, 3))


def two(z):
    return np.column_stack([z[:, 0] * z[:, 1], z.sum(axis=1)])


@pytest.mark.parametrize("index", [np.int64(1), np.uint8(1), 1])
def test_an_index_of_any_integer_type(index):
    found = xk.explain(two, X, background=B, target=index)
    assert found.output_names == ("output 1",)


@pytest.mark.parametrize("of", [list, np.array, torch.tensor])
def test_one_output_a_row_as_captum_users_ask(of):
    wanted = [0, 1, 1, 0, 1, 0]
    whole = xk.explain(two, X, background=B)
    found = xk.explain(two, X, background=B, target=of(wanted))
    np.testing.assert_allclose(found.values[..., 0], whole.values[np.arange(6), :, wanted], atol=1e-12)
    assert found.target == "the chosen output of each row"


@pytest.mark.parametrize("wrong", [[0, 1], [0, 1, 2, 0, 0, 0], [-1] * 6, [0.0] * 6, np.zeros((6, 1), int)])
def test_one_output_a_row_must_fit(wrong):
    with pytest.raises(xk.SpecError, match="an index below 2, or 6 such indices"):
        xk.explain(two, X, background=B, target=wrong)


def test_a_function_may_make_several_scalars_of_a_row():
    def both(y):
        return y[:, :2] ** 2

    found = xk.explain(two, X, background=B, target=both)
    assert found.output_names == ("both 0", "both 1")
    np.testing.assert_allclose(found.prediction, two(X) ** 2)
    np.testing.assert_allclose(found.residual, 0, atol=1e-9)


def test_a_function_may_give_a_list():
    found = xk.explain(two, X, background=B, target=lambda y: [float(r[0]) for r in y])
    np.testing.assert_allclose(found.prediction[:, 0], two(X)[:, 0])


@pytest.mark.parametrize("function", [lambda y: 3.0, lambda y: y[:1, 0]])
def test_a_function_that_gives_too_little_is_named(function):
    with pytest.raises(xk.SpecError, match="target <lambda>: got"):
        xk.explain(two, X, background=B, target=function)


def test_a_function_of_outputs_in_their_own_shape_reaches_gradients():
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3))

    def mean_of_second_map(y):
        return y[:, 1].mean(dim=(1, 2))

    rows = torch.randn(2, 1, 6, 6)
    found = xk.explain(net, rows, background=rows[:1] * 0, engine="integrated_gradients", target=mean_of_second_map)
    np.testing.assert_allclose(found.prediction[:, 0], mean_of_second_map(net(rows)).detach(), atol=1e-6)


def test_a_model_that_changes_its_number_of_outputs_is_stopped():
    with pytest.raises(xk.XaikitError, match="scalars a row"):
        xk.explain(lambda z: np.ones((len(z), len(z) % 5 + 1)), X, background=B)


def test_rows_of_different_classes_are_counted_together_where_they_did_not_converge():
    rng = np.random.default_rng(1)
    rows, behind = rng.normal(size=(9, 14)), rng.normal(size=(1, 14))

    def three(z):  # parity-like: 60 evaluations of 2^14 cannot tell it
        return np.column_stack([np.sin(9 * z.sum(axis=1) + k) for k in range(3)])

    found = xk.explain(three, rows, background=behind, budget=60, tolerance=0.001, target="predicted")
    assert len(set(found.detail["predicted"])) > 1
    missed = int((~found.converged).sum())
    assert missed > 3
    (note,) = [n for n in found.notes if n.startswith("NOT CONVERGED")]
    assert note.startswith(f"NOT CONVERGED: {missed} of 9 rows ")


def by_chance():
    rng = np.random.default_rng(1)
    return lambda z: two(z)[:, 0] + rng.normal(scale=0.1, size=len(z))


def by_company(z):
    return two(z)[:, 0] - two(z)[:, 0].mean()


@pytest.mark.parametrize(
    ("score", "rows", "target"),
    [(by_chance(), 6, "all"), (by_chance(), 1, 0), (by_company, 6, "all"), (by_company, 2, [0, 0])],
    ids=["chance", "chance, one row", "company", "company, one output a row"],
)
def test_a_model_whose_answers_change_is_said_to_be_not_steady(score, rows, target):
    found = xk.explain(score, X[:rows], background=B, target=target)
    assert found.notes[0].startswith("NOT STEADY: the model answered the first row with ")


@pytest.mark.parametrize("engine", ["shapley", "integrated_gradients", "occlusion", "smoothgrad", "interactions"])
@pytest.mark.parametrize("target", ["all", "predicted", [2, 0, 1]], ids=["all", "predicted", "one a row"])
def test_a_net_in_single_precision_is_steady(engine, target):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 64), torch.nn.GELU(), torch.nn.LayerNorm(64), torch.nn.Linear(64, 3))
    rows, behind = (torch.tensor(a, dtype=torch.float32) for a in (X[:3], B))
    found = xk.explain(net, rows, background=behind, engine=engine, target=target)
    assert not [n for n in found.notes if "STEADY" in n]
