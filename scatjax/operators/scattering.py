r"""The scattering transform: $S[\lambda_1..\lambda_m]x =
|\ldots|x\star\psi_{\lambda_1}|\ldots\star\psi_{\lambda_m}|\star\phi$.

Invariant to translations up to the support of $\phi$, stable to deformations, of any order and in one dimension or two.
Choose it to classify or regress sounds and images; choose scattering spectra (`moments`) to model and draw fields.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..citations import cites
from ..coefficients import Coefficients, Table, concatenate
from ..domains.torus import spectrum
from ..errors import InputError, check_floating
from ..wavelets import FilterBank
from .averaging import AbstractAveraging, AbstractPool, Local, Off
from .layers import Layer, cascade
from .operator import AbstractOperator
from .paths import AbstractFollows, Chains, IncreasingScale, Paths, path_table

LOCAL, INCREASING_SCALE = Local(), IncreasingScale()


@cites("mallat2012", "bruna2013", "anden2014")
class Scattering(AbstractOperator):
    r"""Scattering coefficients of orders 0 to `order` of fields `(*batch, [y,] x)`, real or complex.

    $$U_0 = x,\quad U_m = |U_{m-1}\star\psi_{\lambda_m}|,\quad S_m = U_m\star\phi$$

    Values `(*batch, path, *site)`, rows by order, then by the bands $\lambda_1, \lambda_2, ..$; kinds "S0", "S1", ...
    Fields live on the grids of the bank: its `oversampling` is what guards moduli against aliasing.

    **Arguments** `averaging`: `Local(T)` (default, T of the bank), `Mean()` over the unpadded field, or `Off()`: a
    tuple of Coefficients, one a scale, at its own step. `stride`: the step of `Local`'s output, at most T and a divisor
    of the sides of the torus. `follows`: which band may follow which, `IncreasingScale()`, `IncreasingFrequency()` or
    `Bandwidth(octaves)`.

    **Complex fields** are filtered at +xi and -xi in the first layer (column `sign1`), and have two rows of order 0
    (`part`). `Reflect` conjugates the mirrored part of a series, as a reversal changes the sign of its frequencies.

    Mallat 2012, Group invariant scattering; Bruna and Mallat 2013; Andén and Mallat 2014.

    >>> from scatjax.wavelets import morlet
    >>> S = Scattering(morlet((32, 32), J=2, L=4), order=2)
    >>> S.count, S(np.ones((3, 32, 32), np.float32)).values.shape
    (25, (3, 25, 8, 8))
    """

    bank: FilterBank
    averaging: AbstractAveraging
    paths: Paths
    pool: AbstractPool
    table: Table = eqx.field(static=True)
    channels: None = eqx.field(static=True, default=None)

    def __init__(
        self,
        bank: FilterBank,
        order: int = 2,
        averaging: AbstractAveraging = LOCAL,
        stride: int | None = None,
        follows: AbstractFollows = INCREASING_SCALE,
    ):
        if not isinstance(order, int) or order < 0:
            raise InputError(f"order={order!r} must be an integer of at least 0.")
        self.bank, self.averaging, self.paths = bank, averaging, Paths(order, follows)
        self.pool = averaging.pool(bank, stride)
        self.table = _table(bank, self.paths.chains(bank))[0]
        self.channels = None

    @property
    def order(self) -> int:
        """The largest order."""
        return self.paths.order

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.bank.shape

    @property
    def count(self) -> int:
        """Number of coefficients of a real field at one site."""
        return len(self.table)

    @property
    def keys(self) -> list[tuple[int, ...]]:
        """The chain of bands of each row, (n1, .., nm): rows of the table of each layer's bank.

        >>> from scatjax.wavelets import morlet
        >>> Scattering(morlet((64,), J=3), order=2).keys
        [(), (0,), (1,), (2,), (3,), (0, 3), (1, 3), (2, 3)]
        """
        chains = [rows[_by_band(rows)] for rows in map(_joined, filter(None, self.paths.chains(self.bank)))]
        return [()] + [tuple(row) for rows in chains for row in rows.tolist()]

    def frequency(self, sampling_rate: float = 1.0) -> dict[str, np.ndarray]:
        """Centers and widths of each layer's bands in Hz, xi1, sigma1, .., a number a row (NaN: no such layer).

        `sampling_rate` in samples a second; 1: cycles a sample.
        """
        columns = {name: c for name, c in self.table.columns.items() if name.startswith(("xi", "sigma"))}
        return {name: column * sampling_rate for name, column in columns.items()}

    def _check_dtype(self, x) -> None:
        check_floating(x)

    def apply(self, x: Array):
        bank = self.bank.two_sided() if jnp.iscomplexobj(x) else self.bank
        padded = bank.domain.pad(x)
        layers = cascade(bank, spectrum(padded[None], bank.dimension), self.paths)
        ends = jnp.stack([padded.real, padded.imag]) if jnp.iscomplexobj(x) else padded[None]
        chains = self.paths.chains(bank)
        if isinstance(self.averaging, Off):
            return self._pyramid(bank, ends, chains, layers)
        table, order = _table(bank, chains, jnp.iscomplexobj(x))
        averages = [self.pool(ends), *(self.pool(u[0]) for layer in layers for u in layer.values())]
        values = jnp.concatenate(averages)
        return Coefficients(jnp.take(values, order, axis=0, unique_indices=True), table, values.ndim - 1)

    def _pyramid(self, bank: FilterBank, ends: Array, chains: list[Chains], layers: list[Layer]):
        """Order 0, then one `Coefficients` a scale."""
        out = [Coefficients(self.pool(ends), _zeroth(len(ends)), bank.dimension)]
        for j in sorted({j for layer in layers for j in layer}):
            orders = [m for m, layer in enumerate(layers) if j in layer]
            values = jnp.concatenate([self.pool(layers[m][j][0]) for m in orders])
            tables = [path_table(bank, f"U{m + 1}", chains[m][j]) for m in orders]
            out.append(Coefficients(values, concatenate(tables), bank.dimension))
        return tuple(out)


def _zeroth(parts: int) -> Table:
    columns = {"kind": ["S0"] * parts, "order": [0] * parts}
    return Table(**columns) if parts == 1 else Table(**columns, part=["re", "im"])


def _joined(layer: Chains) -> np.ndarray:
    return np.concatenate(list(layer.values()))


def _by_band(rows: np.ndarray) -> np.ndarray:
    """By the first layer's band, then the second's, .. ."""
    return np.lexsort(rows.T[::-1])


def _table(bank: FilterBank, chains: list[Chains], is_complex: bool = False) -> tuple[Table, np.ndarray]:
    """The rows by order and bands, and where each lies among what the cascade makes, one scale after the other."""
    tables, order = [_zeroth(1 + is_complex)], [np.arange(1 + is_complex)]
    for m, layer in enumerate(chains):
        rows = _joined(layer) if layer else np.zeros((0, m + 1), int)
        by_band = _by_band(rows)
        tables.append(path_table(bank, f"S{m + 1}", rows[by_band]))
        order.append(sum(map(len, order)) + by_band)
    return concatenate(tables), np.concatenate(order)
