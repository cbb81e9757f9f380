"""Recorded scores: a card, and deliberately no model."""

import hashlib

import pytest

from xaikit.adapters.scores import load, recognises
from xaikit.core.errors import SpecError
from xaikit.core.model import Model


def test_there_is_a_card_and_nothing_to_ask(tmp_path):
    recorded = load(name="vendor's ranking", outputs=["rank"])
    assert not isinstance(recorded, Model)
    assert not hasattr(recorded, "predict")
    assert recorded.card.name == "vendor's ranking"
    assert recorded.card.output_names == ("rank",)
    assert "cannot be asked" in recorded.because


def test_a_file_that_cannot_be_opened_is_still_hashed(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"some vendor's format")
    assert load(path=path).card.sha256 == hashlib.sha256(b"some vendor's format").hexdigest()
    with pytest.raises(SpecError, match="no such file"):
        load(path=tmp_path / "none")
    assert not recognises(path)
