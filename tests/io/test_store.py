import gc
import io
import pickle
import warnings
from dataclasses import replace

import numpy as np
import pytest

from tests.core.test_codec import explanation, result
from xaikit.core.errors import DataError
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult


def test_an_explanation_comes_back_whole(tmp_path):
    before = explanation()
    before.save(tmp_path / "e.npz")
    after = Explanation.load(tmp_path / "e.npz")
    for name in ("values", "base", "prediction", "stderr", "converged"):
        assert (getattr(after, name) == getattr(before, name)).all()
    assert (after.rows, after.feature_names, after.engine) == (before.rows, before.feature_names, before.engine)
    assert after.data.tolist() == before.data.tolist()
    assert list(after.detail) == ["stderr_background"]


def test_what_an_explanation_has_not_stays_absent(tmp_path):
    bare = replace(explanation(), stderr=None, converged=None, data=None)
    bare.save(tmp_path / "e.npz")
    after = Explanation.load(tmp_path / "e.npz")
    assert after.stderr is None
    assert after.converged is None
    assert after.data is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "noise"])
def test_a_damaged_file_says_so_wherever_the_damage_is(damage, tmp_path):
    explanation().save(tmp_path / "e.npz")
    whole, rng = (tmp_path / "e.npz").read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        hurt = bytearray(whole)
        if damage == "cut":
            hurt = hurt[: rng.integers(len(hurt))]
        elif damage == "flipped":
            for place in rng.integers(0, len(hurt), 5):
                hurt[place] ^= 0xFF
        else:
            hurt = bytearray(rng.bytes(300))
        (tmp_path / "x.npz").write_bytes(bytes(hurt))
        try:
            Explanation.load(tmp_path / "x.npz")  # may pass where nothing that is read was hit
        except DataError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("name", ["stderr", "converged", "degrees", "values"])
def test_an_array_that_is_lost_is_missed(name, tmp_path):
    """Without it an explanation would be one without errors, or one that nobody asked whether it converged."""
    before = replace(explanation(), degrees=np.full_like(explanation().values, 9.0))
    before.save(tmp_path / "e.npz")
    with np.load(tmp_path / "e.npz") as file:
        kept = {k: file[k] for k in file.files if k != name}
    np.savez(tmp_path / "e.npz", **kept)
    with pytest.raises(DataError, match=f"{name}: lost"):
        Explanation.load(tmp_path / "e.npz")


def test_a_damaged_file_is_closed(tmp_path):
    (tmp_path / "e.npz").write_bytes(b"PK\x03\x04 no archive")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(DataError):
            Explanation.load(tmp_path / "e.npz")
        gc.collect()
    assert not [w for w in told if issubclass(w.category, ResourceWarning) and "e.npz" in str(w.message)]


class Canary:
    def __reduce__(self):
        return (print, ("a pickle was executed",))


def test_a_pickle_in_the_place_of_an_explanation_is_not_executed(tmp_path, capsys):
    buffer = io.BytesIO()
    np.savez(buffer, meta=np.array([Canary()], dtype=object))
    (tmp_path / "a.npz").write_bytes(buffer.getvalue())
    (tmp_path / "b.npz").write_bytes(pickle.dumps(Canary()))
    for name in ("a.npz", "b.npz"):
        with pytest.raises(DataError):
            Explanation.load(tmp_path / name)
    assert capsys.readouterr().out == ""


def test_a_result_is_read_from_a_path_and_from_text(tmp_path):
    text = result().to_json(tmp_path / "result.json")
    assert (tmp_path / "result.json").read_text("utf-8") == text
    assert AuditResult.from_json(tmp_path / "result.json").to_json() == text
    assert AuditResult.from_json(text).to_json() == text
    with pytest.raises(DataError, match="No such file"):
        AuditResult.from_json(tmp_path / "nothing.json")
