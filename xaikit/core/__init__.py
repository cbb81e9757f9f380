"""The words of the project: types, errors, plug-in lookup."""
