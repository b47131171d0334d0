"""Simulators of fields, one process a file."""
