"""A model behind an HTTP endpoint: MLflow, Open Inference v2 (KServe) or any JSON; counted, cached, resumable."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from xaikit.compute import payloads
from xaikit.compute.answer_cache import AnswerCache
from xaikit.compute.answers import checked
from xaikit.compute.batches import length
from xaikit.compute.endpoints import Endpoint
from xaikit.compute.payloads import Protocol, Rows
from xaikit.core.errors import DataError, ModelError, SpecError
from xaikit.core.model import Array, ModelCard


class RemoteModel:
    """An endpoint as a black box.

    Rows that were answered are not asked again: equal rows of one audit cost one row, and with a cache on disk an
    audit that died goes on where it stopped.

    Parameters
    ----------
    endpoint : Endpoint
        Where to ask.
    protocol : Protocol
        How to ask.
    cache : AnswerCache, optional
        In memory by default.
    outputs : sequence of str, optional
        Names of the scores.
    batch_size : int
        Rows a request.
    takes_frames : bool, optional
        Whether a table with named columns is wanted; by default where the protocol carries names.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        protocol: Protocol,
        *,
        cache: AnswerCache | None = None,
        outputs: Sequence[str] = (),
        batch_size: int = 256,
        takes_frames: bool | None = None,
    ) -> None:
        if batch_size < 1:
            raise SpecError("model.batch_size", str(batch_size), "at least 1 row a request")
        self.endpoint, self.protocol, self.batch_size = endpoint, protocol, batch_size
        self.cache = AnswerCache() if cache is None else cache
        self.takes_frames = protocol.by_name if takes_frames is None else takes_frames
        note = "Answers of an endpoint can change at any time: what was audited is what answered then."
        self.card = ModelCard(endpoint.name, "remote", tuple(outputs), None, (note,), {"url": endpoint.name})

    @property
    def uncached(self) -> "RemoteModel":
        """The same endpoint with a memory of nothing, for asking twice."""
        return RemoteModel(
            self.endpoint,
            self.protocol,
            outputs=self.card.output_names,
            batch_size=self.batch_size,
            takes_frames=self.takes_frames,
        )

    def requests_for(self, batch: Any) -> int:
        """Return how many requests a batch would cost now; nothing is sent."""
        keys = self._keys(Rows.of(batch))
        return math.ceil(len(set(keys) - set(self.cache.get(keys))) / self.batch_size)

    def predict(self, batch: Any) -> Array:
        """Return the scores of a batch, float64 `(n, outputs)`.

        Raises
        ------
        ModelError
            When the endpoint does not answer, or lies about shapes or numbers; what it answered before is kept.
        """
        if length(batch) == 0:
            raise DataError("inputs", "no rows", "at least one")
        rows = Rows.of(batch)
        keys = self._keys(rows)
        known = self.cache.get(keys)
        new = list({key: i for i, key in reversed(list(enumerate(keys))) if key not in known}.values())[::-1]
        for start in range(0, len(new), self.batch_size):
            part = new[start : start + self.batch_size]
            scores = self._asked(rows.at(part), part)
            found = {keys[i]: row.tolist() for i, row in zip(part, scores, strict=True)}
            self.cache.put(found)
            known |= found
        return checked(_same_width([known[k] for k in keys], self._where), len(keys), self._where)

    @property
    def _where(self) -> str:
        return f"endpoint {self.card.name}"

    def _keys(self, rows: Rows) -> list[str]:
        question = json.dumps([self.endpoint.url, self.protocol.encode(Rows([], rows.columns))])
        return rows.keys(hashlib.sha256(question.encode()).hexdigest())

    def _asked(self, rows: Rows, positions: list[int]) -> Array:
        raw, names = payloads.scores(self.protocol.decode(self.endpoint.post(self.protocol.encode(rows))))
        if names and not self.card.output_names:
            self.card = replace(self.card, output_names=names)
        in_order = positions[-1] - positions[0] == len(positions) - 1
        where = self._where if in_order else f"{self._where}, request that begins with row {positions[0] + 1}"
        return checked(raw, len(rows), where, positions[0] if in_order else 0)


def load(
    *,
    url: str,
    protocol: Literal["mlflow", "kserve", "json"] = "mlflow",
    payload: Literal["dataframe_split", "inputs", "instances"] = "dataframe_split",
    request: dict[str, Any] | list[Any] | None = None,
    response: str = "",
    input_name: str = "input-0",
    output_name: str | None = None,
    datatype: Literal["FP32", "FP64", "INT64", "INT32", "BYTES"] = "FP32",
    headers: dict[str, str] | None = None,
    outputs: list[str] | None = None,
    takes_frames: bool | None = None,
    batch_size: int = 256,
    timeout: float = 30.0,
    retries: int = 4,
    rate: float | None = None,
    max_requests: int | None = None,
    allow_hosts: list[str] | None = None,
    cache: Path | None = None,
) -> RemoteModel:
    """Return the model behind an endpoint; nothing is sent before it is asked to predict.

    Parameters
    ----------
    url : str
        Of the endpoint: `…/invocations`, `…/v2/models/NAME/infer`; `${NAME}` comes from the environment.
    protocol : {"mlflow", "kserve", "json"}
        How rows and scores are written.
    payload : {"dataframe_split", "inputs", "instances"}
        For mlflow.
    request, response : JSON document, str
        For json: where rows go (`"$rows"`, `"$records"`) and where scores are (`results[*].score`).
    input_name, output_name, datatype : str
        For kserve.
    headers : dict
        `{Authorization: "Bearer ${TOKEN}"}`: secrets come from the environment alone and are never written down.
    outputs, takes_frames, batch_size
        As in `RemoteModel`.
    timeout, retries, rate, max_requests, allow_hosts
        As in `Endpoint`.
    cache : Path, optional
        File in which answers are kept, so that an audit can go on after a failure.

    Raises
    ------
    SpecError
        For a wrong address, a secret that is written down or not set, or a request without a place for rows.
    """
    if protocol == "json":
        chosen = payloads.template(request if request is not None else payloads.ROWS, response)
    elif protocol == "kserve":
        chosen = payloads.kserve(input_name, output_name, datatype)
    else:
        chosen = payloads.mlflow(payload)
    endpoint = Endpoint(
        url,
        headers or {},
        timeout=timeout,
        retries=retries,
        rate=rate,
        max_requests=max_requests,
        allow_hosts=allow_hosts or (),
    )
    return RemoteModel(
        endpoint,
        chosen,
        cache=AnswerCache(cache),
        outputs=outputs or (),
        batch_size=batch_size,
        takes_frames=takes_frames,
    )


def recognises(path: Path) -> bool:
    """Return False: an endpoint is an address, not a file."""
    del path
    return False


def _same_width(rows: list[list[float]], where: str) -> Any:
    widths = {len(r) for r in rows}
    if len(widths) > 1:
        raise ModelError(where, f"rows with {sorted(widths)} scores", "the same number of scores in every row")
    return np.asarray(rows)
