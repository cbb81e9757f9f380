"""ONNX as a black box: parity with the same net in torch; every kind of input; wrong files and wrong rows."""

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from onnx import TensorProto, helper, numpy_helper

import xaikit
from xaikit.adapters.onnx import load, recognises
from xaikit.auditing.models import load_model
from xaikit.core.errors import DataError, ModelError, SpecError
from xaikit.core.model import Differentiable, Model
from xaikit.demo.packages import Package

FLOAT, INT, TEXT = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING


def constant(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def save(path, nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(
        nodes,
        "a graph",
        [helper.make_tensor_value_info(*i) for i in inputs],
        [o if hasattr(o, "type") else helper.make_tensor_value_info(*o) for o in outputs],
        list(constants),
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="a test"), str(path))
    return path


def net():
    generator = torch.Generator().manual_seed(1)
    module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2), torch.nn.Softmax(1))
    for p in module.parameters():
        p.data = torch.randn(p.shape, generator=generator)
    return module.eval()


def mlp(path, rows="rows"):
    state = {k: v.numpy() for k, v in net().state_dict().items()}
    nodes = [
        helper.make_node("Gemm", ["x", "w0", "b0"], ["h"], transB=1),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["z"], transB=1),
        helper.make_node("Softmax", ["z"], ["p"], axis=1),
    ]
    weights = [constant(k, state[v]) for k, v in {"w0": "0.weight", "b0": "0.bias"}.items()]
    weights += [constant(k, state[v]) for k, v in {"w2": "2.weight", "b2": "2.bias"}.items()]
    return save(path, nodes, [("x", FLOAT, [rows, 3])], [("p", FLOAT, [rows, 2])], weights)


@pytest.fixture
def rows():
    return np.random.default_rng(2).normal(size=(11, 3)).astype(np.float32)


def truth(rows):
    with torch.no_grad():
        return net()(torch.as_tensor(rows)).double().numpy()


@pytest.mark.parametrize("batch", ["rows", None, 4, 1])
def test_it_answers_like_the_same_net_in_torch_whatever_the_batch_size(tmp_path, rows, batch):
    path = mlp(tmp_path / "m.bin", batch)
    assert recognises(path)
    model = load_model(path, outputs=["no", "yes"])
    assert isinstance(model, Model)
    assert not isinstance(model, Differentiable)
    assert model.predict(rows) == pytest.approx(truth(rows), abs=1e-6)
    assert model.card.adapter == "onnx"
    assert model.card.output_names == ("no", "yes")
    assert model.card.detail["producer"] == "a test"
    assert model.card.sha256 == __import__("hashlib").sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", ["float64", "list", "tensor", "frame", "strided"])
def test_containers_make_no_difference(tmp_path, rows, kind):
    batch = {
        "float64": rows.astype(float),
        "list": rows.tolist(),
        "tensor": torch.as_tensor(rows),
        "frame": pd.DataFrame(rows, columns=["a", "b", "c"]),
        "strided": np.asfortranarray(rows),
    }[kind]
    assert load(path=mlp(tmp_path / "m")).predict(batch) == pytest.approx(truth(rows), abs=1e-6)


def columns_model(path):
    """Build what exporters of tabular pipelines build: one input a column, words among them, a label and a score."""
    nodes = [
        helper.make_node(
            "LabelEncoder",
            ["city"],
            ["code"],
            domain="ai.onnx.ml",
            keys_strings=["Bern", "Genf"],
            values_floats=[1.0, 2.0],
            default_float=-1.0,
        ),
        helper.make_node("Add", ["code", "age"], ["sum"]),
        helper.make_node("Concat", ["sum", "age"], ["both"], axis=1),
        helper.make_node("ArgMax", ["both"], ["label"], axis=1, keepdims=0),
        helper.make_node("ZipMap", ["both"], ["scores"], domain="ai.onnx.ml", classlabels_strings=["no", "yes"]),
    ]
    mapping = helper.make_map_type_proto(TEXT, helper.make_tensor_type_proto(FLOAT, []))
    scores = helper.make_value_info("scores", helper.make_sequence_type_proto(mapping))
    inputs = [("city", TEXT, ["n", 1]), ("age", FLOAT, ["n", 1])]
    return save(path, nodes, inputs, [("label", INT, ["n"]), scores])


