"""An ONNX graph run by torch, so that its outputs have gradients: the common operators, each a line or a few.

Anything else is refused by name, never approximated; the adapter compares the answers with onnxruntime's before it
relies on them. The weights are constants: gradients are with respect to the input.
"""

from typing import Any

import onnx
import torch
from onnx import numpy_helper

from xaikit.compute.onnx_operators import OPERATORS, Attributes, Tensor
from xaikit.core.errors import ModelError, listed


class OnnxGraph(torch.nn.Module):
    """The part of a graph that leads from one input to one output.

    Parameters
    ----------
    model : onnx.ModelProto
        Whole, weights inside.
    source, sink : str
        Names of the input and the output.

    Raises
    ------
    ModelError
        When the graph has operators that are not known here, or needs another input.
    """

    def __init__(self, model: onnx.ModelProto, source: str, sink: str) -> None:
        super().__init__()
        graph = model.graph
        self.source, self.sink = source, sink
        self.nodes = _needed(graph, sink)
        unknown = sorted({n.op_type for n in self.nodes} - set(OPERATORS) - {"Constant"})
        if unknown:
            raise ModelError("ONNX graph", f"the operators {listed(unknown)}", "operators that torch can run here")
        old = model.opset_import[0].version < 13
        self.attributes = [_attributes(n, old) for n in self.nodes]
        self._names: dict[str, str] = {}
        for i, entry in enumerate(graph.initializer):
            self._keep(entry.name, numpy_helper.to_array(entry), i)
        for i, (node, attributes) in enumerate(zip(self.nodes, self.attributes, strict=True)):
            if node.op_type == "Constant":
                self._keep(node.output[0], _constant(attributes), len(graph.initializer) + i)
        have = {source, *self._names, *(o for n in self.nodes for o in n.output)}
        missing = [i for n in self.nodes for i in n.input if i and i not in have]
        if missing:
            raise ModelError("ONNX graph", f"the further input {missing[0]}", f"an output that needs {source} alone")

    @property
    def device(self) -> torch.device:
        """The CPU, on which onnxruntime answers too."""
        return torch.device("cpu")

    def forward(self, x: Tensor) -> Tensor:
        """Return the output for a batch, with the graph kept."""
        values: dict[str, Any] = {name: self.get_buffer(own) for name, own in self._names.items()}
        values[self.source] = x
        for node, attributes in zip(self.nodes, self.attributes, strict=True):
            if node.op_type == "Constant":
                continue
            given = [values[i] if i else None for i in node.input]
            made = OPERATORS[node.op_type](given, attributes)
            for name, value in zip(node.output, made if isinstance(made, tuple) else (made,), strict=False):
                values[name] = value
        found: Tensor = values[self.sink]
        return found

    def _keep(self, name: str, array: Any, number: int) -> None:
        self.register_buffer(f"c{number}", torch.as_tensor(array.copy()))
        self._names[name] = f"c{number}"


def opened(content: bytes, source: str, sink: str) -> OnnxGraph:
    """Return the part of an ONNX file's graph that leads from an input to an output.

    Raises
    ------
    ModelError
        As `OnnxGraph`, and for weights in files of their own.
    """
    model = onnx.load_model_from_string(content)
    if any(entry.data_location == onnx.TensorProto.EXTERNAL for entry in model.graph.initializer):
        raise ModelError("ONNX graph", "weights in files of their own", "one file, for gradients")
    return OnnxGraph(model, source, sink).eval()


def _needed(graph: onnx.GraphProto, sink: str) -> list[onnx.NodeProto]:
    """Return the nodes on which an output depends, in the order of the graph, which is sorted."""
    wanted, out = {sink}, []
    for node in reversed(graph.node):
        if wanted & set(node.output):
            wanted |= set(node.input)
            out.append(node)
    return out[::-1]


def _constant(attributes: Attributes) -> Any:
    if "value" in attributes:
        return numpy_helper.to_array(attributes["value"])
    kinds = {"value_float": torch.float32, "value_floats": torch.float32, "value_int": torch.int64}
    (name, value), *_ = attributes.items()
    return torch.as_tensor(value, dtype=kinds.get(name, torch.int64)).numpy()


def _attributes(node: onnx.NodeProto, old: bool) -> dict[str, Any]:
    out = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    if old and node.op_type in {"Softmax", "LogSoftmax"}:
        out.setdefault("axis", 1)  # before version 13 of the operators; now it is the last axis
    return out
