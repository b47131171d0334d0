"""Covariances of a Gamma written from their formula (Zhang and Mallat 2021), in NumPy, one row at a time."""

import jax.numpy as jnp
import numpy as np

from .reference import convolve, eroded

QUICK = {"xla_backend_optimization_level": 0}  # for programs that run once: optimizing them takes far longer


def numbers(gamma, values):
    """The complex numbers of the rows of a Gamma, in their order."""
    row, part = gamma.parts()
    out = np.zeros(len(gamma), complex)
    np.add.at(out, row, np.where(part == 0, 1, 1j) * np.asarray(values))
    return out


def mirrored(psi):
    """psi(-omega)."""
    return np.roll(psi[::-1, ::-1], (1, 1), (0, 1))


class Slow:
    """`Slow(bank, gamma)(x, target)`: the complex number of each row, normalized by the target.

    `mask`, `remove_edges`: as of the library. Windows come after centering: the two rules of authors that come before
    it have golden arrays of their own.
    """

    def __init__(self, bank, gamma, mask=None, *, remove_edges=False):
        self.bank, self.gamma, self.mask = bank, gamma, mask
        self.psi = bank.filters().reshape(bank.J, bank.L, *bank.domain.padded)
        self.low = gamma.low.filters(bank)
        self.wraps = not (remove_edges or bank.domain.is_padded)
        inside = np.ones(bank.shape) if mask is None else np.asarray(mask, float)
        whole = mask is None and not remove_edges
        erode = lambda j: inside if whole else eroded(inside, 2**j, periodic=not remove_edges)
        self.windows = [np.pad(erode(j), bank.domain.widths) for j in range(bank.J)]

    def completed(self, x):
        """On the torus; unknown samples hold the mean of the known ones."""
        if self.mask is not None:
            x = np.stack([np.where(self.mask, c, c[self.mask].mean()) for c in x])
        return np.asarray(self.bank.domain.pad(jnp.asarray(x)))

    def window(self, band, j):
        """Weights of a field: of its scale; of low-passes the coarsest, of the others the finest."""
        return self.windows[{"psi": j, "low": self.bank.J - 1}.get(band, 0)]

    def wave(self, x, band, j, l):
        """x * filter, l = 0 .. 2L-1."""
        if band == "psi":
            psi = self.psi[j, l % self.bank.L]
            return convolve(x, psi if l < self.bank.L else mirrored(psi))
        if band == "low":
            z = convolve(x, self.low[j])
            return z if self.gamma.complex_map else z.real
        at = lambda y, c: np.roll(x, (y, c), (0, 1))
        a, b, c, d = at(1, 1), at(1, 2), at(2, 1), at(2, 2)
        z = [(a - b + c - d) / 4, (a + b - c - d) / 4, (a - b - c + d) / 4][l]
        return z if self.gamma.complex_map else z.real

    def pointwise(self, z, band, k):
        """[z]^k, or rho of phase k."""
        if self.gamma.phases is not None and band == "psi":
            return np.maximum((np.exp(2j * np.pi * k / self.gamma.phases) * z).real, 0)
        return np.abs(z) * np.exp(1j * k * np.angle(z)) if k != 1 else z

    def field(self, x, band, c, j, l, k):
        """f before centering."""
        if band == "one":
            return np.ones(self.bank.domain.padded)
        z = self.wave(x[0] + 1j * x[1] if self.gamma.complex_map else x[c], band, j, l)
        if self.gamma.norm.low == "own" and band != "psi":
            z = z - self.mean(z, band, j)
        return self.pointwise(z, band, k)

    def mean(self, f, band, j):
        """Mean in the window of a field."""
        w = self.window(band, j)
        return (w * f).sum() / w.sum()

    def moments(self, target, band, c, j, l, k):
        """m and s of a field of the target, pooled over all angles or not."""
        pooled = self.gamma.norm.pooled and band == "psi"
        fields = [self.field(target, band, c, j, t, k) for t in (range(2 * self.bank.L) if pooled else [l])]
        m = np.mean([self.mean(f, band, j) for f in fields])
        return m, np.sqrt(np.mean([self.mean(np.abs(f - m) ** 2, band, j) for f in fields]))

    def tilde(self, x, target, is_mean, band, c, j, l, k):
        """(f - m)/s."""
        norm = self.gamma.norm
        f = self.field(x, band, c, j, l, k)
        if band == "one":
            return f
        if norm.low == "target" and band in ("low", "haar"):  # centered and divided before the modulus
            linear = lambda y: self.field(y, band, c, j, l, 1)
            m = 0 if band == "haar" else self.mean(linear(target), band, j)
            s = np.sqrt(self.mean((linear(target) - self.mean(linear(target), band, j)) ** 2, band, j))
            return self.pointwise((linear(x) - m) / (s + norm.floor), band, k)
        m, s = self.moments(target, band, c, j, l, k)
        m = self.mean(f, band, j) if norm.center == "own" and not is_mean else m
        return (f - m) / (s + norm.floor if norm.divide else 1)

    def row(self, x, target, row):
        """One number."""
        r = {name: column[row].item() for name, column in self.gamma.rows.columns.items()}
        sides = [[r[f"{name}{side}"] for name in ("band", "c", "j", "l", "k")] for side in (1, 2)]
        is_mean = "one" in (r["band1"], r["band2"])
        a, b = (self.tilde(x, target, is_mean, *side) for side in sides)
        b = b.conj() if r["flip"] else b
        wa, wb = (self.window(side[0], side[2]) for side in sides)
        y, c = np.indices(b.shape)
        y, c = y + r["dy"], c + r["dx"]
        inside = self.wraps | ((y >= 0) & (y < b.shape[0]) & (c >= 0) & (c < b.shape[1]))
        y, c = y % b.shape[0], c % b.shape[1]
        weight = wa[y, c] * wb * inside
        return (weight * a[y, c] * b.conj()).sum() / weight.sum()

    def __call__(self, x, target=None):
        x = self.completed(x)
        target = x if target is None else self.completed(target)
        return np.array([self.row(x, target, row) for row in range(len(self.gamma))])
