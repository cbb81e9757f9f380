"""Every table as CSV, and a model card: the report in pieces, for other documents."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml

from xaikit.core.evidence import JOIN, Evidence, Verdict
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Cell, Chart, Column, Mark, Row, Table
from xaikit.report.labels import labelled
from xaikit.report.language import Language
from xaikit.report.languages import language
from xaikit.report.markdown import escaped, markdown
from xaikit.report.outline import outline
from xaikit.report.sections import error_rates, fairness, not_established, verdict, who_was_audited
from xaikit.report.standalone import every, slug
from xaikit.report.text import Interval, Number, say
from xaikit.report.writer import VERDICTS

METRICS = ("accuracy", "auc", "selection_rate", "impact_ratio", "true_positive_rate", "false_positive_rate")
"""What enters the index of a model card, by which hubs compare models."""
FORMULA = re.compile(r"^[=+@\t\r]|^-\D")


def tables(result: AuditResult) -> dict[str, str]:
    """Return every table of the report as CSV, by file name; charts give the table of their numbers.

    Numbers are written in full; a value that a spreadsheet would execute is written as text.
    """
    spoken = language(result)
    out = {}
    for i, (name, columns, rows) in enumerate(_tables(block for part in outline(labelled(result)) for block in part)):
        out[f"{i + 1:02d}-{slug(name)}.csv"] = _csv(columns, rows, spoken)
    return out


def model_card(result: AuditResult) -> str:
    """Return a model card in Markdown with YAML metadata, as model hubs read it.

    References
    ----------
    Mitchell, M. et al. (2019). Model cards for model reporting. FAT* 2019, 220–229.
    """
    spoken = language(result)
    name = str(result.provenance.model.get("name") or result.title)
    meta = {
        "language": spoken.code,
        "tags": ["xaikit", "fairness", "explainability", "audit"],
        "model_name": name,
        **_index(result, name),
        "audit": {
            "verdict": str(result.verdict),
            "profiles": [p.id for p in result.profiles],
            "created": result.provenance.created,
            "hashes": dict(result.provenance.hashes),
        },
    }
    front = yaml.safe_dump(meta, sort_keys=False, allow_unicode=True, width=1000)
    parts = [verdict, who_was_audited, fairness, error_rates, not_established]
    body = [markdown(part.blocks(labelled(result)), spoken) for part in parts]
    use = spoken.plain(
        say("Intended use: to be stated by whoever publishes the model. This card holds what was measured.")
    )
    said = spoken.plain(VERDICTS[Verdict(result.verdict)])
    head = f"# {escaped(name)}\n\n{escaped(use)}\n\n{escaped(said)}"
    return f"---\n{front}---\n\n" + "\n\n".join([head, *filter(None, body)]) + "\n"


def _index(result: AuditResult, name: str) -> dict[str, Any]:
    """Return the `model-index` of the card; no evidence, no index."""
    metrics = [
        {"type": e.measure, "name": _metric(e), "value": round(e.value, 6)}
        for e in result.evidence
        if e.measure in METRICS
        and e.value is not None
        and not {"stratum", "bin", "period"} & set(e.about)
        and JOIN not in e.about.get("sensitive", "")
    ]
    if not metrics:
        return {}
    data = str(result.provenance.data.get("path") or result.title)
    dataset = {"type": slug(data), "name": data}
    task = {"type": "tabular-classification"}
    return {"model-index": [{"name": name, "results": [{"task": task, "dataset": dataset, "metrics": metrics}]}]}


def _metric(e: Evidence) -> str:
    said = e.measure.replace("_", " ")
    group, feature, best = (e.about.get(k) for k in ("group", "sensitive", "reference"))
    return f"{said} of {group} ({feature})" + (f" to {best}" if best else "") if group else said


def _tables(blocks: Iterable[Block]) -> Iterator[tuple[str, Sequence[Column], Sequence[Row]]]:
    for b in every(blocks):
        if isinstance(b, Table):
            yield b.name, b.columns, b.rows
        elif isinstance(b, Chart):
            yield (b.name, *b.figure.twin())


def _csv(columns: Sequence[Column], rows: Sequence[Row], spoken: Language) -> str:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    write.writerow([_safe(spoken.plain(c.head)) for c in columns])
    for row in rows:
        write.writerow([_value(c, spoken) for c in row.cells])
    return out.getvalue()


def _value(cell: Cell, spoken: Language) -> str:
    if isinstance(cell, Mark):
        return spoken.plain(VERDICTS[cell.verdict])
    if isinstance(cell, Number):
        return "" if cell.value is None else repr(cell.value)
    if isinstance(cell, Interval):
        return "" if cell.low is None else f"{cell.low!r} to {cell.high!r}"
    return _safe(spoken.plain(cell))


def _safe(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text
