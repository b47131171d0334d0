r"""Wavelets that are a radial profile times an angular one in frequency, periods summed.

Two conventions are in use and both are called bump-steerable: `BumpSteerable` (Mallat, Zhang and Rochette 2018;
$\xi_0 = .85\pi$, $\cos^{L-1}$, normalized over 2L angles), and `BumpCheng` (Cheng et al. 2023; $\xi_0 = .75\pi$,
$\cos^{L/2+1}$). `GaussianSteerable` and `Shannon` are the latter's siblings. Choose the first for phase harmonics.
"""

import abc
from math import factorial, gamma, sqrt

import equinox as eqx
import numpy as np

from .family import AbstractPlanar, Filter, aliased, gaussian_low_pass
from .morlet import peer_angles


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


class AbstractCheng(AbstractPlanar):
    """Profiles over wave numbers folded from [-N, N), with the peer's angles and center 3 pi / 4."""

    @abc.abstractmethod
    def profile(self, kappa: Filter, angle: Filter, k0: float) -> Filter:
        """Value at radius kappa and angle from the wavelet's own."""

    def angles(self):
        return np.pi / 2 - peer_angles(self.L)

    def center(self, j):
        return 3 * np.pi / 4 / 2**j

    def psi(self, shape, j):
        first, second = np.arange(-shape[0], shape[0])[:, None], np.arange(-shape[1], shape[1])[None]
        # the angle of the wave vector, as in all families; the peer takes that of its integer wave numbers, which is
        # the same on squares only
        angle = np.arctan2(second * shape[0], first * shape[1])
        kappa = 2 * np.pi * np.hypot(first / shape[0], second / shape[1])
        kappa[shape[0], shape[1]] = 1.0  # k = 0 is set below
        filters = np.stack([self.profile(kappa, angle - theta, self.center(j)) for theta in peer_angles(self.L)])
        folded = filters.reshape(self.L, 2, shape[0], 2, shape[1]).sum((1, 3))
        folded[:, 0, 0] = 0
        return folded

    def phi(self, shape, T):
        return gaussian_low_pass(shape, 0.4 * T)

    def steering(self, angle: Filter) -> Filter:
        """$c\\cos(\\cdot)_+^{L/2+1}$, $c = 2^{L/2-1}(L/2-1)!/(1.29\\sqrt{(L/2)(L-2)!})$ (L even)."""
        half = self.L / 2
        constant = 2 ** (half - 1) * gamma(half) / (1.29 * sqrt(half * factorial(self.L - 2)))
        return constant * np.maximum(np.cos(angle), 0) ** (half + 1)


class BumpCheng(AbstractCheng):
    r"""$e^{-(\kappa-k_0)^2/(2\kappa k_0-\kappa^2)}$ on $0<\kappa<2k_0$, times the steering (peer's "BS")."""

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)

    def profile(self, kappa, angle, k0):
        return bump(kappa, k0, k0) * self.steering(angle)


class GaussianSteerable(AbstractCheng):
    r"""$(2\kappa/k_0)^2 e^{-\kappa^2/2(k_0/1.4)^2}$ times the steering (peer's "gau")."""

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)

    def profile(self, kappa, angle, k0):
        return (2 * kappa / k0) ** 2 * np.exp(-(kappa**2) / (2 * (k0 / 1.4) ** 2)) * self.steering(angle)


class Shannon(AbstractCheng):
    r"""1 on the sector $k_0/\sqrt2<\kappa\le k_0\sqrt2$, $|\arg-\theta|\le\pi/2L$ (half open)."""

    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)

    def profile(self, kappa, angle, k0):
        ring = (kappa > k0 / sqrt(2)) & (kappa <= k0 * sqrt(2))
        width, turn = np.pi / 2 / self.L, 2 * np.pi
        return (ring & ((-angle % turn < width) | (angle % turn <= width))).astype(float)


def bump(r: Filter, center: float, width: float) -> Filter:
    r"""$e^{-(r-c)^2/(w^2-(r-c)^2)}$ where $|r-c|<w$, else 0.

    >>> bump(np.array([1.0, 2.0]), 1.0, 1.0)
    array([1., 0.])
    """
    distance = (r - center) ** 2
    inside = distance < width**2
    return np.where(inside, np.exp(-distance / np.where(inside, width**2 - distance, 1)), 0.0)
