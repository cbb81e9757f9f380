"""Errors that say where, what was got, what was expected, and the nearest name."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: object, options: Iterable[object]) -> str | None:
    """Return the option that is spelt most like `name`, or None when none is close.

    Examples
    --------
    >>> nearest("gendr", ["gender", "race"])
    'gender'
    """
    table = {str(o).casefold(): str(o) for o in options}
    match = get_close_matches(str(name).casefold(), table, n=1, cutoff=0.6)
    return table[match[0]] if match else None


def shown(value: object, limit: int = 80) -> str:
    """Return `value` as one short line that is safe to print: no control characters, cut at `limit`."""
    text = repr(value) if not isinstance(value, str) else f"'{value}'"
    text = printable(text).replace("\n", "�")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable(text: str) -> str:
    r"""Return text with its lines and without control characters, which a terminal would obey.

    Examples
    --------
    >>> printable("a\x1b[31mb"), printable("two\nlines")
    ('a�[31mb', 'two\nlines')
    """
    return text if text.isprintable() else "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def listed(options: Iterable[object], limit: int = 12) -> str:
    """Return options as one line, cut after `limit` of them."""
    names = [shown(str(o), 40) for o in options]
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more if names else "none"


class XaikitError(Exception):
    """An error that its reader can act on.

    Parameters
    ----------
    where : str
        The place: a file and line, a column, a step.
    got, expected : str, optional
        What was found there, and what should have been.
    hint : str, optional
        The nearest name, or the next thing to do.
    """

    exit_code = 1

    def __init__(
        self, where: str, got: str | None = None, expected: str | None = None, hint: str | None = None
    ) -> None:
        self.where, self.got, self.expected, self.hint = where, got, expected, hint
        parts = [where]
        if got:
            parts.append(f"got {got}")
        if expected:
            parts.append(f"expected {expected}")
        message = parts[0] + (": " + "; ".join(parts[1:]) if len(parts) > 1 else "")
        super().__init__(printable(message + (f". {hint}" if hint else "")))

    def __reduce__(self) -> tuple[type, tuple[str | None, ...]]:
        """Pickle by the four parts, so that the error crosses process boundaries whole."""
        return type(self), (self.where, self.got, self.expected, self.hint)


class SpecError(XaikitError):
    """The audit was asked for wrongly: audit.yaml, a parameter, a name (exit code 2)."""

    exit_code = 2


class DataError(XaikitError):
    """The table of decisions, the inputs or the background cannot be used as they are."""


class AbsentError(DataError):
    """What a step needs is not in the audit: it is skipped, not failed."""


class ModelError(XaikitError):
    """The model cannot be opened, or does not answer as it must."""


class TrustError(ModelError):
    """Opening this file would execute code, and the auditor has not said `trust`."""


class MissingExtraError(XaikitError):
    """An optional package is needed; the hint is the command that installs it."""


def unknown_name(where: str, what: str, name: object, options: Iterable[object]) -> SpecError:
    """Return the error for a name that is not among `options`, with the nearest one."""
    options = list(options)
    near = nearest(name, options)
    hint = f"Did you mean {shown(near)}?" if near else None
    return SpecError(where, f"unknown {what} {shown(name)}", f"one of {listed(options)}", hint)
