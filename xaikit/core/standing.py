"""The standing of a feature: what was declared of it, and what the evidence makes of that."""

from dataclasses import dataclass

PROTECTED, LEGITIMATE, CONTESTED, UNDECLARED = "protected", "legitimate", "contested", "undeclared"
SUSPECTED = "suspected proxy"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a feature is a fair ground for a decision, as declared and as judged.

    Parameters
    ----------
    feature : str
        An input of the model, or a column beside it.
    standing : str
        "protected", "legitimate", "contested", "suspected proxy" or "undeclared".
    declared : str
        The same before anything was judged: never "suspected proxy".
    because : str
        Why it is suspected: of which sensitive features, with the numbers.
    evidence : tuple of str
        The ids of the evidence that was read.
    """

    feature: str
    standing: str
    declared: str
    because: str = ""
    evidence: tuple[str, ...] = ()
