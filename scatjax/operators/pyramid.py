"""The wavelet transform and the modulus pyramids, un-averaged: one `Coefficients` a scale, each on its own grid."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..citations import cites
from ..coefficients import Coefficients, Table, concatenate
from ..domains.torus import Shape, spectrum
from ..errors import InputError
from ..wavelets import FilterBank
from .dual_frame import check_fields, frame_sum, inverse, low_pass_grid, low_passed
from .layers import Layer, cascade
from .operator import AbstractOperator, check_channels
from .paths import Chains, Paths, path_table
from .pointwise import identity


class WaveletTransform(AbstractOperator):
    r"""$W_{j\theta}x = x\star\psi_{j\theta}$: a tuple over scales of Coefficients `(*batch, 2 channel L, *grid_j)`.

    `c["W"]` of each is the complex array. A linear map, exact to 1e-6 at an oversampling of 2 octaves: the fields of a
    scale are band-limited. (At 1, tails are cut where they are .007 of the peak, Morlet, or .018, Gaussian-steerable;
    the steerable bumps and Shannon's lose nothing.)

    With `low_pass` the last of the tuple is $x\star\phi$, kind "low_pass", and `inverse` gives the field back.

    >>> from scatjax.wavelets import morlet
    >>> W = WaveletTransform(morlet((32, 32), J=2, L=4))(np.ones((32, 32), np.float32))
    >>> [w["W"].shape for w in W]
    [(4, 32, 32), (4, 32, 32)]
    """

    bank: FilterBank
    channels: int | None = eqx.field(static=True, default=None)
    low_pass: bool = eqx.field(static=True, default=False)

    def __check_init__(self):
        check_channels(self.channels)

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.bank.shape

    def inverse(self, coefficients, steps: int = 100) -> Float[Array, "..."]:
        r"""The fields $x$ whose transform, with its low-pass, this is: exact, the dual frame (`operators.inverse`).

        Coefficients that are no transform (thresholded, of another phase) give the field nearest to them in the sense
        of the frame. Padded fields come back on their canvas.

        **Arguments** `coefficients`: what `WaveletTransform(bank, low_pass=True)` gives. `steps`: the most conjugate
        gradients where samples were dropped (`Decimated`; it ends at the rounding); 0 leaves aliases in.

        **Errors** InputError if the transform has no low-pass, for coefficients of another one, and if the frame hardly
        covers some frequency, A < .05: use `full_band=True`, or Meyer wavelets.

        >>> from scatjax.wavelets import morlet
        >>> x = np.random.default_rng(0).normal(size=(32, 32)).astype(np.float32)
        >>> W = WaveletTransform(morlet((32, 32), J=2, L=8), low_pass=True)
        >>> bool(np.abs(W.inverse(W(x)) - x).max() < 1e-5)
        True
        """
        if not self.low_pass:
            raise InputError("this transform has no low-pass: use WaveletTransform(bank, low_pass=True).")
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
            raise InputError(f"steps={steps!r} must be an integer of at least 0.")
        check_fields(coefficients, [(self._table(j), side) for j, side in self._grids()])
        return _inverted(self, frame_sum(self.bank), tuple(coefficients), steps)

    def apply(self, x: Array):
        fields = self.bank.domain.pad(x[None] if self.channels is None else x)
        spectra = spectrum(fields, self.bank.dimension)
        layers = cascade(self.bank, spectra, Paths(rule=identity))
        scales = tuple(self._name(j, fields) for j, fields in layers[0].items())
        if not self.low_pass:
            return scales
        return (*scales, Coefficients(low_passed(self.bank, spectra), self._table(None), self.bank.dimension))

    def _name(self, j: int, fields: Array) -> Coefficients:
        flat = fields.reshape(-1, *fields.shape[2:])
        return Coefficients(jnp.concatenate([flat.real, flat.imag]), self._table(j), self.bank.dimension)

    def _grids(self) -> list[tuple[int | None, Shape]]:
        """(scale, grid) of each item of the transform, the low-pass (None) last."""
        scales = enumerate(zip(self.bank.psi, self.bank.grids, strict=True))
        return [*((j, side) for j, (psi, side) in scales if len(psi)), (None, low_pass_grid(self.bank))]

    def _table(self, j: int | None) -> Table:
        """The names of the bands of scale j, or of the low-pass."""
        if j is None:
            n = self.channels or 1
            return Table(kind=["low_pass"] * n, **({} if self.channels is None else {"channel": np.arange(n)}))
        table = path_table(self.bank, "W", self.bank.table.rows(j=j)[:, None], self.channels)
        return Table(**{n: np.tile(c, 2) for n, c in table.columns.items()}, part=np.repeat(["re", "im"], len(table)))


@eqx.filter_jit
def _inverted(W: WaveletTransform, A: Array, coefficients: tuple[Coefficients, ...], steps: int) -> Array:
    """All leading axes and channels flattened to fields, each inverted on the torus, the pad left out."""
    *scales, low = coefficients
    n, d = W.channels or 1, W.bank.dimension
    batch = low.values.shape[: low.values.ndim - 1 - d]
    split = lambda values: values.reshape(math.prod(batch) * n, -1, *values.shape[values.ndim - d :])
    fields = (*(split(c["W"]) for c in scales), split(low.values))
    x = jax.vmap(lambda one: inverse(W.bank, A, one, steps))(fields)
    channels = () if W.channels is None else (n,)
    return W.bank.domain.unpad(x).reshape(*batch, *channels, *W.shape)


@cites("mallat2012")
class ModulusPyramid(AbstractOperator):
    r"""$U[\lambda_1..\lambda_m]x$ for m = 1..order: a tuple over outer scales of Coefficients `(*batch, path,
    *grid_j)`.

    Fields of kind "U1", "U2", …; their table holds j1, l1, …, the chain of scales and angles, and the channel.

    >>> from scatjax.wavelets import morlet
    >>> U = ModulusPyramid(morlet((32, 32), J=2, L=4), order=2)(np.ones((32, 32), np.float32))
    >>> [(u["U1"].shape, "U2" in u.kinds) for u in U]
    [((4, 32, 32), False), ((4, 32, 32), True)]
    """

    bank: FilterBank
    order: int = eqx.field(static=True, default=1)
    channels: int | None = eqx.field(static=True, default=None)

    def __check_init__(self):
        check_channels(self.channels)

    @property
    def shape(self):
        """Shape of the fields taken."""
        return self.bank.shape

    def apply(self, x: Array):
        paths = Paths(order=self.order)
        chains, layers = paths.chains(self.bank), _layers(self.bank, x, self.channels, paths)
        return tuple(self._name(chains, layers, j) for j in range(max(map(max, layers)) + 1))

    def _name(self, chains: list[Chains], layers: list[Layer], j: int) -> Coefficients:
        orders = [m for m, layer in enumerate(layers) if j in layer]
        tables = [path_table(self.bank, f"U{m + 1}", chains[m][j], self.channels) for m in orders]
        values = [layers[m][j].reshape(-1, *layers[m][j].shape[2:]) for m in orders]
        return Coefficients(jnp.concatenate(values), concatenate(tables), self.bank.dimension)


def _layers(bank: FilterBank, x: Array, channels: int | None, paths: Paths) -> list[Layer]:
    fields = x[None] if channels is None else x
    return cascade(bank, spectrum(bank.domain.pad(fields), bank.dimension), paths)
