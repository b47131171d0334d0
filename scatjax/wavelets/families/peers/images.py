r"""Families of images as peers compute them: Morlet with the constants of Kymatio and of Cheng, Cheng's steerable ones.

Cheng et al. 2023 ($\xi_0 = .75\pi$, $\cos^{L/2+1}$): `BumpCheng` and its siblings `GaussianSteerable` and `Shannon`.
"""

import abc
import itertools
from math import factorial, gamma, sqrt

import equinox as eqx
import numpy as np

from ....citations import cites
from ...family import AbstractPlanar, Filter, gaussian_low_pass
from ..morlet import AbstractConstants
from ..steerable import bump


@cites("cheng2023", "scatteringtransform")
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


@cites("andreux2020")
class Kymatio(AbstractConstants):
    """Kymatio's: sampled in space over 5 x 5 periods, with 3.1415 for pi in the amplitude (kymatio 11552ed)."""

    xi: float = eqx.field(static=True, default=3 * np.pi / 4)
    sigma: float = eqx.field(static=True, default=0.8)

    def angles(self, L):
        return np.pi / 2 - peer_angles(L)

    def psi(self, shape, j, L):
        scale, slant = 2.0**j, 4 / L
        filters = []
        for theta in peer_angles(L):
            envelope, wave = _gabor(shape, self.sigma * scale, theta, self.xi / scale, slant)
            filters.append(np.fft.fft2(wave - wave.sum() / envelope.sum() * envelope).real)
        return np.stack(filters)

    def phi(self, shape, T):
        return np.fft.fft2(_gabor(shape, self.sigma * T / 2, 0.0, 0.0, 1.0)[0]).real


@cites("cheng2023", "scatteringtransform")
class Cheng(AbstractConstants):
    """SihaoCheng's: sampled in space over 2 x 2 periods, centers times `frequency_factor`, and angles that may overlap
    by `l_oversampling` (scattering_transform 04f36a6)."""

    xi: float = eqx.field(static=True, default=3 * np.pi / 4)
    sigma: float = eqx.field(static=True, default=0.8)
    frequency_factor: float = eqx.field(static=True, default=1.0)
    l_oversampling: float = eqx.field(static=True, default=1.0)

    def angles(self, L):
        return np.pi / 2 - peer_angles(L)

    def psi(self, shape, j, L):
        sigma, xi = self.sigma * 2.0**j / self.frequency_factor, self.xi * self.frequency_factor / 2.0**j
        slant = 4 / L * self.l_oversampling
        return np.stack([self._psi(shape, sigma, theta, xi, slant) for theta in peer_angles(L)])

    def _psi(self, shape, sigma, theta, xi, slant):
        u, v = _rotated(np.arange(-shape[0], shape[0])[:, None], np.arange(-shape[1], shape[1])[None], theta)
        gauss = slant / (2 * np.pi * sigma**2) * np.exp(-(u**2 + (slant * v) ** 2) / (2 * sigma**2))
        wave = gauss * np.exp(1j * xi * u)
        folded = (wave - wave.sum() / gauss.sum() * gauss).reshape(2, shape[0], 2, shape[1]).sum((0, 2))
        psi = np.fft.fft2(folded).real
        psi[0, 0] = 0
        return psi

    def phi(self, shape, T):
        return gaussian_low_pass(shape, self.sigma * T / 2)


def peer_angles(L: int) -> Filter:
    """Angles of both peers, axis 0 toward axis 1, in their order: a true division inside int."""
    return (int(L - L / 2 - 1) - np.arange(L)) * np.pi / L


def _rotated(u, v, theta: float):
    return u * np.cos(theta) + v * np.sin(theta), v * np.cos(theta) - u * np.sin(theta)


def _gabor(shape: tuple[int, ...], sigma: float, theta: float, xi: float, slant: float) -> tuple[Filter, Filter]:
    """A Gaussian and its product with the wave exp(i xi a), over 5 x 5 periods in space, where it is not negligible."""
    wave, envelope = np.zeros(shape, complex), np.zeros(shape)
    across, reach = sigma / slant, 8.7  # exp(-8.7^2 / 2) = 4e-17
    most = reach * np.hypot(sigma * np.cos(theta), across * np.sin(theta)), reach * np.hypot(
        sigma * np.sin(theta), across * np.cos(theta)
    )
    spans = [[_near(p * n, n, r) for p in range(-2, 3)] for n, r in zip(shape, most, strict=True)]
    for (u, rows), (v, columns) in itertools.product(*spans):
        a, b = _rotated(u[:, None], v[None], theta)
        gauss = np.exp(-(a**2 + (slant * b) ** 2) / (2 * sigma**2))
        envelope[rows, columns] += gauss
        along = np.exp(1j * xi * np.cos(theta) * u)[:, None] * np.exp(1j * xi * np.sin(theta) * v)[None]
        wave[rows, columns] += gauss * along
    amplitude = 2 * 3.1415 * sigma**2 / slant
    return envelope / amplitude, wave / amplitude


def _near(start: int, length: int, reach: float) -> tuple[Filter, slice]:
    """The points start, .., start + length - 1 that lie within reach of 0, and where they stand."""
    first = int(np.clip(np.ceil(-reach) - start, 0, length))
    last = int(np.clip(np.floor(reach) - start + 1, first, length))
    return start + np.arange(first, last, dtype=float), slice(first, last)
