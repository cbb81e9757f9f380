import numpy as np
import pytest

from xaikit.core.errors import SpecError
from xaikit.core.target import margin, resolve

Y = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
NAMES = ["no", "maybe", "yes"]


def test_every_way_to_name_a_target():
    assert resolve("all", NAMES)(Y).tolist() == Y.tolist()
    assert resolve(-1, NAMES).outputs == ("yes",)
    assert resolve("maybe", NAMES)(Y).ravel().tolist() == [0.2, 0.3]
    assert resolve(lambda y: y.max(1), NAMES)(Y).shape == (2, 1)
    assert np.allclose(margin(2, 0, NAMES)(Y).ravel(), [0.6, -0.3])


@pytest.mark.parametrize(("bad", "hint"), [("yess", "Did you mean 'yes'"), (3, "an index below 3")])
def test_a_target_that_is_not_there_names_the_nearest(bad, hint):
    with pytest.raises(SpecError, match=hint):
        resolve(bad, NAMES)
