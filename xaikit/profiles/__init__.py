"""Regimes as data: one YAML file each."""
