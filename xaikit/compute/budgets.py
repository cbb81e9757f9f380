"""One word for how much an engine may ask of the model: `budget`, in evaluations a row; the older words beside it."""

from typing import Annotated, Literal

from pydantic import Field

from xaikit.core.errors import SpecError

Budget = Annotated[int, Field(ge=4)] | Literal["auto"]
"""Model evaluations a row, or "auto" for the engine's own number."""

Samples = Annotated[int, Field(ge=4)] | None
"""The older word of an engine for its own unit."""


def draws(
    where: str, budget: int | str, samples: int | None, usual: int, each: int = 1
) -> tuple[int, tuple[str, ...]]:
    """Return how many draws to make, and a note where two words were given.

    Parameters
    ----------
    where : str
        The engine, for errors.
    budget : int or "auto"
        Model evaluations a row; it wins.
    samples : int or None
        Draws, by the older word.
    usual : int
        Draws where neither was given.
    each : int
        Evaluations that a draw costs.

    Raises
    ------
    SpecError
        When the budget is too small for four draws.

    Examples
    --------
    >>> draws("engine smoothgrad", "auto", None, 400), draws("engine interactions", 1000, None, 100, each=55)
    ((400, ()), (18, ()))
    >>> draws("engine smoothgrad", 200, 64, 400)
    (200, ('both budget and samples were given: budget 200 counts, samples 64 does not',))
    """
    if budget == "auto":
        return samples or usual, ()
    count = int(budget) // each
    if count < 4:
        raise SpecError(f"{where}.budget", str(budget), f"at least {4 * each} evaluations a row")
    if samples is None:
        return count, ()
    note = f"both budget and samples were given: budget {budget} counts, samples {samples} does not"
    return count, (note,)
