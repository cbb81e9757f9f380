from xaikit.core.model import Differentiable, Model, ModelCard


class Box:
    card = ModelCard("box", "function")

    def predict(self, batch):
        return batch


def test_a_capability_is_a_type():
    assert isinstance(Box(), Model)
    assert not isinstance(Box(), Differentiable)
    assert not isinstance(object(), Model)
