"""One file a kind of black box: each opens it as a `Model`."""
