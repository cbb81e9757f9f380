"""How rows are written into a request and scores are read out of an answer, for the serving protocols in use.

References
----------
MLflow, "Local inference server specification": `/invocations` with `dataframe_split`, `inputs` or `instances`.
Open Inference Protocol (KServe) v2, "Predict Protocol", `/v2/models/{model}/infer`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xaikit.compute.batches import as_array
from xaikit.core.errors import ModelError, SpecError, listed, shown

Document = Any
ROWS, RECORDS = "$rows", "$records"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of plain JSON values.

    Parameters
    ----------
    values : list
        One entry a row: a list of values, or one value (a text).
    columns : tuple of str
        Names of the values of a row; empty when they have none.
    """

    values: list[Any]
    columns: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, batch: Any) -> "Rows":
        """Return the rows of an array, tensor, table or list; NaN becomes null, numbers stay exact.

        Examples
        --------
        >>> Rows.of(pd.DataFrame({"age": [30], "city": ["Bern"]}))
        Rows(values=[[30, 'Bern']], columns=('age', 'city'))
        """
        if isinstance(batch, pd.DataFrame):
            columns = [batch.iloc[:, i].tolist() for i in range(batch.shape[1])]
            return cls([_plain(list(row)) for row in zip(*columns, strict=True)], tuple(map(str, batch.columns)))
        values = batch if isinstance(batch, list) else as_array(batch).tolist()
        return cls([_plain(v) for v in values])

    def keys(self, salt: str) -> list[str]:
        """Return one text a row that is equal for equal rows alone."""
        return [json.dumps([salt, self.columns, row], ensure_ascii=True) for row in self.values]

    def at(self, index: list[int]) -> "Rows":
        """Return some of the rows."""
        return Rows([self.values[i] for i in index], self.columns)


@dataclass(frozen=True, slots=True)
class Protocol:
    """A way to ask.

    Parameters
    ----------
    encode : callable
        Rows to the document of the request.
    decode : callable
        Document of the answer to one entry a row: a number, a list of numbers, or a mapping of name to number.
    by_name : bool
        Whether it carries the names of the columns.
    """

    encode: Callable[[Rows], Document]
    decode: Callable[[Document], Any]
    by_name: bool = False


def mlflow(payload: str = "dataframe_split") -> Protocol:
    """Return MLflow's `/invocations`: `dataframe_split`, `inputs` or `instances`."""
    if payload == "dataframe_split":
        return Protocol(_split, lambda d: _at(d, "predictions"), by_name=True)
    return Protocol(lambda rows: {payload: rows.values}, lambda d: _at(d, "predictions"))


def kserve(input_name: str = "input-0", output_name: str | None = None, datatype: str = "FP32") -> Protocol:
    """Return the Open Inference Protocol v2."""

    def encode(rows: Rows) -> Document:
        if datatype == "BYTES":
            flat, shape = list(rows.values), [len(rows)]
        else:
            array = np.asarray(rows.values)
            flat, shape = array.ravel().tolist(), list(array.shape)
        return {"inputs": [{"name": input_name, "shape": shape, "datatype": datatype, "data": flat}]}

    def decode(document: Document) -> Any:
        outputs = _at(document, "outputs")
        names = [o.get("name") for o in outputs]
        if output_name is None and len(outputs) != 1:
            raise ModelError("answer", f"outputs {listed(names)}", "one output, or `output_name`")
        if output_name is not None and output_name not in names:
            raise ModelError("answer", f"outputs {listed(names)}", f"an output {shown(output_name)}")
        chosen = outputs[0 if output_name is None else names.index(output_name)]
        data, shape = np.asarray(chosen["data"], dtype=object), chosen["shape"]
        if data.size != int(np.prod(shape, dtype=int)):
            raise ModelError("answer", f"{data.size} numbers for the shape {shape}", "as many as the shape says")
        return data.reshape(shape).tolist()

    return Protocol(encode, decode)


def template(request: Document, response: str = "") -> Protocol:
    """Return a protocol of any JSON shape.

    Parameters
    ----------
    request : JSON document
        With `"$rows"` (lists of values, or texts) or `"$records"` (objects with the columns' names) where rows go.
    response : str
        Path of the scores in the answer: `data.scores`, `results[*].score`; empty when the answer is the list.

    Raises
    ------
    SpecError
        When there is no place for the rows.

    Examples
    --------
    >>> p = template({"texts": "$rows"}, "results[*].p")
    >>> p.encode(Rows(["a", "b"])), p.decode({"results": [{"p": 0.1}, {"p": 0.2}]})
    ({'texts': ['a', 'b']}, [0.1, 0.2])
    """
    text = json.dumps(request)
    if f'"{ROWS}"' not in text and f'"{RECORDS}"' not in text:
        raise SpecError("model.request", shown(text), f"'{ROWS}' or '{RECORDS}' where the rows go")
    return Protocol(lambda rows: _put(request, rows), lambda d: _at(d, response), by_name=f'"{RECORDS}"' in text)


def scores(raw: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the scores of an answer as a list of numbers or lists, and the names that mappings give them."""
    if isinstance(raw, list) and raw and all(isinstance(r, Mapping) for r in raw):
        names = tuple(raw[0])
        if any(tuple(r) != names for r in raw):
            raise ModelError("answer", "rows with different names of scores", f"{listed(names)} in every row")
        return [[r[n] for n in names] for r in raw], names
    return raw, ()


def _split(rows: Rows) -> Document:
    columns = list(rows.columns) or None
    return {"dataframe_split": {**({"columns": columns} if columns else {}), "data": rows.values}}


def _put(document: Document, rows: Rows) -> Document:
    if document == ROWS:
        return rows.values
    if document == RECORDS:
        return [dict(zip(rows.columns, row, strict=True)) for row in rows.values]
    if isinstance(document, dict):
        return {k: _put(v, rows) for k, v in document.items()}
    return [_put(v, rows) for v in document] if isinstance(document, list) else document


def _at(document: Document, path: str) -> Any:
    first, _, rest = path.partition(".")
    if not first:
        return document
    if first.endswith("[*]"):
        inner = _at(document, first[:-3])
        if not isinstance(inner, list):
            raise ModelError("answer", f"a {type(inner).__name__} at {shown(first)}", "a list")
        return [_at(entry, rest) for entry in inner]
    if not isinstance(document, Mapping) or first not in document:
        got = f"no {shown(first)} in {shown(json.dumps(document), 200)}"
        raise ModelError("answer", got, f"scores at {shown(path)}")
    return _at(document[first], rest)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str | bool | int | float):
        return value
    return _plain(value.item()) if hasattr(value, "item") else str(value)
