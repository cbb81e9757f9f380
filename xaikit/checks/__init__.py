"""One file a check: it measures and never judges."""
