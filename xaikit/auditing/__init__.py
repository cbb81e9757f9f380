"""One audit, top to bottom: spec → plan → run → judge."""
