r"""Morlet wavelets in two dimensions: a Gaussian around $\xi_j$ minus the multiple of a Gaussian at 0 that cancels it.

$$\hat\psi_{j\theta}(\omega) = g(\omega - \xi_j e_\theta) - \kappa\, g(\omega),\quad
g(\omega) = e^{-\sigma_j^2(\omega_\parallel^2 + \omega_\perp^2/s^2)/2},\quad \xi_j = \tfrac{3\pi}{4} 2^{-j},\
\sigma_j = .8\cdot 2^j,\ s = 4/L$$

(Bruna and Mallat 2012.) Peers differ in how they sample it; each is a `constants` object. Choose Morlet for
scattering and scattering spectra: smooth in space and frequency, four angles are enough.
"""

import abc
import itertools

import equinox as eqx
import numpy as np

from .family import AbstractPlanar, Filter, aliased, gaussian_low_pass


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
