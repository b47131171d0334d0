r"""Nearness of two fields up to a translation, for fields known from moments alone, which shifts leave as they are.

The best circular shift is where the cross-correlation is largest, found by one product of FFTs (Mallat, Zhang and
Rochette 2018 judge their recoveries so). For fields that should lie where the target lies, compare them as they are.
"""

import numpy as np
from jaxtyping import Float

from .checks import check_pair


def best_shift(target, candidate) -> tuple[tuple[int, ...], float]:
    r"""The shift $\tau$ with `np.roll(candidate, shift)` nearest to the target, and the PSNR there, in dB.

    $$\mathrm{PSNR} = -10\log_{10}\frac1N\Big(\sum a^2 + \sum b^2 - 2\max_\tau\sum_u a(u)\,b(u-\tau)\Big)$$

    N samples, peak 1: for images in [0, 1]. Infinite for a copy.

    **Errors** InputError unless both are one real, finite field of one shape.

    >>> x = np.random.default_rng(0).random((8, 8))
    >>> shift, psnr = best_shift(x, np.roll(x, (2, -3), (0, 1)) + 0.1)
    >>> shift, round(psnr, 6)
    ((6, 3), 20.0)
    """
    target, candidate = check_pair(target, candidate)
    correlation = np.fft.ifftn(np.fft.fftn(target) * np.conj(np.fft.fftn(candidate))).real
    shift = tuple(int(i) for i in np.unravel_index(correlation.argmax(), correlation.shape))
    # the formula with this shift put in, so that nearly equal fields lose no digit to the difference of large sums
    square = np.mean((target - _rolled(candidate, shift)) ** 2)
    return shift, float(-10 * np.log10(square)) if square > 0 else float("inf")


def aligned(target, candidate) -> Float[np.ndarray, "*space"]:
    """The candidate, circularly shifted to lie nearest to the target.

    >>> x = np.random.default_rng(0).random((4, 6))
    >>> bool(np.array_equal(aligned(x, np.roll(x, (1, 2), (0, 1))), x))
    True
    """
    shift, _ = best_shift(target, candidate)
    return _rolled(np.asarray(candidate), shift)


def _rolled(x: np.ndarray, shift: tuple[int, ...]) -> np.ndarray:
    return np.roll(x, shift, tuple(range(x.ndim)))
