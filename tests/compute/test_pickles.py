"""Pickles are read, not run; only trust opens the gate."""

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch

from xaikit.compute import artefacts, pickles
from xaikit.core.errors import SpecError, TrustError


class Canary:
    """Sings (writes a file) when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return exec, (f"import pathlib; pathlib.Path({str(self.path)!r}).write_text('sang')",)


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "sang"


@pytest.mark.parametrize("protocol", range(6))
def test_the_call_is_listed_and_not_made(canary, protocol):
    listing = pickles.listing(pickle.dumps(Canary(canary), protocol=protocol))
    assert [n.rpartition(".")[2] for n in listing.names] == ["exec"]
    assert listing.calls == 1
    assert listing.complete
    assert not canary.exists()


def test_the_canary_can_sing(canary):
    pickle.loads(pickle.dumps(Canary(canary)))
    assert canary.read_text() == "sang"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_pickles_are_read_through(canary, pack):
    assert "exec" in str(pickles.listing(pack(pickle.dumps(Canary(canary)))))
    assert not canary.exists()


def test_zip_members_are_read(canary):
    buffer = io.BytesIO()
    torch.save({"w": torch.ones(2), "x": Canary(canary)}, buffer)
    names = pickles.listing(buffer.getvalue()).names
    assert any(n.endswith(".exec") for n in names)
    assert "torch._utils._rebuild_tensor_v2" in names
    assert not canary.exists()


def test_names_pushed_earlier_are_found_through_the_memo():
    # two classes of one module: the second STACK_GLOBAL takes the module's name from the memo
    blob = pickle.dumps([zipfile.ZipFile, zipfile.ZipInfo, zipfile.ZipFile], protocol=4)
    assert pickles.listing(blob).names == ("zipfile.ZipFile", "zipfile.ZipInfo")


def test_raw_arrays_that_hide_the_rest_are_admitted(tmp_path):
    file = tmp_path / "a.joblib"
    joblib.dump({"a": np.arange(1000), "b": print}, file)
    listing = pickles.listing(file.read_bytes())
    assert not listing.complete
    assert "not complete" in str(listing)
    assert "joblib.numpy_pickle.NumpyArrayWrapper" in listing.names


def test_damaged_pickles_are_listed_as_far_as_they_go(canary):
    blob = pickle.dumps(Canary(canary), protocol=4)
    listing = pickles.listing(blob[:-3])
    assert not listing.complete
    assert pickles.listing(b"").names == ()


@pytest.fixture
def artefact(tmp_path, canary):
    file = tmp_path / "m.pkl"
    file.write_bytes(pickle.dumps(Canary(canary)))
    return artefacts.read(file)


def test_the_gate_is_shut_and_tells_the_hash_that_would_open_it(artefact, canary):
    with pytest.raises(TrustError) as error:
        pickles.gate(artefact, False, "a pickle")
    assert "exec" in str(error.value)
    assert f"trust: sha256:{artefact.sha256}" in str(error.value)
    assert not canary.exists()


def test_the_gate_opens_for_true_and_for_the_right_hash_with_a_warning(artefact):
    assert "trust: true" in pickles.gate(artefact, True, "a pickle")
    assert artefact.sha256 in pickles.gate(artefact, f"SHA256:{artefact.sha256.upper()}", "a pickle")


def test_the_gate_stays_shut_for_another_hash_and_for_other_words(artefact):
    with pytest.raises(TrustError, match="the one trusted"):
        pickles.gate(artefact, "sha256:" + "0" * 64, "a pickle")
    with pytest.raises(SpecError, match="sha256: and 64"):
        pickles.gate(artefact, "yes", "a pickle")
