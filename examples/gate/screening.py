"""The model under audit. A pull request changes it; the gate says whether it may pass."""

import numpy as np


def score(applicants):
    """Return the chance to do well, for rows of (skill, years)."""
    skill, years = applicants[:, 0], applicants[:, 1]
    return 1 / (1 + np.exp(-(1.6 * skill + 0.05 * (years - 6) - 0.3)))
