r"""Morlet wavelets in two dimensions: a Gaussian around $\xi_j$ minus the multiple of a Gaussian at 0 that cancels it.

$$\hat\psi_{j\theta}(\omega) = g(\omega - \xi_j e_\theta) - \kappa\, g(\omega),\quad
g(\omega) = e^{-\sigma_j^2(\omega_\parallel^2 + \omega_\perp^2/s^2)/2},\quad \xi_j = \tfrac{3\pi}{4} 2^{-j},\
\sigma_j = .8\cdot 2^j,\ s = 4/L$$

(Bruna and Mallat 2012.) Peers differ in how they sample it; each is a `constants` object. Choose Morlet for
scattering and scattering spectra: smooth in space and frequency, four angles are enough.
"""

import abc

import equinox as eqx
import numpy as np

from ...citations import cites
from ..family import AbstractPlanar, Filter, aliased, gaussian_low_pass


class AbstractConstants(eqx.Module):
    """How a Morlet wavelet is sampled: its angles and its filters."""

    xi: eqx.AbstractVar[float]
    sigma: eqx.AbstractVar[float]

    @abc.abstractmethod
    def angles(self, L: int) -> Filter:
        """Angles of the wave vectors, axis 1 toward axis 0."""

    @abc.abstractmethod
    def psi(self, shape: tuple[int, ...], j: int, L: int) -> Filter:
        """The L filters of scale j."""

    @abc.abstractmethod
    def phi(self, shape: tuple[int, ...], T: float) -> Filter:
        """The low-pass filter of support T."""


class Exact(AbstractConstants):
    """Ours: the closed form in frequency, all periods summed; angles pi l / L."""

    xi: float = eqx.field(static=True, default=3 * np.pi / 4)
    sigma: float = eqx.field(static=True, default=0.8)

    def angles(self, L):
        return np.pi * np.arange(L) / L

    def psi(self, shape, j, L):
        return np.stack([self._psi(shape, 2.0**j, theta, 4 / L) for theta in self.angles(L)])

    def _psi(self, shape, scale, theta, slant):
        def gauss(center):
            def profile(wy, wx):
                along, across = wx * np.cos(theta) + wy * np.sin(theta), wy * np.cos(theta) - wx * np.sin(theta)
                return np.exp(-((self.sigma * scale) ** 2) * ((along - center) ** 2 + (across / slant) ** 2) / 2)

            return aliased(profile, shape, (self.xi + 8.5 / self.sigma * max(1, slant)) / scale)

        around, low = gauss(self.xi / scale), gauss(0.0)
        return around - around[0, 0] / low[0, 0] * low

    def phi(self, shape, T):
        return gaussian_low_pass(shape, self.sigma * T / 2)






@cites("bruna2013")
class Morlet(AbstractPlanar):
    """J octaves of L Morlet wavelets, sampled as `constants` says."""

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)
    constants: AbstractConstants

    def angles(self):
        return self.constants.angles(self.L)

    def center(self, j):
        return self.constants.xi / 2**j

    def psi(self, shape, j):
        return self.constants.psi(shape, j, self.L)

    def phi(self, shape, T):
        return self.constants.phi(shape, T)








