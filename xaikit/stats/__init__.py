"""Pure statistics over counts: no clock, no global state, no threshold."""
