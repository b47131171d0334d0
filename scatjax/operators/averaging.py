r"""What makes a scattering coefficient of a modulus U: $U\star\phi$ at a step, the mean over the field, or nothing.

An averaging is a recipe; `pool` turns it into arrays for a bank and the grids of its scales. A low-pass, its
subsampling and the cut of the pad are small matrices, so the last layer costs no FFT: two dense ones in two
dimensions, where it is separable, a banded one in one dimension, where the grids are multiples of the output's.
"""

import abc
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact

from ..domains.torus import Shape, crop_half, half_spectrum, place, real_field, times, wave_numbers
from ..errors import InputError
from ..wavelets import Decimated, FilterBank
from ..wavelets.bank import cut, resampled, support

NOWHERE = np.zeros(0)


class AbstractPool(eqx.Module):
    """An average of fields `(..., *grid)` of any grid of a bank, to `(..., *site)`."""

    @abc.abstractmethod
    def __call__(self, fields: Float[Array, "..."]) -> Float[Array, "..."]:
        """The averages."""

    @abc.abstractmethod
    def places(self, side: int) -> np.ndarray:
        """The places, on an axis of `side` samples, of the averages of a series; `NOWHERE` if they have none."""


class AbstractAveraging(eqx.Module):
    """A recipe by which a modulus is made invariant."""

    @abc.abstractmethod
    def pool(self, bank: FilterBank, stride: int | None) -> AbstractPool:
        """The average for fields on the grids of a bank and on its torus; `stride` None: the averaging's own."""


class Local(AbstractAveraging):
    r"""$U\star\phi_T$ at every `stride` samples; T samples, the bank's own by default.

    The stride is at most T and divides the sides of the torus; None: the largest power of two that does.
    """

    T: float | int | None = eqx.field(static=True, default=None)

    def pool(self, bank, stride):
        """Matrices where they are small, else through half spectra."""
        T = bank.T if self.T is None else float(self.T)
        stride = _stride(bank, T, stride)
        phi = bank.family.phi(bank.domain.padded, T)
        if phi.ndim == 1:
            return _banded(bank, phi, stride) or _filtered(bank, phi, stride)
        axes = _separated(phi)
        return _filtered(bank, phi, stride) if axes is None else _separable(bank, axes, stride)


class Mean(AbstractAveraging):
    """The mean over the field, the pad left out."""

    def pool(self, bank, stride):
        """Weights over the support on each grid."""
        if stride is not None:
            raise InputError(f"stride={stride}: a mean over the field has none, leave it out or use Local(T).")
        grids = _grids(bank)
        inside = bank.domain.support() if bank.domain.is_padded else None
        return Weighted(tuple(None if inside is None else _weights(inside, grid, bank) for grid in grids), grids)


class Off(AbstractAveraging):
    """No average: a tuple with one `Coefficients` per scale, each field at its own step, the pad cut."""

    def pool(self, bank, stride):
        """The cut of the pad."""
        if stride is not None:
            raise InputError(f"stride={stride}: without averaging each scale keeps its own step, leave it out.")
        grids = _grids(bank)
        return Cut(tuple(tuple(bank.domain.inside(grid)) for grid in grids), grids)


class Separable(AbstractPool):
    """The low-pass, its subsampling and the cut of the pad as one matrix per axis, (rows, columns) of each grid."""

    matrices: tuple[tuple[Float[Array, "_ _"], Float[Array, "_ _"]], ...]
    grids: tuple[Shape, ...] = eqx.field(static=True)

    def __call__(self, fields):
        """Columns, then rows."""
        rows, columns = self.matrices[self.grids.index(fields.shape[-2:])]
        narrow = jnp.matmul(fields, columns.T.astype(fields.dtype), precision="highest")
        return jnp.einsum("ou,...uv->...ov", rows.astype(fields.dtype), narrow, precision="highest")

    def places(self, side):
        """`NOWHERE`: these are averages of images."""
        return NOWHERE


