"""Scattering spectra of series: scatspectra's stored outputs and bank, and the statistics as sums over points."""

import numpy as np

from scatjax import wavelets
from scatjax.domains import SymmetricOn
from scatjax.wavelets import ScatSpectra

from . import GOLDEN

FILE = GOLDEN / "scatspectra" / "spectra_1024.npz"
MIRROR = SymmetricOn(redone=True)
FAMILIES = {name: getattr(wavelets, name) for name in ("battle_lemarie", "morlet", "bump", "meyer")}


def golden(case: str) -> dict[str, np.ndarray]:
    """The arrays of one case."""
    with np.load(FILE) as stored:
        return {name.removeprefix(case + "__"): stored[name] for name in stored if name.startswith(case + "__")}


def series(name: str) -> np.ndarray:
    """An input."""
    return golden("input")[name]


def peer_bank(family="battle_lemarie", boundary=MIRROR, T=1024, dtype=None):
    """The peer's filters, sampled as it samples them."""
    Q = {} if family == "meyer" else {"Q": 1}
    make = FAMILIES[family]
    return make((T,), J=6, constants=ScatSpectra(), oversampling="full", boundary=boundary, dtype=dtype, **Q)


class Slow:
    """The statistics by explicit sums over points: any Q a layer, any weight, redone mirrors or a plain torus."""

    def __init__(self, bank, x, weight=None):
        self.bank, self.T = bank, bank.shape[0]
        self.w = np.ones(self.T) / self.T if weight is None else weight / weight.sum()
        self.inner = [np.asarray(psi, complex) for psi in bank.filters()]
        self.outer = [np.asarray(psi, complex) for psi in bank.layer(1).filters()] + [bank.low_pass() + 0j]
        self.j1 = bank.table["j"]
        self.j2 = np.append(bank.layer(1).table["j"], bank.layer(1).scales)
        self.W1 = [self.filtered(x, psi) for psi in self.inner]
        self.W2 = [self.filtered(x, psi) for psi in self.outer]
        self.V = [[self.filtered(np.abs(w), psi) for psi in self.outer] for w in self.W1]
        self.x = x

    def filtered(self, x, psi):
        """x * psi on the canvas."""
        mirror = np.concatenate([x, x[::-1]]) if self.bank.domain.is_padded else x
        return np.fft.ifft(np.fft.fft(mirror) * psi)[: self.T]

    def mean(self, a, b):
        """<a conj b>."""
        return (self.w * a * np.conj(b)).sum()

    def expected(self):
        """kind -> values, normalized by the field's own powers but for Phi2 and mean."""
        s1 = np.sqrt([self.mean(w, w).real for w in self.W1])
        s2 = np.sqrt([self.mean(w, w).real for w in self.W2])
        n1, n2 = len(s1), len(s2)
        skewness = [
            self.mean(self.W2[m], self.V[n][m]) / (s2[m] * s1[n])
            for m in range(n2)
            for n in range(n1)
            if self.j1[n] <= self.j2[m]
        ]
        kurtosis = [
            self.mean(self.V[l][m], self.V[r][m]) / (s1[l] * s1[r])
            for l in range(n1)
            for m in range(n2)
            if self.j1[l] < self.j2[m]
            for r in range(l + 1)
        ]
        return {
            "Phi1": [self.mean(np.abs(w), 1) / s for w, s in zip(self.W1, s1, strict=True)],
            "mean": [self.mean(self.x, 1)],
            "Phi2": [*s1**2, s2[-1] ** 2],
            "Phi3": skewness,
            "Phi4": kurtosis,
        }
