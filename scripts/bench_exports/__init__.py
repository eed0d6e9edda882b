"""Measures reading exports; see scripts/bench-exports."""
