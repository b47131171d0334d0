r"""Wavelets that are a radial profile times an angular one in frequency, periods summed.

Two conventions are in use and both are called bump-steerable: `BumpSteerable` (Mallat, Zhang and Rochette 2018;
$\xi_0 = .85\pi$, $\cos^{L-1}$, normalized over 2L angles), and `BumpCheng` (Cheng et al. 2023; $\xi_0 = .75\pi$,
$\cos^{L/2+1}$). `GaussianSteerable` and `Shannon` are the latter's siblings. Choose the first for phase harmonics.
"""

from math import factorial, sqrt

import equinox as eqx
import numpy as np

from ...citations import cites
from ..family import AbstractPlanar, Filter, aliased, gaussian_low_pass


@cites("mallat2018")
class BumpSteerable(AbstractPlanar):
    r"""$c\,R(2^j|\omega|)\cos(\arg\omega-\theta)_+^{L-1}$, $R(r) = e^{-(r-\xi_0)^2/(\xi_0^2-(r-\xi_0)^2)}$ on $(0,
    2\xi_0)$,
    $c = 2^{L-1}(L-1)!/(1.29\sqrt{L(2L-2)!})$; angles $\pi\ell/L$."""

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)
    xi: float = eqx.field(static=True, default=0.85 * np.pi)

    def angles(self):
        return np.pi * np.arange(self.L) / self.L

    def center(self, j):
        return self.xi / 2**j

    def psi(self, shape, j):
        constant = 2 ** (self.L - 1) * factorial(self.L - 1) / (1.29 * sqrt(self.L * factorial(2 * self.L - 2)))
        angle = lambda cosine: np.where(cosine > 0, cosine, 0.0) ** (self.L - 1)
        radius = lambda r: bump(r * 2**j, self.xi, self.xi)

        def profile(theta):
            return lambda wy, wx: radius(np.hypot(wy, wx)) * angle(np.cos(np.arctan2(wy, wx) - theta))

        filters = constant * np.stack([aliased(profile(t), shape, 2 * self.xi / 2**j) for t in self.angles()])
        filters[:, 0, 0] = 0
        return filters

    def phi(self, shape, T):
        return gaussian_low_pass(shape, T / 2 / (0.702 * sqrt(2) * 2**-0.55 * self.xi))










def bump(r: Filter, center: float, width: float) -> Filter:
    r"""$e^{-(r-c)^2/(w^2-(r-c)^2)}$ where $|r-c|<w$, else 0.

    >>> bump(np.array([1.0, 2.0]), 1.0, 1.0)
    array([1., 0.])
    """
    distance = (r - center) ** 2
    inside = distance < width**2
    return np.where(inside, np.exp(-distance / np.where(inside, width**2 - distance, 1)), 0.0)
