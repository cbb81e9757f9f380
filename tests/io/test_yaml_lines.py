import pytest
import yaml

from xaikit.core.errors import SpecError
from xaikit.io.yaml_lines import lines, place, read_yaml


def test_lines_of_keys_and_items():
    found = lines(yaml.compose("a: 1\nb:\n  - x\n  - {c: 2}\n"), "here")
    assert found == {("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 1): 4, ("b", 1, "c"): 4}
    assert place("here", ("b", 1, "d"), found) == "here, line 4, b.1.d"
    assert place("here", ("z",), found) == "here, z"


def test_a_key_given_twice_is_said_with_both_lines(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\nb: {c: 1, d: 2, c: 3}\n")
    with pytest.raises(SpecError, match=r"line 2: got 'c' again, after line 2"):
        read_yaml(path)


def test_values_are_plain(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: [1, x]\n")
    assert read_yaml(path)[0] == {"a": [1, "x"]}