def test_one_input_a_column_with_words_is_fed_by_name_and_maps_of_scores_become_columns(tmp_path):
    model = load(path=columns_model(tmp_path / "m"))
    assert model.takes_frames
    frame = pd.DataFrame({"age": [30.0, 40.0], "other": [0, 0], "city": ["Genf", "Bern"]})
    assert model.predict(frame).tolist() == [[32.0, 30.0], [41.0, 40.0]]
    positional = frame[["city", "age"]].set_axis(["c", "a"], axis=1)
    assert model.predict(positional).tolist() == [[32.0, 30.0], [41.0, 40.0]]
    with pytest.raises(DataError, match="Did you mean 'citty'"):
        model.predict(frame.rename(columns={"city": "citty"}))


def test_several_inputs_are_cut_from_a_table_in_order(tmp_path):
    nodes = [helper.make_node("ReduceSum", ["a"], ["s"], keepdims=1), helper.make_node("Sub", ["s", "b"], ["y"])]
    nodes[0] = helper.make_node("ReduceMean", ["a"], ["s"], axes=[1], keepdims=1)
    path = save(tmp_path / "m", nodes, [("a", FLOAT, ["n", 2]), ("b", FLOAT, ["n", 1])], [("y", FLOAT, ["n", 1])])
    assert load(path=path).predict(np.array([[1.0, 3.0, 0.5], [4.0, 4.0, 4.0]])).tolist() == [[1.5], [0.0]]
    with pytest.raises(DataError, match=r"\(rows, 2 \(a\) \+ 1 \(b\)\)"):
        load(path=path).predict(np.ones((2, 4)))


def test_whole_numbers_are_cast_and_others_refused(tmp_path):
    nodes = [helper.make_node("Gather", ["table", "x"], ["y"], axis=0)]
    table = constant("table", np.arange(5, dtype=np.float32) * 10)
    path = save(tmp_path / "m", nodes, [("x", INT, ["n", 2])], [("y", FLOAT, ["n", 2])], [table])
    model = load(path=path)
    assert model.predict(np.array([[1.0, 4.0]])).tolist() == [[10.0, 40.0]]
    with pytest.raises(DataError, match=r"values such as 1\.5; expected whole numbers"):
        model.predict(np.array([[1.5, 4.0]]))
    with pytest.raises(ModelError, match="row 2"):
        model.predict(np.array([[1, 4], [1, 99]]))


def test_inputs_of_state_are_filled(tmp_path):
    nodes = [
        helper.make_node("ReduceMean", ["h0"], ["m"], axes=[0], keepdims=0),
        helper.make_node("Add", ["x", "m"], ["y"]),
    ]
    inputs = [("x", FLOAT, ["n", 2]), ("h0", FLOAT, [3, "n", 2])]
    path = save(tmp_path / "m", nodes, inputs, [("y", FLOAT, ["n", 2])])
    assert load(path=path, fixed={"h0": 7}).predict(np.ones((4, 2))).tolist() == [[8.0, 8.0]] * 4
    with pytest.raises(SpecError, match="Did you mean 'h0'"):
        load(path=path, fixed={"h00": 0})


def test_one_of_several_outputs_is_chosen(tmp_path):
    nodes = [helper.make_node("Neg", ["x"], ["minus"]), helper.make_node("Abs", ["x"], ["size"])]
    outputs = [("minus", FLOAT, ["n", 1]), ("size", FLOAT, ["n", 1])]
    path = save(tmp_path / "m", nodes, [("x", FLOAT, ["n", 1])], outputs)
    with pytest.raises(ModelError, match=r"outputs 'minus', 'size'.*`part:`"):
        load(path=path)
    assert load(path=path, part="size").predict([[-2.0]]).tolist() == [[2.0]]
    with pytest.raises(SpecError, match="Did you mean 'size'"):
        load(path=path, part="sise")


