"""Masks: where a field is known, and what of it a wavelet of scale j sees."""

import numpy as np

from ..errors import InputError


def eroded(inside: np.ndarray, j: int, *, remove_edges: bool) -> np.ndarray:
    """The part of `inside` further than 2^j samples (Chebyshev) from all that is not, or from the border."""
    from scipy.ndimage import minimum_filter

    mode = "constant" if remove_edges else "wrap"
    window = minimum_filter(inside, size=2 ** (j + 1) + 1, mode=mode, cval=0.0)
    if not window.any():
        least = f"J <= {max(j - (inside.ndim == 1), 1)}"  # the low-pass of a series is the scale after the last
        raise InputError(
            f"the mask leaves no sample at scale j={j}, whose wavelets see {2**j}: use {least}, or a wider mask."
        )
    return window