class Banded(AbstractPool):
    r"""The low-pass and the subsampling of a series as a banded matrix, $y = \sum_e M_e X_{+e}$.

    The field is cut into blocks X of `sizes` outputs each; each block of outputs reads E blocks of the field, the first
    of them `leads` before its own. One matrix per grid, (samples of a block, E outputs of a block); of the `sites`
    outputs around the torus those from start to stop are kept.
    """

    matrices: tuple[Float[Array, "_ _"], ...]
    grids: tuple[Shape, ...] = eqx.field(static=True)
    sizes: tuple[int, ...] = eqx.field(static=True)
    leads: tuple[int, ...] = eqx.field(static=True)
    sites: int = eqx.field(static=True)
    kept: tuple[int, int] = eqx.field(static=True)

    def __call__(self, fields):
        """A product, and a sum of E shifted pieces."""
        at, lead = self.grids.index(fields.shape[-1:]), fields.shape[:-1]
        matrix, size = self.matrices[at].astype(fields.dtype), self.sizes[at]
        blocks = fields.reshape(*lead, self.sites // size, matrix.shape[0])
        each = jnp.matmul(blocks, matrix, precision="highest").reshape(*lead, self.sites // size, -1, size)
        pieces = [jnp.roll(each[..., e, :], self.leads[at] - e, axis=-2) for e in range(each.shape[-2])]
        return sum(pieces[1:], pieces[0]).reshape(*lead, self.sites)[..., slice(*self.kept)]

    def places(self, side):
        """The kept ones of every `side / sites` samples."""
        return np.arange(*self.kept) * side / self.sites


class Filtered(AbstractPool):
    """The low-pass on half spectra.

    Its box alone goes back, to a grid `out`, whose samples are kept from start to stop by steps.
    """

    halves: tuple[Inexact[Array, "..."], ...]
    grids: tuple[Shape, ...] = eqx.field(static=True)
    outs: tuple[Shape, ...] = eqx.field(static=True)
    cuts: tuple[tuple[tuple[int, int, int], ...], ...] = eqx.field(static=True)

    def __call__(self, fields):
        """An FFT of the fields, a small one back."""
        dimension = len(self.grids[0])
        at = self.grids.index(fields.shape[fields.ndim - dimension :])
        low, out = self.halves[at], self.outs[at]
        half = crop_half(half_spectrum(fields, dimension), low.shape)
        half = place(times(half, low.reshape((1,) * (half.ndim - dimension) + low.shape)), (*out[:-1], low.shape[-1]))
        return real_field(half, out)[(..., *(slice(*cut) for cut in self.cuts[at]))]

    def places(self, side):
        """The kept samples of the grid `out`."""
        return np.arange(*self.cuts[0][0]) * side / self.outs[0][0] if len(self.outs[0]) == 1 else NOWHERE


class Weighted(AbstractPool):
    """Weighted means, one set of weights of mean 1 per grid; None: all points alike."""

    weights: tuple[Float[Array, "..."] | None, ...]
    grids: tuple[Shape, ...] = eqx.field(static=True)

    def __call__(self, fields):
        """The means over the last axes."""
        dimension = len(self.grids[0])
        weights = self.weights[self.grids.index(fields.shape[fields.ndim - dimension :])]
        if weights is not None:
            fields = fields * weights.reshape((1,) * (fields.ndim - dimension) + weights.shape).astype(fields.dtype)
        return fields.mean(tuple(range(-dimension, 0)))

    def places(self, side):
        """`NOWHERE`: a mean is over the whole field."""
        return NOWHERE


class Cut(AbstractPool):
    """The fields on the support of the canvas, (start, stop) per axis of each grid."""

    cuts: tuple[tuple[tuple[int, int], ...], ...] = eqx.field(static=True)
    grids: tuple[Shape, ...] = eqx.field(static=True)

    def __call__(self, fields):
        """The fields without their pad."""
        cuts = self.cuts[self.grids.index(fields.shape[fields.ndim - len(self.grids[0]) :])]
        return fields[(..., *(slice(*cut) for cut in cuts))]

    def places(self, side):
        """`NOWHERE`: each grid keeps its own samples."""
        return NOWHERE


def _grids(bank: FilterBank) -> tuple[Shape, ...]:
    """The torus and the grids of all layers, each once."""
    grids = (grid for layer in (bank, *bank.following()) for grid in layer.grids)
    return tuple(dict.fromkeys([bank.domain.padded, *grids]))


def _stride(bank: FilterBank, T: float, stride: int | None) -> int:
    """The stride that is meant; an InputError with its remedy for one that cannot be."""
    sides = math.gcd(*bank.domain.padded)
    most = max(min(bank.shape), bank.T)  # T of the bank where the bank was narrowed
    if not 1 <= T <= most:
        raise InputError(f"T={T:g} must lie between 1 and the smallest side, {most:g}: Mean() averages over it.")
    if bank.domain.is_padded and T > max(bank.T, 2**bank.J):
        raise InputError(f"T={T:g} is wider than what this bank was padded for ({bank.T:g}): build it with T={T:g}.")
    if stride is None:
        return math.gcd(2 ** int(math.log2(T)), sides)
    if not isinstance(stride, int) or stride < 1 or stride > T or sides % stride:
        raise InputError(
            f"stride={stride!r} must be a positive integer of at most T={T:g} that divides {bank.domain.padded}: try "
            f"{math.gcd(2 ** int(math.log2(T)), sides)}."
        )
    return stride


def _separated(phi: np.ndarray) -> list[np.ndarray] | None:
    """The two factors of a low-pass of two dimensions, None where it has none."""
    rows, columns = phi[:, 0], phi[0] / phi[0, 0]
    return [rows, columns] if np.abs(np.outer(rows, columns) - phi).max() < 1e-14 * phi.max() else None


def _separable(bank: FilterBank, axes: list[np.ndarray], stride: int) -> Separable:
    def matrix(phi: np.ndarray, kept: tuple[int, int], side: int) -> Array:
        """Re sum_k phi(k) exp(2 pi i k (p/N - u/side)) / side at the output points p, for samples u of a grid."""
        N = len(phi)
        points, k = stride * np.arange(*kept), wave_numbers((side,))[0]
        waves = np.exp(2j * np.pi * np.outer(points, k) / N) * cut(phi, (side,))
        back = np.exp(-2j * np.pi * np.outer(k, np.arange(side)) / side) / side
        return jax.device_put((waves @ back).real.astype(bank.dtype))

    kept = bank.domain.inside(_coarse(bank, stride))
    sides = [list(map(matrix, axes, kept, grid)) for grid in _grids(bank)]
    return Separable(tuple((first, second) for first, second in sides), _grids(bank))


LARGEST_BAND = 128  # outputs that read a sample: beyond, an FFT is as fast
LARGEST_BLOCK = 16, 8192  # outputs and samples of a block


def _banded(bank: FilterBank, phi: np.ndarray, stride: int) -> Banded | None:
    """The band, None where a grid is no multiple of the output's, or the band is wide."""
    (sites,), grids = _coarse(bank, stride), _grids(bank)
    if any(side % sites for (side,) in grids):
        return None
    divisors = [m for m in range(1, LARGEST_BLOCK[0] + 1) if sites % m == 0]
    sizes = [max(m for m in divisors if m * side // sites <= LARGEST_BLOCK[1] or m == 1) for (side,) in grids]
    kernels = [np.fft.ifft(_restricted(bank, phi, grid)).real for grid in grids]
    bands = [_band(h, sites, m, float(jnp.finfo(bank.dtype).eps)) for h, m in zip(kernels, sizes, strict=True)]
    if max(matrix.shape[1] for matrix, _ in bands) > LARGEST_BAND:
        return None
    matrices, leads = zip(*bands, strict=True)
    ((start, stop),) = bank.domain.inside((sites,))
    arrays = tuple(jax.device_put(matrix.astype(bank.dtype)) for matrix in matrices)
    return Banded(arrays, grids, tuple(sizes), leads, sites, (start, stop))


def _band(h: np.ndarray, sites: int, size: int, negligible: float) -> tuple[np.ndarray, int]:
    """M[r, (e, o)] = h(o s - (e - lead) B - r): outputs o, every s samples, of blocks of B = size s samples r."""
    step, block, blocks = len(h) // sites, size * len(h) // sites, sites // size
    (time,) = wave_numbers((len(h),))
    large = time[np.abs(h) > negligible * np.abs(h).max()]
    lead = -(-int(large.max(initial=0)) // block)
    count = lead + ((size - 1) * step - int(large.min(initial=0))) // block + 1
    if count > blocks:
        lead, count = 0, blocks
    r, e, o = np.ogrid[:block, :count, :size]
    return h[(o * step - (e - lead) * block - r) % len(h)].reshape(block, count * size), lead


def _filtered(bank: FilterBank, phi: np.ndarray, stride: int) -> Filtered:
    halves, outs, cuts, coarse = [], [], [], _coarse(bank, stride)
    kept = bank.domain.inside(coarse)
    for grid in _grids(bank):
        low = _restricted(bank, phi, grid)
        box = support(low[None], grid, 4 * float(jnp.finfo(bank.dtype).eps))
        out = tuple(g if b == g and not g % o else o * -(-b // o) for o, b, g in zip(coarse, box, grid, strict=True))
        steps = [o // n for o, n in zip(out, coarse, strict=True)]
        halves.append(jax.device_put(cut(low, box)[..., : box[-1] // 2 + 1].astype(bank.phi.dtype)))
        outs.append(out)
        cuts.append(tuple((start * s, stop * s, s) for (start, stop), s in zip(kept, steps, strict=True)))
    return Filtered(tuple(halves), _grids(bank), tuple(outs), tuple(cuts))


def _restricted(bank: FilterBank, phi: np.ndarray, grid: Shape) -> np.ndarray:
    """The low-pass on a coarser grid: cut, or, for the dropped samples of a series, with its aliases (Kymatio)."""
    if isinstance(bank.oversampling, Decimated) and phi.ndim == 1:
        return phi.reshape(-1, grid[0]).sum(0)
    return cut(phi, grid)


def _coarse(bank: FilterBank, stride: int) -> Shape:
    """The grid of the output, pad included."""
    return tuple(n // stride for n in bank.domain.padded)


def _weights(inside: np.ndarray, grid: Shape, bank: FilterBank) -> Array:
    """Weights of mean 1: the kept samples alike where samples are dropped, else the support band-limited."""
    if isinstance(bank.oversampling, Decimated):
        weights = inside[tuple(slice(None, None, n // g) for n, g in zip(inside.shape, grid, strict=True))]
    else:
        weights = resampled(inside, grid)
    return jax.device_put((weights / weights.mean()).astype(bank.dtype))
