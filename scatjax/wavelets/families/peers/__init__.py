"""Families with the constants of other packages, to their digits."""
