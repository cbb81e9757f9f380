"""What a criterion cites, and how its text was read."""

from xaikit.core.evidence import Criterion
from xaikit.report.text import Prose, Text, say, sentences


def citation(criterion: Criterion) -> Text:
    """Return citation and, where the criterion has its own, status, date and source."""
    status, since, source = criterion.status, criterion.effective, criterion.source
    return sentences(
        Prose(f"{criterion.citation.rstrip('.')}.") if criterion.citation else None,
        say("Status: {status}.", status=Prose(status)) if status else None,
        say("Effective: {since}.", since=since) if since else None,
        say("Source: {source}.", source=source_of(source)) if source and source != "original" else None,
    )


def source_of(source: str) -> Text:
    """Return how the text of the law was read."""
    words = {
        "original": say("original text"),
        "secondary": say("secondary, verify before relying"),
        "memory": say("from memory, verify before relying"),
        "house": say("house criteria, no law"),
    }
    return words.get(source, source)
