from xaikit.core.alternative import Alternative


def test_an_alternative_reads_as_its_changes():
    way = Alternative("7", {"test": (61.0, 75.5), "city": ("x", "y")}, 0.2, 0.4, 0.51)
    assert str(way) == "test: 61 → 75.5; city: x → y"
