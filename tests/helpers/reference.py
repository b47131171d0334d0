"""Scattering spectra written from their formula (Cheng et al. 2023), one number at a time: slow, obvious."""

import functools

import numpy as np


def convolve(x, psi):
    """x * psi by the FFT of the whole torus."""
    return np.fft.ifft2(np.fft.fft2(x) * psi)


def eroded(inside, width, *, periodic=True):
    """The least weight within `width` pixels (Chebyshev); beyond the canvas nothing is known unless it is periodic."""
    out = inside.copy()
    padded = np.pad(inside, width, mode="wrap" if periodic else "constant")
    for a in range(2 * width + 1):
        for b in range(2 * width + 1):
            out = np.minimum(out, padded[a : a + inside.shape[0], b : b + inside.shape[1]])
    return out


class Spectra:
    """The numbers of fields x (channel, *torus) with filters psi (J, L, *torus).

    `pixel` weighs pixels for mean and std, `scales[j]` all that the wavelet of scale j is the widest of.
    """

    def __init__(self, x, psi, pixel=None, scales=None, normalization="P00"):
        self.x, self.psi, self.normalization = x, psi, normalization
        self.J, self.L = psi.shape[:2]
        ones = np.ones(x.shape[1:])
        self.pixel = ones if pixel is None else pixel
        self.scales = [ones] * self.J if scales is None else scales

    def mean(self, values, j):
        """<.> in the window of scale j."""
        w = self.scales[j]
        return (w * values).sum() / w.sum()

    @functools.cache  # noqa: B019
    def modulus(self, c, j, l):
        """|x * psi|."""
        return np.abs(convolve(self.x[c], self.psi[j, l]))

    def second(self, c, j, l, j3, l3):
        """|x * psi_j| * psi_3."""
        return convolve(self.modulus(c, j, l), self.psi[j3, l3])

    def power(self, c, j, l):
        """P00."""
        return self.mean(self.modulus(c, j, l) ** 2, j)

    def P11(self, c, j, l, j3, l3):
        """<||x * psi_2| * psi_3|^2>."""
        return self.mean(np.abs(self.second(c, j, l, j3, l3)) ** 2, j3)

    def _inner(self, c, j, l, j3, l3):
        return self.power(c, j, l) if self.normalization == "P00" else self.P11(c, j, l, j3, l3)

    def C01(self, u, v, j2, j3, l2, l3):
        """<u conj(|v * psi_2| * psi_3)> over sqrt(P_3 P_2)."""
        raw = self.mean(self.x[u] * np.conj(self.second(v, j2, l2, j3, l3)), j3)
        return raw / np.sqrt(self.power(u, j3, l3) * self._inner(v, j2, l2, j3, l3))

    def C11(self, u, v, j1, j2, j3, l1, l2, l3):
        """<(|u * psi_1| * psi_3) conj(|v * psi_2| * psi_3)> over sqrt(P_1 P_2)."""
        raw = self.mean(self.second(u, j1, l1, j3, l3) * np.conj(self.second(v, j2, l2, j3, l3)), j3)
        return raw / np.sqrt(self._inner(u, j1, l1, j3, l3) * self._inner(v, j2, l2, j3, l3))

    def corr00(self, j, l):
        """<(a * psi) conj(b * psi)> over sqrt(Pa Pb)."""
        a, b = (convolve(self.x[c], self.psi[j, l]) for c in (0, 1))
        return self.mean(a * np.conj(b), j) / np.sqrt(self.power(0, j, l) * self.power(1, j, l))

    def mean_over_std(self, c):
        """Weighted, ddof 1."""
        w, x = self.pixel, self.x[c]
        mean = (w * x).sum() / w.sum()
        count = (w > 0).sum()
        return mean / np.sqrt((w * (x - mean) ** 2).sum() / w.sum() * count / (count - 1))

    def row(self, kind, channel, part, j, l):
        """One row of the table: j = (j1, j2, j3), l = (l1, l2, l3), -1 = averaged over or not there."""
        u, v = ("ab".index(channel[0]), "ab".index(channel[-1])) if channel else (0, 0)
        turns = range(self.L)
        angle = lambda d, t: (d + t) % self.L
        if kind == "mean/std":
            value = self.mean_over_std(u)
        elif kind in ("log P00", "log S1", "Corr00"):
            one = {
                "log P00": lambda t: self.power(u, j[0], t),
                "log S1": lambda t: self.mean(self.modulus(u, j[0], t), j[0]),
                "Corr00": lambda t: self.corr00(j[0], t),
            }[kind]
            value = one(l[0]) if l[0] >= 0 else np.mean([one(t) for t in turns])
        elif kind in ("C01", "log P11"):
            one = (
                (lambda a, b: self.C01(u, v, j[1], j[2], a, b))
                if kind == "C01"
                else (lambda a, b: self.P11(u, j[1], a, j[2], b))
            )
            value = one(l[1], l[2]) if l[1] >= 0 else np.mean([one(t, angle(l[2], t)) for t in turns])
        else:
            one = lambda a, b, c: self.C11(u, v, *j, a, b, c)
            value = one(*l) if l[0] >= 0 else np.mean([one(t, angle(l[1], t), angle(l[2], t)) for t in turns])
        value = np.log(value.real) if kind.startswith("log") else value
        return value.imag if part == "im" else value.real

    def vector(self, table):
        """All rows of a table."""
        column = lambda name, fill: table.columns.get(name, np.full(len(table), fill)).tolist()
        j, l = (list(zip(*(column(f"{a}{m}", -1) for m in (1, 2, 3)), strict=True)) for a in "jl")
        rows = zip(column("kind", ""), column("channel", ""), column("part", ""), j, l, strict=True)
        return np.array([self.row(*row) for row in rows])
