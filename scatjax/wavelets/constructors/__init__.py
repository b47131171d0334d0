"""Constructors of banks, one a family: `morlet(shape, J=…, …)` and its siblings, of images and of series."""
