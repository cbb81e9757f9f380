"""An ONNX model as a pure black box, through onnxruntime: any inputs and outputs; the file is data, not code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xaikit.compute import artefacts
from xaikit.compute.answers import answers
from xaikit.compute.onnx_feeds import as_input, filled, width
from xaikit.core import plugin
from xaikit.core.errors import DataError, MissingExtraError, ModelError, SpecError, listed, nearest, shown
from xaikit.core.model import Array, ModelCard

try:
    import onnxruntime
except ImportError as error:
    raise MissingExtraError(
        "adapter onnx", "no onnxruntime", "the optional packages for ONNX", "pip install 'xaikit[onnx]'"
    ) from error

FLOATS = ("tensor(float)", "tensor(double)", "tensor(float16)")


class OnnxModel:
    """An inference session as a black box.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        Open.
    card : ModelCard
        Of the file.
    part : str, optional
        Which output is the score; needed when several could be.
    fixed : mapping of str to number or list, optional
        Inputs that are the same for every row, such as the initial state of a recurrent net: a number fills the
        input's shape, a list is taken as it is.
    """

    def __init__(
        self,
        session: Any,
        card: ModelCard,
        *,
        part: str | None = None,
        fixed: Mapping[str, Any] | None = None,
    ) -> None:
        self.session = session
        self.card = card
        self._where = f"model {shown(card.name)}"
        inputs = session.get_inputs()
        self._fixed = dict(fixed or {})
        for name in self._fixed:
            if name not in [i.name for i in inputs]:
                raise _unknown("model.fixed", "input", name, [i.name for i in inputs])
        self._static = [i for i in inputs if i.name in self._fixed]
        self._inputs = [i for i in inputs if i.name not in self._fixed]
        self._part = _part(session.get_outputs(), part, self._where)
        self._exact = _exact_batch(self._inputs)

    @property
    def takes_frames(self) -> bool:
        """Whether an input takes words, or each input is one column: then a table is taken by name."""
        return any(i.type == "tensor(string)" for i in self._inputs) or len(self._inputs) > 1

    @property
    def ends(self) -> tuple[str, str]:
        """Names of the first input and of the output that is the score."""
        return str(self._inputs[0].name), self._part

    def predict(self, batch: Any) -> Array:
        """Return the scores of a batch, float64 `(n, outputs)`.

        Raises
        ------
        DataError
            When the columns or the type of the batch do not fit the inputs.
        ModelError
            When the session raises (with the rows), or answers with NaN, words or another number of rows.
        """
        rows = batch.detach().cpu().numpy() if hasattr(batch, "detach") else batch
        rows = rows if isinstance(rows, pd.DataFrame | list) else np.asarray(rows)
        return answers(self._answer, rows, self._where, exact=self._exact)

    def _answer(self, rows: Any) -> Any:
        feeds = self._feeds(rows) | {i.name: filled(i, self._fixed[i.name], len(rows)) for i in self._static}
        (raw,) = self.session.run([self._part], feeds)
        if isinstance(raw, list) and raw and isinstance(raw[0], dict):  # one mapping of class to score a row
            classes = list(raw[0])
            return np.array([[row[c] for c in classes] for row in raw])
        return raw

    def _feeds(self, rows: Any) -> dict[str, Any]:
        if isinstance(rows, pd.DataFrame):
            return self._feeds_by_name(rows)
        if len(self._inputs) == 1:
            return {self._inputs[0].name: as_input(self._inputs[0], rows)}
        table = np.asarray(rows)
        widths = [width(i) for i in self._inputs]
        if table.ndim != 2 or table.shape[1] != sum(widths):
            expected = " + ".join(f"{w} ({i.name})" for w, i in zip(widths, self._inputs, strict=True))
            raise DataError(f"inputs of {self._where}", f"shape {table.shape}", f"(rows, {expected})")
        parts = np.split(table, np.cumsum(widths)[:-1], axis=1)
        return {i.name: as_input(i, part) for i, part in zip(self._inputs, parts, strict=True)}

    def _feeds_by_name(self, frame: pd.DataFrame) -> dict[str, Any]:
        names = [i.name for i in self._inputs]
        if all(n in frame.columns for n in names):
            return {i.name: as_input(i, frame[[i.name]].to_numpy()) for i in self._inputs}
        widths = [width(i) for i in self._inputs] if len(names) > 1 else [frame.shape[1]]
        if sum(widths) != frame.shape[1]:
            missing = next(n for n in names if n not in frame.columns)
            raise _unknown(f"inputs of {self._where}", "column", missing, frame.columns, DataError)
        edges = np.cumsum([0, *widths])
        return {
            i.name: as_input(i, frame.iloc[:, a:b].to_numpy())
            for i, a, b in zip(self._inputs, edges[:-1], edges[1:], strict=True)
        }


class DifferentiableOnnx(OnnxModel):
    """The same, with its graph run by torch for gradients; what it answers still comes from onnxruntime.

    Parameters
    ----------
    graph : torch.nn.Module
        Gives what the session gives; that is checked when it is first used.
    """

    def __init__(self, session: Any, card: ModelCard, graph: Any, **parameters: Any) -> None:
        super().__init__(session, card, **parameters)
        self.graph, self._compared = graph, False

    @property
    def device(self) -> Any:
        """Always the CPU."""
        return self.graph.device

    def forward(self, batch: Any) -> Any:
        """Return the outputs of a tensor with the graph kept.

        Raises
        ------
        ModelError
            When torch and onnxruntime differ by more than rounding.
        """
        outputs = self.graph(batch)
        if not self._compared:
            few = slice(0, 4)
            ours, theirs = outputs[few].detach().numpy(), self.predict(batch[few])
            difference = float(np.abs(ours.reshape(len(theirs), -1) - theirs).max())
            if difference > 1e-3 * (1 + float(np.abs(theirs).max())):
                got = f"answers of torch that differ by {difference:.2g} from those of onnxruntime"
                raise ModelError(self._where, got, "the same answers", "Use it without `gradients: true`.")
            self._compared = True
        return outputs


def load(
    *,
    path: Path,
    part: str | None = None,
    outputs: list[str] | None = None,
    fixed: dict[str, float | int | list[Any]] | None = None,
    threads: int = 0,
    gradients: bool = False,
) -> OnnxModel:
    """Open an ONNX file.

    Parameters
    ----------
    path : Path
        Of the file; weights beside it (external data) are found by onnxruntime.
    part : str, optional
        Which output is the score; by default the only one that holds floating-point numbers.
    outputs : list of str, optional
        Names of the scores.
    fixed : dict, optional
        Inputs that are the same for every row: `{h0: 0}` starts a recurrent net with zeros.
    threads : int
        Of onnxruntime; 0 leaves the choice to it.
    gradients : bool
        Run the graph by torch as well, for engines that need gradients; operators that torch does not have here are
        refused by name.

    Raises
    ------
    ModelError
        When the file is not ONNX, is damaged, or needs operators that onnxruntime does not have.
    SpecError
        When `part` or `fixed` names what is not there.
    """
    artefact = artefacts.read(Path(path))
    where = f"model file {shown(str(artefact.path), 200)}"
    if artefact.kind not in {"onnx", "unknown"}:
        raise artefact.wrong("an ONNX model")
    session, notes = _session(artefact, where, threads)
    meta = session.get_modelmeta()
    detail = {
        "architecture": meta.graph_name or "ONNX graph",
        "producer": meta.producer_name or "unknown",
        "inputs": "; ".join(f"{i.name} {i.type} {i.shape}" for i in session.get_inputs()),
    }
    card = ModelCard(artefact.path.name, "onnx", tuple(outputs or ()), artefact.sha256, notes, detail)
    model = OnnxModel(session, card, part=part, fixed=fixed)
    if not gradients:
        return model
    graph = plugin.function("xaikit.compute.onnx_graph", "opened")(artefact.content, *model.ends)
    return DifferentiableOnnx(session, card, graph, part=part, fixed=fixed)


def recognises(path: Path) -> bool:
    """Return whether a file begins as an ONNX model does."""
    return artefacts.kind_at(path) == "onnx"


def _session(artefact: artefacts.Artefact, where: str, threads: int) -> tuple[Any, tuple[str, ...]]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what fails is raised, and said once
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads let others work
    there = onnxruntime.get_available_providers()
    providers = [p for p in ("CUDAExecutionProvider", "CPUExecutionProvider") if p in there]
    # weights in files of their own are found only from a path; then the hash is of the graph alone, and that is said
    outside = b"external_data" in artefact.content or b"\x0a\x08location" in artefact.content
    source = str(artefact.path) if outside else artefact.content
    try:
        session = onnxruntime.InferenceSession(source, options, providers=providers)
    except Exception as error:
        raise ModelError(where, f"{type(error).__name__}: {shown(str(error), 300)}", "a whole ONNX model") from error
    note = ("The weights lie in files of their own; the SHA-256 is of the graph alone.",) if outside else ()
    return session, note


def _part(outputs: Sequence[Any], asked: str | None, where: str) -> str:
    names = [o.name for o in outputs]
    if asked is not None:
        if asked not in names:
            raise _unknown("model.part", "output", asked, names)
        return asked
    scores = [o.name for o in outputs if o.type in FLOATS or o.type.startswith("seq(map(")]
    if len(names) == 1:
        return str(names[0])
    if len(scores) != 1:
        raise ModelError(where, f"outputs {listed(names)}", "one that is the score", "Choose it with `part:`.")
    return str(scores[0])


def _exact_batch(inputs: Sequence[Any]) -> int | None:
    firsts = {i.shape[0] for i in inputs if i.shape and isinstance(i.shape[0], int) and i.shape[0] > 0}
    return min(firsts) if firsts else None


def _unknown(
    where: str, what: str, name: str, options: Any, kind: type[SpecError] | type[DataError] = SpecError
) -> SpecError | DataError:
    near = nearest(name, options)
    hint = f"Did you mean {shown(near)}?" if near else None
    return kind(where, f"no {what} {shown(name)}", f"one of {listed(options)}", hint)
