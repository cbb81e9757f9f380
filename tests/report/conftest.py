"""Results to render."""

import pytest

from tests.report.results import callbacks_result, income_result


@pytest.fixture(scope="session")
def callbacks():
    """An audit of decisions alone."""
    return callbacks_result()


@pytest.fixture(scope="session")
def income():
    """An audit of a model, with explanations, flips and calibration."""
    return income_result()
