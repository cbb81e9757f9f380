"""YAML whose every key and item knows its line, so that an error can name it."""

from pathlib import Path
from typing import Any

import yaml

from xaikit.core.errors import SpecError, nearest, shown

Lines = dict[tuple[str | int, ...], int]


def read_yaml(path: Path) -> tuple[Any, Lines]:
    """Return the values in a YAML file, and the line of every key and item.

    Nothing is executed: only plain values are read.

    Raises
    ------
    SpecError
        No such file (the nearest name is given), not text, not YAML, or a key given twice.
    """
    text = _text(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = _joined_surrogates(yaml.safe_load(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise SpecError(where, f"'{getattr(error, 'problem', error)}'", "valid YAML") from None
    except UnicodeError:
        raise SpecError(str(path), "half a character (an unpaired surrogate)", "whole characters") from None
    return raw, lines(node, str(path))


def lines(node: yaml.Node | None, where: str, at: tuple[str | int, ...] = ()) -> Lines:
    """Return the line of every key and item of a YAML document, by its path.

    Raises
    ------
    SpecError
        For a key that is given twice, of which a YAML reader would keep the last without a word.
    """
    out: Lines = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, str(key.value))
            line = key.start_mark.line + 1
            if here in out:
                raise SpecError(f"{where}, line {line}", f"{shown(key.value)} again, after line {out[here]}", "once")
            out[here] = line
            out |= lines(value, where, here)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            out[(*at, i)] = value.start_mark.line + 1
            out |= lines(value, where, (*at, i))
    return out


def place(where: str, path: tuple[str | int, ...], line_of: Lines) -> str:
    """Return "file, line 7, model.threshold" for a path of keys."""
    known = next((line_of[path[:i]] for i in range(len(path), 0, -1) if path[:i] in line_of), None)
    dotted = ".".join(str(p) for p in path)
    return ", ".join(filter(None, [where, f"line {known}" if known else "", dotted]))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(str(path), f"byte {error.start} that is not UTF-8", "a UTF-8 file") from None
    except OSError as error:
        folder = path.parent if path.parent.is_dir() else Path()
        near = nearest(path.name, [p.name for p in folder.iterdir()])
        hint = f"Did you mean {shown(near)}?" if near else None
        raise SpecError(str(path), f"'{error.strerror}'", "a YAML file", hint) from None


def _joined_surrogates(value: Any) -> Any:
    # JSON writes characters beyond the basic plane as two escapes, which a YAML reader leaves as two halves
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16")
    if isinstance(value, dict):
        return {_joined_surrogates(k): _joined_surrogates(v) for k, v in value.items()}
    return [_joined_surrogates(v) for v in value] if isinstance(value, list) else value