def test_images_keep_their_shape_and_flat_rows_get_it(tmp_path):
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[1, 2, 3], keepdims=0)]
    path = save(tmp_path / "m", nodes, [("x", FLOAT, ["n", 1, 2, 2])], [("y", FLOAT, ["n"])])
    batch = np.arange(8.0).reshape(2, 1, 2, 2)
    assert load(path=path).predict(batch).tolist() == [[1.5], [5.5]]
    assert load(path=path).predict(batch.reshape(2, 4)).tolist() == [[1.5], [5.5]]
    with pytest.raises(DataError, match=r"rows of shape \(1, 2, 3\); expected rows of shape \(1, 2, 2\)"):
        load(path=path).predict(np.ones((2, 1, 2, 3)))


def test_wrong_files(tmp_path):
    (tmp_path / "t.onnx").write_text("age,sex\n")
    with pytest.raises(ModelError, match="got text; expected an ONNX model"):
        load(path=tmp_path / "t.onnx")
    whole = mlp(tmp_path / "whole").read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="a whole ONNX model"):
        load(path=tmp_path / "half")


def test_an_unknown_operator_is_an_error_not_a_download(tmp_path):
    path = save(
        tmp_path / "m",
        [helper.make_node("Mystery", ["x"], ["y"], domain="")],
        [("x", FLOAT, ["n", 1])],
        [("y", FLOAT, ["n", 1])],
    )
    with pytest.raises(ModelError, match="Mystery"):
        load(path=path)


def test_weights_outside_the_file_are_found_and_admitted(tmp_path, rows):
    path = mlp(tmp_path / "m.onnx")
    onnx.save(onnx.load(path), str(path), save_as_external_data=True, location="weights.bin", size_threshold=0)
    model = load(path=path)
    assert model.predict(rows) == pytest.approx(truth(rows), abs=1e-6)
    assert "SHA-256 is of the graph alone" in model.card.warnings[0]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    return load(path=mlp(tmp_path_factory.mktemp("onnx") / "m"))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        dtype=st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.uint16, np.int64, np.bool_]),
        shape=hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4),
    )
)
def test_any_array_gives_an_answer_or_a_clear_error(fuzzed, batch):
    try:
        out = fuzzed.predict(batch)
    except (ModelError, DataError):
        return
    assert out.shape == (len(batch), 2)
    assert np.isfinite(out).all()


# ---- gradients


def test_gradients_are_those_of_the_same_net_in_torch(tmp_path, rows):
    model = load(path=mlp(tmp_path / "m"), gradients=True)
    assert isinstance(model, Differentiable)
    ours, theirs = (torch.as_tensor(rows).requires_grad_() for _ in range(2))
    model.forward(ours)[:, 1].sum().backward()
    net()(theirs)[:, 1].sum().backward()
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-6)
    assert model.predict(rows) == pytest.approx(truth(rows), abs=1e-6)


def test_integrated_gradients_add_up_through_onnx(tmp_path, rows):
    model = load(path=mlp(tmp_path / "m"), gradients=True)
    found = xaikit.explain(model, rows, background=np.zeros((1, 3), np.float32), engine="integrated_gradients")
    assert np.abs(found.residual).max() < 0.02


def test_operators_that_torch_has_not_are_named(tmp_path):
    with pytest.raises(ModelError, match="the operators 'LabelEncoder', 'ZipMap'"):
        load(path=columns_model(tmp_path / "m"), gradients=True)


