"""An audit of decisions that are too many to hold: the files of an audit.yaml are read once and leave counts."""

from collections.abc import Mapping
from pathlib import Path

from xaikit.auditing.counted import Origin, measured
from xaikit.auditing.inputs import UNDECIDED
from xaikit.auditing.plan import check_labels, profiles_of, roles_of
from xaikit.auditing.spec_types import AuditSpec, DataSpec
from xaikit.core.errors import SpecError
from xaikit.core.progress import Progress, silent
from xaikit.core.result import AuditResult
from xaikit.io.batches import SUFFIXES, columns_of, files_of
from xaikit.io.dialect import read_as
from xaikit.io.files import sha256
from xaikit.io.profiles import load_profile
from xaikit.io.streams import streamed
from xaikit.io.tables import READ_AS

LARGE = 512 * 1024 * 1024  # bytes on disk; as a table in memory they are several times as many


def streams(spec: AuditSpec) -> bool:
    """Return whether the decisions are counted as they are read.

    `data.stream` says so; "auto" stands for decisions alone, without a model, in more than 512 MB of Parquet, CSV or
    Arrow files.
    """
    if spec.data is None or spec.data.stream is False:
        return False
    return spec.data.stream is True or (spec.model is None and bool(spec.roles.sensitive) and _large(spec.data.path))


def _large(path: Path) -> bool:
    if not path.exists() or not (path.is_dir() or path.suffix.lower() in SUFFIXES):
        return False
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES]
    return sum(f.stat().st_size for f in files) > LARGE


def audit_stream(
    spec: AuditSpec, *, command: str, hashes: Mapping[str, str], progress: Progress = silent
) -> AuditResult:
    """Return the audit of files that are larger than memory: the measures that need no rows, from their counts.

    Parameters
    ----------
    spec : AuditSpec
        With data and without a model.
    command : str
        What makes the result again.
    hashes : mapping
        SHA-256 of what else was read.
    progress : callable
        Called with task, done, total.

    Raises
    ------
    SpecError
        When neither a decision nor a score is declared.
    DataError
        For files that cannot be counted, with file and row group.
    """
    data = spec.data
    if data is None:
        raise SpecError("data", "nothing", "data.path, the table of decisions")
    if not (spec.roles.decision or spec.roles.score or spec.roles.label):
        raise SpecError("the audit", "no decisions", "roles.decision, roles.score, or roles.label alone")
    for name in profiles_of(spec):
        load_profile(name)  # what is misspelt is said before hours of reading, not after
    files = files_of(data.path)
    check_labels(spec, columns_of(files[0]))
    found = streamed(data.path, roles_of(spec), where=data.where, progress=progress)
    told = read_as(files)
    origin = Origin(
        command,
        {"data": sha256(data.path, progress), **hashes},
        {
            "rows": found.rows,
            "audited rows": len(found.tally),
            "files": len(files),
            "path": data.path.name,
            "streamed": True,
            **({READ_AS: told} if told else {}),
        },
        (*_notes(spec, data), *found.notes),
        "which were counted as they were read; data.stream: false holds them in memory",
    )
    return measured(found.tally, spec, origin, progress)


def _notes(spec: AuditSpec, data: DataSpec) -> tuple[str, ...]:
    told = [UNDECIDED] if not (spec.roles.decision or spec.roles.score) else []
    told += ["The rows were counted as they were read and not held: checks that need rows were skipped."]
    if data.id:
        told.append(f"That the ids in column '{data.id}' are unique was not checked.")
    return tuple(told)
