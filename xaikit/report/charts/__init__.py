"""Charts as our own SVG: real text, CSS variables for colours, a table twin for every one."""