CONV = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}
GRAPHS = {
    "convolution": ([("Conv", ["x", "w"], CONV)], {"w": np.ones((2, 2, 3, 3), np.float32) / 9}),
    "uneven padding": (
        [("Conv", ["x", "w"], {"kernel_shape": [3, 3], "pads": [0, 0, 1, 1]})],
        {"w": np.ones((2, 2, 3, 3), np.float32)},
    ),
    "transposed": (
        [("ConvTranspose", ["x", "w"], {"kernel_shape": [2, 2], "strides": [2, 2]})],
        {"w": np.ones((2, 3, 2, 2), np.float32)},
    ),
    "pools": (
        [
            ("MaxPool", ["x"], {"kernel_shape": [2, 2], "strides": [2, 2]}),
            ("AveragePool", ["MaxPool"], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
            ("GlobalAveragePool", ["AveragePool"], {}),
            ("Flatten", ["GlobalAveragePool"], {}),
        ],
        {},
    ),
    "shapes": (
        [
            ("Transpose", ["x"], {"perm": [0, 2, 3, 1]}),
            ("Slice", ["Transpose", "from", "to", "axes"], {}),
            ("Reshape", ["Slice", "shape"], {}),
            ("Concat", ["Reshape", "Reshape"], {"axis": 1}),
            ("ReduceMean", ["Concat"], {"axes": [1], "keepdims": 1}),
            ("Sub", ["Concat", "ReduceMean"], {}),
        ],
        {
            "from": np.array([1], np.int64),
            "to": np.array([4], np.int64),
            "axes": np.array([1], np.int64),
            "shape": np.array([0, -1], np.int64),
        },
    ),
    "activations": (
        [
            ("LeakyRelu", ["x"], {"alpha": 0.2}),
            ("HardSigmoid", ["LeakyRelu"], {"alpha": 0.3, "beta": 0.4}),
            ("Clip", ["HardSigmoid", "low", "high"], {}),
            ("Pow", ["Clip", "two"], {}),
            ("Sqrt", ["Pow"], {}),
            ("Softmax", ["Sqrt"], {"axis": 1}),
            ("Tanh", ["Softmax"], {}),
        ],
        {"low": np.float32(0.1), "high": np.float32(0.9), "two": np.float32(2)},
    ),
    "resized": (
        [
            (
                "Resize",
                ["x", "", "scales"],
                {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
            )
        ],
        {"scales": np.array([1, 1, 2, 2], np.float32)},
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_operators_give_what_onnxruntime_gives(tmp_path, name):
    steps, constants = GRAPHS[name]
    nodes = [helper.make_node(kind, given, [kind], **attributes) for kind, given, attributes in steps]
    path = save(
        tmp_path / "m",
        nodes,
        [("x", FLOAT, ["n", 2, 6, 8])],
        [(steps[-1][0], FLOAT, None)],
        [constant(k, v) for k, v in constants.items()],
    )
    batch = np.random.default_rng(3).normal(size=(3, 2, 6, 8)).astype(np.float32)
    model = load(path=path, gradients=True)
    x = torch.as_tensor(batch).requires_grad_()
    out = model.forward(x)
    assert out.detach().numpy().reshape(3, -1) == pytest.approx(model.predict(batch), abs=1e-5)
    (out**2).sum().backward()
    assert x.grad.abs().sum() > 0


@pytest.mark.parametrize("name", ["ch_PP-OCRv4_det_infer", "ch_PP-OCRv4_rec_infer", "ch_ppocr_mobile_v2.0_cls_infer"])
def test_nets_that_others_made_are_the_same_in_torch(name):
    package = Package("rapidocr-onnxruntime", "1.4.4", "rapidocr_onnxruntime", f"models/{name}.onnx")
    if package.file() is None:
        pytest.skip("needs rapidocr-onnxruntime: pip install --no-deps -r requirements-examples.txt")
    model = load(path=package.found(), gradients=True)
    batch = np.random.default_rng(0).normal(size=(2, 3, 48, 192)).astype(np.float32)
    if "det" in name:
        batch = np.concatenate([batch, batch], axis=2)
    out = model.forward(torch.as_tensor(batch)).detach().numpy().reshape(2, -1)
    assert out == pytest.approx(model.predict(batch), abs=1e-4)
