"""Wavelet families: what a wavelet is, one family a file."""
