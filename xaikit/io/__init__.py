"""The edges: tables in, results out."""
