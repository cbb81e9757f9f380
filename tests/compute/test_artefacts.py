"""Files are known by their content; names do not count."""

import gzip
import json
import pickle
import zipfile

import joblib
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xaikit.compute import artefacts
from xaikit.core.errors import ModelError, SpecError


def torch_file(path, **options):
    torch.save(torch.nn.Linear(2, 1).state_dict(), path, **options)


def archive(path, *names):
    with zipfile.ZipFile(path, "w") as z:
        for name in names:
            z.writestr(name, "{}")


MAKERS = {
    "torch_zip": torch_file,
    "torch_legacy": lambda p: torch_file(p, _use_new_zipfile_serialization=False),
    "torch_script": lambda p: torch.jit.save(torch.jit.script(torch.nn.Linear(2, 1)), p),
    "torch_program": lambda p: archive(p, "m/archive_format", "m/models/model.json"),
    "skops": lambda p: archive(p, "schema.json", "1.npy"),
    "zip": lambda p: archive(p, "word/document.xml"),
    "pickle": lambda p: p.write_bytes(pickle.dumps([1])),
    "compressed": lambda p: p.write_bytes(gzip.compress(pickle.dumps([1]))),
    "safetensors": lambda p: p.write_bytes((2).to_bytes(8, "little") + b"{}"),
    "onnx": lambda p: p.write_bytes(b"\x08\x07\x12\x04test:\x00"),
    "hdf5": lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\x00" * 20),
    "json": lambda p: p.write_text(json.dumps({"a": [1]})),
    "text": lambda p: p.write_text("age,sex\n1,F\n"),
    "empty": lambda p: p.write_bytes(b""),
    "unknown": lambda p: p.write_bytes(bytes(range(255, 100, -1))),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kind", MAKERS)
def test_kinds_are_told_by_content(tmp_path, kind):
    path = tmp_path / "model.csv"  # a name that says nothing true
    MAKERS[kind](path)
    assert artefacts.kind_at(path) == kind
    artefact = artefacts.read(path)
    assert artefact.kind == kind
    assert artefact.looks_like == artefacts.KINDS[kind]


def test_joblib_is_told_with_and_without_compression(tmp_path):
    for compress, kind in (
        (0, "pickle"),
        (3, "compressed"),
        (("gzip", 3), "compressed"),
        (("lzma", 3), "compressed"),
    ):
        path = tmp_path / "model"
        joblib.dump(list(range(10)), path, compress=compress)
        assert artefacts.kind_at(path) == kind


def test_folders(tmp_path):
    assert artefacts.kind_at(tmp_path) == "folder"
    (tmp_path / "config.json").write_text("{}")
    assert artefacts.kind_at(tmp_path) == "transformers"
    with pytest.raises(ModelError, match="a folder"):
        artefacts.read(tmp_path)


def test_what_is_not_there(tmp_path):
    with pytest.raises(SpecError, match="no such file"):
        artefacts.read(tmp_path / "none.pt")


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind(content):
    assert artefacts.kind_of(content) in artefacts.KINDS


@given(st.binary(max_size=60))
def test_a_zip_that_is_none_has_a_kind(content):
    assert artefacts.kind_of(b"PK\x03\x04" + content) in artefacts.KINDS


def test_the_hash_is_of_what_was_read(tmp_path):
    path = tmp_path / "m"
    path.write_bytes(b"abc")
    artefact = artefacts.read(path)
    path.write_bytes(b"changed after it was read")
    assert artefact.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert artefact.stream().read() == b"abc"
