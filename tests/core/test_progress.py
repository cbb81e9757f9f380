from xaikit.core.progress import Progress, silent


def test_silence_is_a_progress():
    note: Progress = silent
    assert note("task", 1, 2) is None
