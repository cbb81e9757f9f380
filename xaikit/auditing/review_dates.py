"""Law moves: a record of it that is past its review date says so in every report."""

from collections.abc import Sequence

from xaikit.core.evidence import Profile


def overdue(profiles: Sequence[Profile], today: str) -> tuple[str, ...]:
    """Return a warning for each profile whose review date has passed, and for each that is not yet in effect.

    Parameters
    ----------
    profiles : sequence of Profile
        What an audit is judged by.
    today : str
        ISO 8601; the day is what counts.

    Examples
    --------
    >>> p = Profile("x", "X", "", "in force", "2020-01-01", "§", "original", "2026-01-01", "2026-07-01", "", ())
    >>> overdue([p], "2026-11-22")
    ("The profile 'x' was to be reviewed by 2026-07-01; it was last verified on 2026-01-01.",)
    """
    day = today[:10]
    out = []
    for p in profiles:
        if p.review_by and p.review_by < day:
            verified = f"; it was last verified on {p.verified_on}" if p.verified_on else ""
            out.append(f"The profile '{p.id}' was to be reviewed by {p.review_by}{verified}.")
        if p.effective and p.effective > day:
            out.append(f"The profile '{p.id}' takes effect on {p.effective} only.")
    return tuple(out)
