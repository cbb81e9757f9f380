"""What an audit has not shown of labels, inputs and the times when they were measured, line by line."""

from collections.abc import Mapping

from xaikit.core.result import AuditResult
from xaikit.core.standing import CONTESTED, SUSPECTED, UNDECLARED
from xaikit.report.reading import declared_roles
from xaikit.report.standing import suspects
from xaikit.report.text import Code, Listed, Text, say, say_n, sentences

Line = tuple[Text, Text, Text]


def fair_grounds(result: AuditResult) -> list[Line]:
    """Return the inputs of which nobody has said, or shown, that they are fair grounds."""
    model = [s for s in result.standings if s.standing in (UNDECLARED, CONTESTED, SUSPECTED)]
    suspected = suspects(result)
    if not model or not result.provenance.model:
        return []
    missing: Text = say_n(
        len(model),
        "{count} input has no declared standing, or a contested one.",
        "{count} inputs have no declared standing, or a contested one.",
    )
    if suspected:
        missing = sentences(missing, say("Suspected to stand in: {features}.", features=Listed(suspected)))
    return [
        (
            say("That the inputs are fair grounds for the decision"),
            missing,
            say("A validation of each for this job, declared under {key}.", key=Code("roles.legitimate")),
        )
    ]


def labels(result: AuditResult) -> list[Line]:
    """Return what the labels do not show, or that there are none."""
    label = declared_roles(result).get("label")
    if label:
        return [
            (
                say(
                    "That the labels in {label} are themselves fair",
                    label=label if isinstance(label, str) else str(label),
                ),
                say("They are taken as the truth; where they record past decisions, they repeat them."),
                say("An outcome measured independently of the decision, or a second rating blind to the attribute."),
            )
        ]
    return [
        (
            say("Whether the gap is job-related: that the selected were the better qualified"),
            say("The table has no label, so no decision can be called right or wrong."),
            say("A column of outcomes under {key}, and a validation of the criteria used.", key=Code("roles.label")),
        )
    ]


def times(result: AuditResult) -> list[Line]:
    """Return what is not known to have been known before the decision."""
    roles = declared_roles(result)
    given = roles.get("measured_at")
    declared = given if isinstance(given, Mapping) else {}
    model = result.spec.get("model") or {}
    used = model.get("features") if isinstance(model, dict) else None
    after = [k for k, v in declared.items() if v == "after"]
    out: list[Line] = []
    if after:
        out.append(
            (
                say("That the model could have been used at the time of the decision"),
                say("Declared as measured after the decision: {columns}.", columns=Listed(tuple(after))),
                say("Leave these columns out, or correct the declaration."),
            )
        )
    undeclared = [f for f in used or () if f not in declared]
    if not declared or undeclared:
        missing: Text = say("No column declares when it was measured.")
        if declared and undeclared:
            missing = say_n(
                len(undeclared), "{count} feature does not declare it.", "{count} features do not declare it."
            )
        out.append(
            (
                say("That the inputs were known before the decision"),
                missing,
                say("{key} for every feature: before, at or after the decision.", key=Code("roles.measured_at")),
            )
        )
    return out
