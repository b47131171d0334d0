r"""Haar's wavelets of one axis, à trous: averages and differences of neighboring blocks, undecimated.

$$\hat\psi_j(\omega) = g(2^j\omega)\prod_{i<j}h(2^i\omega),\quad \hat\phi = \prod_{i<J}h(2^i\omega),\quad
h = \tfrac12(1+e^{-i\omega}),\ g = \tfrac12(1-e^{-i\omega})$$

In time psi_j is $2^{-j-1}$ on $2^j$ samples and minus that on the $2^j$ that follow; causal, so the filters are complex
in Fourier. The frame is tight. Choose it for jumps, and where a wavelet must not reach beyond its block; it decays as
$1/\omega$, so no coarse grid holds it: use `oversampling="full"` (the default of its constructor).
"""

import equinox as eqx
import numpy as np

from ...errors import InputError
from ..family import AbstractSeries, Band, Filter, check_series


class HaarSeries(AbstractSeries):
    """J octaves of Haar wavelets. Their energy has no finite variance in frequency: sigma is NaN.

    >>> np.fft.ifft(HaarSeries(2).filter(8, 1)).real.round(3) + 0.0
    array([ 0.25,  0.25, -0.25, -0.25,  0.  ,  0.  ,  0.  ,  0.  ])
    """

    J: int = eqx.field(static=True)

    def bands(self):
        """One band per octave, at the maximum of its wavelet of continuous time."""
        # the maximum of the wavelet of continuous time: tan(x) = 2x at x = 1.16556 = omega / 4, two blocks to a unit
        return [Band(0.3710 / 2**j, float("nan"), j) for j in range(self.J)]

    def filter(self, N, n):
        """The difference of two neighboring blocks of 2^n samples."""
        omega = 2 * np.pi * np.arange(N) / N
        return (1 - np.exp(-1j * 2**n * omega)) / 2 * blocks(omega, n)

    def phi(self, shape, T):
        """The mean of T samples; T must be whole."""
        if T != int(T):
            raise InputError(f"T={T:g}: Haar's low-pass is the mean of T samples: use T={round(T)}.")
        omega = 2 * np.pi * np.arange(shape[0]) / shape[0]
        if T == 2 ** (int(T).bit_length() - 1):
            return blocks(omega, int(T).bit_length() - 1)
        return np.exp(-1j * omega[:, None] * np.arange(int(T))).mean(1)

    def check(self, shape):
        """Refuse more octaves than the series holds."""
        check_series(self.J, 1, shape)


def blocks(omega: Filter, n: int) -> Filter:
    """The product of h(2^i omega) over i < n: the mean of 2^n samples.

    >>> blocks(np.array([0.0, np.pi]), 3).round(3).real
    array([1., 0.])
    """
    product = np.ones(len(omega), complex)
    for i in range(n):
        product = product * (1 + np.exp(-1j * 2**i * omega)) / 2
    return product
