r"""Scattering means: $S_1 = \langle|x\star\psi_1|\rangle$, $S_2 = \langle||x\star\psi_1|\star\psi_2|\rangle$, the
numbers of
Bruna and Mallat (2013) averaged over the whole field. Fewer than scattering spectra (44 against 369 at J = L = 4,
isotropic), robust, and enough for regressions; choose spectra to draw new fields.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ...citations import cites
from ...coefficients import Coefficients, Table
from ...domains.torus import spectrum
from ...errors import InputError
from ...operators import IncreasingScale, Paths, cascade
from ...wavelets import FilterBank
from ..base import AbstractPlain

PATHS = Paths(order=2, follows=IncreasingScale(repeat=True))


@cites("bruna2013")
class ScatteringMeans(AbstractPlain):
    r"""Logarithms of $S_1[j_1]$ and of $S_2[j_1,j_2]$, $j_1\le j_2$, for all angles (kinds "log S1", "log S2").

    **Arguments**

    - `bank`: of images, with `Periodic()`.
    - `isotropic`: means over the first angle at fixed difference `l2` before the logarithm.
    - `power`: also "log P00" $=\log\langle|x\star\psi_1|^2\rangle$ and
      "log P11" $=\log\langle||x\star\psi_1|\star\psi_2|^2\rangle$.

    >>> from scatjax.wavelets import morlet
    >>> len(ScatteringMeans(morlet((32, 32), J=3, L=4), isotropic=True).table)
    27
    """

    bank: FilterBank
    isotropic: bool = eqx.field(static=True, default=False)
    power: bool = eqx.field(static=True, default=False)
    channels: int | None = eqx.field(static=True, default=None)

    def __check_init__(self):
        if self.bank.domain.is_padded or self.channels is not None:
            raise InputError("ScatteringMeans takes one periodic field: use a bank with Periodic(), and jax.vmap.")

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.bank.shape

    @property
    def table(self):
        """Rows of the first order, then of the second, scales outside and angles inside."""
        first, second = self._first(), self._second()
        names = (("log S1", "log S2"), ("log P00", "log P11"))[: 1 + self.power]
        kinds = [np.full(len(rows), kind) for pair in names for kind, rows in zip(pair, (first, second), strict=True)]
        columns = np.concatenate([first, second] * (1 + self.power)).T
        return Table(kind=np.concatenate(kinds), **dict(zip(("j1", "j2", "l1", "l2"), columns, strict=True)))

    def _first(self) -> np.ndarray:
        angles = [-1] if self.isotropic else range(self.bank.L)
        return np.array([(j, -1, l, -1) for j in range(self.bank.J) for l in angles])

    def _second(self) -> np.ndarray:
        J, L = self.bank.J, self.bank.L
        angles = [(-1, d) for d in range(L)] if self.isotropic else list(np.ndindex(L, L))
        return np.array([(i, j, *a) for i in range(J) for j in range(i, J) for a in angles])

    def numbers(self, x):
        """The logarithms of the means, all of the first order before those of the second."""
        layers = cascade(self.bank, spectrum(x[None], x.ndim), PATHS)
        parts = []
        for exponent in (1, 2)[: 1 + self.power]:
            first, second = ([(u[0] ** exponent).mean(tuple(range(1, x.ndim + 1))) for u in l.values()] for l in layers)
            parts += [self._ordered_first(first), self._ordered_second(second)]
        values = jnp.concatenate(parts)
        return jnp.log(jnp.maximum(values, jnp.finfo(values.dtype).tiny))

    def _ordered_first(self, means: list[Array]) -> Array:
        first = jnp.stack(means)
        return first.mean(1) if self.isotropic else first.reshape(-1)

    def _ordered_second(self, means: list[Array]) -> Array:
        J, L = self.bank.J, self.bank.L
        by_outer = [mean.reshape(j + 1, L, L) for j, mean in enumerate(means)]
        second = jnp.stack([by_outer[j][i] for i in range(J) for j in range(i, J)])
        if not self.isotropic:
            return second.reshape(-1)
        turn = (np.arange(L)[:, None] + np.arange(L)) % L
        return second[:, np.arange(L), turn].mean(2).reshape(-1)

    def at(self, shape) -> "ScatteringMeans":
        """The same means on another canvas."""
        return ScatteringMeans(self.bank.at(shape), isotropic=self.isotropic, power=self.power)


@cites("cheng2021")
def sparsity_and_shape(c: Coefficients) -> tuple[Array, Array]:
    r"""Cheng's reduced numbers of isotropic means: $s_{21}=\langle S_2/S_1\rangle_{l_2}$,
    $s_{22}=S_2[l_2=0]/S_2[l_2=L/2]$.

    Each is `(*batch, pair)` over the pairs $j_1\le j_2$ (Cheng and Ménard 2021): sparse and filamentary fields have
    large values.
    """
    rows = c.table.take(c.table.rows(kind="log S2"))
    L, first = int(rows["l2"].max()) + 1, jnp.exp(c["log S1"])
    second = jnp.exp(c["log S2"]).reshape(*c.values.shape[:-1], -1, L)
    inner = rows["j1"].reshape(-1, L)[:, 0]
    return second.mean(-1) / first[..., inner], second[..., 0] / second[..., L // 2]
