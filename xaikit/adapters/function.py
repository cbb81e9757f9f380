"""Any callable that takes a batch and returns scores: arrays, tensors, lists, Series or frames."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from xaikit.compute import references
from xaikit.compute.answers import answers
from xaikit.core.errors import ModelError, shown
from xaikit.core.model import Array, ModelCard


class FunctionModel:
    """A callable as a black box.

    Parameters
    ----------
    function : callable
        Takes a batch, returns `(n,)` or `(n, outputs)` numbers of any type.
    name : str, optional
        For people; the function's name by default.
    outputs : sequence of str, optional
        Names of the outputs.
    takes_frames : bool
        Whether it takes a table with named columns; an array by default.
    batch_size : int
        Rows asked at once.

    Examples
    --------
    >>> FunctionModel(lambda rows: [sum(r) for r in rows]).predict([[1, 2], [3, 4]]).tolist()
    [[3.0], [7.0]]
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        *,
        name: str | None = None,
        outputs: Sequence[str] = (),
        takes_frames: bool = False,
        batch_size: int = 4096,
        detail: dict[str, str] | None = None,
    ) -> None:
        if not callable(function):
            raise ModelError("model", f"a {type(function).__name__}", "a callable: batch → scores")
        self.function = function
        self.takes_frames = takes_frames
        self._size = batch_size
        called = getattr(function, "__name__", type(function).__name__)
        self.card = ModelCard(name or called, "function", tuple(outputs), detail=detail or {})

    def predict(self, batch: Any) -> Array:
        """Return the scores of a batch, float64 `(n, outputs)`.

        Raises
        ------
        ModelError
            When the callable raises (with the rows), or answers with NaN, words or another number of rows.
        """
        return answers(self.function, batch, f"model {shown(self.card.name)}", size=self._size)


def load(
    *,
    function: str,
    path: Path | None = None,
    outputs: list[str] | None = None,
    takes_frames: bool = False,
    batch_size: int = 4096,
) -> FunctionModel:
    """Return the model of a callable that the auditor names.

    Parameters
    ----------
    function : str
        `package.module:name`, or `file.py:name` in the folder `path`. Importing it runs its code.
    path : Path, optional
        Folder of the file; the working folder by default.
    outputs, takes_frames, batch_size
        As in `FunctionModel`.

    Raises
    ------
    SpecError
        When there is no such module or name.
    """
    found = references.named(function, "model.function", Path(path) if path else None)
    return FunctionModel(
        found, outputs=outputs or (), takes_frames=takes_frames, batch_size=batch_size, detail={"function": function}
    )


def recognises(path: Path) -> bool:
    """Return False: no file is a callable by its content; `function:` names it."""
    del path
    return False
