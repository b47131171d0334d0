r"""Solid harmonic scattering of volumes: invariant to translations and rotations (Eickenberg et al. 2018, JCP 148).

$U_{j\ell} = (\sum_m |x\star\psi_{j\ell m}|^2)^{1/2}$, $\hat\psi_{j\ell m}(\omega) = c_\ell (2\pi)^{3/2} (-i)^\ell
A^\ell e^{-A^2/2} Y_\ell^m(\omega/|\omega|)$, $A = \sigma_0 2^j |\omega|$, then its integrals $\sum_u U^q$. Choose it
for densities (molecules, dark matter, flows) whose orientation says nothing; the volume is periodic: pad it with zeros
if it is not.

$A^\ell Y_\ell^m$ is a polynomial and the Gaussian a product, so a wavelet is a sum of products of three filters of ONE
axis, $(-i\sigma\omega)^a e^{-(\sigma\omega)^2/2}$, a <= L: a scale is filtered by 4 + 10 + 20 matrix products for
L = 3, and not by 16 FFTs, and its filters are 3 (L + 1) small matrices, not 16 volumes. Sides may be odd or prime. The
cost grows as n^4: it is half of that of real FFTs at 32 and 64, 0.7 at 128, the same at 200 (one CPU core, float32).
"""

import functools
import math
import operator
from collections.abc import Callable, Iterable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ..citations import cites
from ..coefficients import Coefficients, Table
from ..errors import InputError
from .operator import AbstractOperator

Powers = tuple[int, int, int]  # exponents along z, y, x
Polynomial = dict[Powers, complex]
Parts = tuple[Array, Array | None]  # real and imaginary part
Filters = tuple[Array | None, Array]  # modes kept of one axis (None: all), matrices from them to the axis
# a slab whose fields are made together: measured, 64^3 takes 2/3 of the time of all at once, a third of the memory
_VOXELS, _ROWS = 2**16, 16
_ALONG = ("uz,bzyx->buyx", "uy,bzyx->bzux", "ux,bzyx->bzyu")


@cites("eickenberg2018")
class SolidHarmonicScattering(AbstractOperator):
    r"""$S[j_1..j_m, \ell, q]x = \sum_u U[j_1..j_m,\ell](u)^q$, $U[..j_m,\ell] = (\sum_m |U[..j_{m-1},\ell] \star
    \psi_{j_m \ell m}|^2)^{1/2}$ with $j_1 < j_2 < \ldots$ and one $\ell$ a chain; real `(*batch, z, y, x)` to
    `(*batch, path)`.

    Rows: those of `order_zero` if asked for, then the chains of 1, 2, … scales in lexicographic order, l and q inner,
    so that the others reshape to Kymatio's `(chains, L+1, powers)`. Columns kind ("S0", "S1", …), j1, j2, …, l, q.

    **Arguments** `J`: the largest of the J+1 scales sigma_0 2^j voxels. `order`: the longest chain.
    `rotation_covariant=False`: the modulus of m = -l alone in place of the sum, which turns with the volume (Kymatio).
    `order_zero`: also $\sum_u x^q$ for whole q, with its sign, and $\sum_u |x|^q$ for others. `dtype` of the filters.

    **Raises** InputError if an argument is out of range, or a side is less than twice the largest scale. Differs from
    Kymatio on odd sides, where its grid of frequencies is off by one. Source: specs/scattering.md 2.7.

    >>> S = SolidHarmonicScattering((8, 8, 8), J=1, L=1, integral_powers=(1, 2))
    >>> c = S(np.ones((5, 8, 8, 8), np.float32))
    >>> c.values.shape, c.table.names()[-1]
    ((5, 12), 'S2[j1=0,j2=1,l=1,q=2]')
    """

    psi: tuple[tuple[Filters, ...], ...]  # of each scale along z, y, x
    shape: tuple[int, ...] = eqx.field(static=True)
    J: int = eqx.field(static=True)
    L: int = eqx.field(static=True)
    sigma_0: float = eqx.field(static=True)
    order: int = eqx.field(static=True)
    rotation_covariant: bool = eqx.field(static=True)
    integral_powers: tuple[float, ...] = eqx.field(static=True)
    order_zero: bool = eqx.field(static=True)
    channels: int | None = eqx.field(static=True)

    def __init__(
        self,
        shape: Sequence[int],
        J: int,
        L: int = 3,
        sigma_0: int | float = 1.0,
        order: int = 2,
        rotation_covariant: bool = True,
        integral_powers: Sequence[int | float] = (0.5, 1.0, 2.0),
        order_zero: bool = False,
        dtype=None,
    ):
        _check(shape, {"J": (J, 0), "L": (L, 0), "order": (order, 1)}, sigma_0, integral_powers)
        self.shape, self.channels = tuple(int(n) for n in shape), None
        self.J, self.L, self.sigma_0, self.order = int(J), int(L), float(sigma_0), int(order)
        self.rotation_covariant, self.order_zero = bool(rotation_covariant), bool(order_zero)
        self.integral_powers = tuple(float(q) for q in integral_powers)
        dtype = np.dtype(jnp.result_type(float) if dtype is None else dtype)
        if not np.issubdtype(dtype, np.floating):
            raise InputError(f"dtype={dtype} must be a real floating type, such as float32.")
        widths = [self.sigma_0 * 2**j for j in range(self.J + 1)]
        self.psi = tuple(tuple(_filters(n, sigma, self.L, dtype) for n in self.shape) for sigma in widths)

    @property
    def table(self) -> Table:
        """One row a coefficient."""
        chains = _chains(self.J, self.order)
        rows = [(c, l, q) for c in chains for l in range(self.L + 1) for q in self.integral_powers]
        rows = [((), -1, q) for q in self.integral_powers if self.order_zero] + rows
        longest = max(map(len, chains))
        columns = {f"j{m + 1}": [c[m] if m < len(c) else -1 for c, _, _ in rows] for m in range(longest)}
        kinds, last = [f"S{len(c)}" for c, _, _ in rows], {"l": [l for _, l, _ in rows], "q": [q for _, _, q in rows]}
        return Table(kind=kinds, order=[len(c) for c, _, _ in rows], **columns, **last)

    def filters(self, j: int, l: int) -> Complex[np.ndarray, "m z y x"]:
        """psi_jlm for m = -l..l over the frequencies of the whole torus, in FFT order, NumPy."""
        w = [2 * np.pi * self.sigma_0 * 2**j * np.fft.fftfreq(n) for n in self.shape]
        gauss, *grids = np.exp(-sum(g**2 for g in np.ix_(*w)) / 2), *np.ix_(*(-1j * axis for axis in w))
        value = lambda p: sum(c * math.prod(g**a for g, a in zip(grids, key, strict=True)) for key, c in p.items())
        return np.stack([gauss * value(polynomial) for polynomial in solid_harmonics(l)])

    def apply(self, x: Array) -> Coefficients:
        powers, degrees = self.integral_powers, range(self.L + 1)
        inner: list[tuple[int, ...]] = []  # chains that a coarser wavelet may follow, and their fields for each l
        fields: list[list[Array]] = [[] for _ in degrees]
        rows, sums = [], []
        for j in range(self.J + 1):
            chains = [(j,), *((*chain, j) for chain in inner)]
            kept = [i for i, chain in enumerate(chains) if len(chain) < self.order]
            first = self._squares(x[None], j, degrees)
            for l in degrees:
                more = self._squares(jnp.concatenate(fields[l]), j, [l]) if inner else []
                square = jnp.concatenate([first[l], *more])
                rows += [(len(chain), chain, l) for chain in chains]
                sums.append(_integrals(square, powers))
                fields[l] += [_root(square[i : i + 1]) for i in kept]
            inner += [chains[i] for i in kept]
        order = sorted(range(len(rows)), key=rows.__getitem__)
        blocks = [_order_zero(x[None], powers)] if self.order_zero else []
        values = jnp.concatenate([*blocks, jnp.concatenate(sums)[np.array(order)]]).reshape(-1)
        return Coefficients(values, self.table)

    def _squares(self, x: Float[Array, "b z y x"], j: int, degrees: Iterable[int]) -> list[Float[Array, "b z y x"]]:
        """sum_m |x * psi_jlm|^2 for each l; derivatives make the fields anew, which costs no time and saves memory."""
        rows = [_rows(l, self.rotation_covariant) for l in degrees]
        wanted = sorted({key for each in rows for row in each for key in row})
        for axis, (modes, _) in enumerate(self.psi[j]):
            x = x if modes is None else _product_along(axis, modes, x)
        along_z, *others = (matrices for _, matrices in self.psi[j])

        @jax.checkpoint
        def squares(along_z):
            fields = _derivatives((along_z, *others), x, wanted)
            return [_total([_power(row, fields) for row in each]) for each in rows]

        return _by_slabs(squares, along_z, x.shape[0] * math.prod(self.shape))


def solid_harmonics(l: int) -> list[Polynomial]:
    r"""$|r|^\ell Y_\ell^m(r/|r|)$, m = -l..l, as polynomials {powers of (z, y, x): coefficient}; orthonormal,
    Condon–Shortley phase, times $c_\ell (2\pi)^{3/2}$ for l > 0; polar angle from -z (Kymatio).

    By the recursion $(\ell-m) P_\ell^m = (2\ell-1) t P_{\ell-1}^m - (\ell+m-1) P_{\ell-2}^m$ of Legendre functions.

    >>> {powers: round(value.real, 4) for powers, value in solid_harmonics(1)[1].items()}
    {(1, 0, 0): -0.6267}
    """
    if l == 0:
        return [{(0, 0, 0): 1.0 + 0j}]
    positive = []
    for m in range(l + 1):
        scale = _scale(l) * math.sqrt((2 * l + 1) / (4 * math.pi) * math.factorial(l - m) / math.factorial(l + m))
        positive.append({key: scale * value for key, value in _legendre(l, m).items() if value})
    negative = [{k: (-1) ** m * v.conjugate() for k, v in positive[m].items()} for m in range(l, 0, -1)]
    return negative + positive


def _legendre(l: int, m: int) -> Polynomial:
    """r^l P_l^m(-z / r) e^(i m phi) as a polynomial of (z, y, x)."""
    before: Polynomial = {}
    last: Polynomial = {(0, 0, 0): 1.0 + 0j}
    for k in range(m):  # P_m^m = (-1)^m (2m-1)!! (x + iy)^m
        last = _product(last, {(0, 0, 1): complex(-2 * k - 1), (0, 1, 0): complex(0, -2 * k - 1)})
    for k in range(m + 1, l + 1):
        step = _product(last, {(1, 0, 0): complex((1 - 2 * k) / (k - m))})
        square = dict.fromkeys([(2, 0, 0), (0, 2, 0), (0, 0, 2)], complex((k + m - 1) / (k - m)))
        for key, value in _product(before, square).items():
            step[key] = step.get(key, 0) - value
        before, last = last, step
    return last


def _scale(l: int) -> float:
    """c_l (2 pi)^(3/2) of specs/scattering.md 2.7: a Gaussian of its own width then has sum U = 2^(-l/2) at order 1."""
    if l % 2:
        c = 1 / (2 ** ((l + 3) / 2) * math.sqrt(math.pi * (2 * l + 1)) * math.factorial((l + 1) // 2))
    else:
        c = 1 / (2 * math.pi * math.sqrt(l + 0.5) * math.prod(range(1, l + 2, 2)))
    return c * (2 * math.pi) ** 1.5


def _product(p: Polynomial, q: Polynomial) -> Polynomial:
    out: Polynomial = {}
    for (a, b, c), v in p.items():
        for (d, e, f), w in q.items():
            key = (a + d, b + e, c + f)
            out[key] = out.get(key, 0) + v * w
    return out


def _rows(l: int, covariant: bool) -> list[Polynomial]:
    """Polynomials whose squares are summed: real ones, sqrt 2 Re and Im of m > 0, or m = -l alone."""
    harmonics = solid_harmonics(l)
    if not covariant:
        return harmonics[:1]
    rows = [harmonics[l]]
    for p in harmonics[l + 1 :]:
        rows += [{k: math.sqrt(2) * v.real + 0j for k, v in p.items() if v.real}]
        rows += [{k: math.sqrt(2) * v.imag + 0j for k, v in p.items() if v.imag}]
    return rows


def _filters(n: int, sigma: float, L: int, dtype: np.dtype) -> Filters:
    r"""Matrices (1 or 2, L+1, n, r) that filter an axis by $(-i\sigma\omega)^a e^{-(\sigma\omega)^2/2}$, a = 0..L.

    They act on the r modes that are not negligible, if these are few. Even sides have the Nyquist frequency with one
    sign only, so there odd powers leave an imaginary part: matrix 1, where it is not negligible (scale 0 of
    sigma_0 = 1 in float32: without it coefficients are off by up to 1e-2).
    """
    w, rounding = sigma * 2 * np.pi * np.fft.fftfreq(n), np.finfo(dtype).eps
    spectra = (-1j * w) ** np.arange(L + 1)[:, None] * np.exp(-(w**2) / 2)
    matrices = np.fft.ifft(spectra)[:, (np.arange(n)[:, None] - np.arange(n)) % n]
    highest = np.flatnonzero(np.abs(spectra).max(0)[: n // 2 + 1] > rounding / 16).max()
    if 2 * highest + 1 <= 0.75 * n:
        angles = 2 * np.pi * np.arange(n) * np.arange(1, highest + 1)[:, None] / n
        modes = np.concatenate([np.full((1, n), 0.5**0.5), np.cos(angles), np.sin(angles)]) * (2 / n) ** 0.5
        return jnp.asarray(modes.astype(dtype)), jnp.asarray((matrices.real @ modes.T)[None].astype(dtype))
    parts = np.stack([matrices.real, matrices.imag])
    negligible = np.abs(parts[1]).max() * n <= 8 * rounding
    return None, jnp.asarray(parts[: 1 if negligible else 2].astype(dtype))


def _by_slabs(squares: Callable[[Array], list[Array]], along_z: Array, size: int) -> list[Float[Array, "b z y x"]]:
    """`squares` of all outputs along z, some rows of the filter at a time: their fields stay in the cache."""
    parts, powers, n = along_z.shape[:3]
    voxels = _VOXELS if jax.default_backend() == "cpu" else 2**8 * _VOXELS
    count = math.ceil(n / max(_ROWS, voxels * n // size))
    if count == 1:
        return squares(along_z)
    rows = math.ceil(n / count)
    padded = jnp.pad(along_z, ((0, 0), (0, 0), (0, count * rows - n), (0, 0)))
    slabs = jax.lax.map(squares, jnp.moveaxis(padded.reshape(parts, powers, count, rows, -1), 2, 0))
    return [jnp.concatenate(list(slab), axis=1)[:, :n] for slab in slabs]


def _derivatives(psi: Sequence[Array], x: Float[Array, "b z y x"], wanted: Sequence[Powers]) -> dict:
    """{(a, b, c): real and imaginary part (None if 0) of x filtered along z, y, x by the powers a, b, c}."""
    fields: dict[tuple[int, ...], Parts] = {(): (x, None)}
    for axis, matrices in enumerate(psi):
        fields = {
            (*done, a): _along(axis, matrices, a, field)
            for done, field in fields.items()
            for a in sorted({key[axis] for key in wanted if key[:axis] == done})
        }
    return fields


def _along(axis: int, matrices: Array, a: int, field: Parts) -> Parts:
    """One axis filtered by the power a: a complex matrix, of which even powers have no imaginary part."""
    real, imaginary = field
    product = lambda part, x: _product_along(axis, matrices[part, a], x)
    if len(matrices) == 1 or a % 2 == 0:
        return product(0, real), None if imaginary is None else product(0, imaginary)
    if imaginary is None:
        return product(0, real), product(1, real)
    return product(0, real) - product(1, imaginary), product(0, imaginary) + product(1, real)


def _product_along(axis: int, matrix: Float[Array, "u v"], x: Float[Array, "b z y x"]) -> Array:
    """The matrix applied along one axis."""
    return jnp.einsum(_ALONG[axis], matrix.astype(x.dtype), x, precision=jax.lax.Precision.HIGHEST)


def _power(row: Polynomial, fields: dict[Powers, Parts]) -> Array:
    """|f|^2 of one harmonic f, the sum of filtered fields that its polynomial tells."""
    parts: tuple[list[Array], list[Array]] = [], []
    for key, c in row.items():
        real, imaginary = fields[key]
        products = [(0, c.real, real), (0, -c.imag, imaginary), (1, c.imag, real), (1, c.real, imaginary)]
        for part, weight, value in products:
            if weight and value is not None:
                parts[part].append(weight * value)
    return _total([_total(part) ** 2 for part in parts if part])


def _total(arrays: Sequence[Array]) -> Array:
    return functools.reduce(operator.add, arrays)


@jax.custom_jvp
def _root(square: Array) -> Array:
    """U from U^2, with derivatives 0 below U = sqrt(tiny / eps) (3e-16 in float32), where second ones overflow."""
    return jnp.sqrt(square)


@_root.defjvp
def _(primals, tangents):
    # one division, told by U: XLA keeps what is costly, and makes all else anew for each field that has a slope
    root, limits = _root(primals[0]), jnp.finfo(primals[0].dtype)
    return root, tangents[0] / jnp.where(root > math.sqrt(limits.tiny / limits.eps), 2 * root, jnp.inf)


def _integrals(square: Float[Array, "b z y x"], powers: Sequence[float]) -> Float[Array, "b q"]:
    """sum_u U^q for each q, from U^2."""
    root = _root(square)
    raised = [square if q == 2 else _raised(root, q) for q in powers]
    return jnp.stack([values.sum((1, 2, 3)) for values in raised], axis=1)


def _raised(root: Array, q: float) -> Array:
    """U^q; whole and half powers without `pow`, which is slow."""
    if q.is_integer():
        return root ** int(q)
    if (2 * q).is_integer():
        return _root(root) * root ** int(q)
    return jnp.where(root > 0, jnp.where(root > 0, root, 1) ** q, 0)


def _order_zero(x: Float[Array, "b z y x"], powers: Sequence[float]) -> Float[Array, "b q"]:
    """sum_u x^q for whole q, with its sign, sum_u |x|^q for others."""
    absolute = _integrals(x**2, powers)
    signed = [(x ** int(q)).sum((1, 2, 3)) if q.is_integer() else absolute[:, i] for i, q in enumerate(powers)]
    return jnp.stack(signed, axis=1)


def _chains(J: int, order: int) -> list[tuple[int, ...]]:
    """Increasing chains of scales of 1..order scales, shorter first, then in lexicographic order."""
    chains: list[tuple[int, ...]] = [()]
    out = []
    for _ in range(order):
        chains = [(*c, j) for c in chains for j in range(c[-1] + 1 if c else 0, J + 1)]
        out += chains
    return out


def _check(shape, integers: dict[str, tuple[int, int]], sigma_0, powers) -> None:
    """Refuse what cannot be built, with the remedy."""
    for name, (value, least) in integers.items():
        if not isinstance(value, int | np.integer) or value < least:
            raise InputError(f"{name}={value!r} must be an integer >= {least}.")
    if np.ndim(shape) != 1 or len(shape) != 3 or not all(isinstance(n, int | np.integer) and n > 0 for n in shape):
        raise InputError(f"shape={shape!r} must be three positive sides (z, y, x).")
    if not (0 < sigma_0 < math.inf):
        raise InputError(f"sigma_0={sigma_0!r} must be a positive number of voxels: 1.0 is the smallest resolved well.")
    if np.ndim(powers) != 1 or not len(powers) or not all(0 < q < math.inf for q in powers):
        raise InputError(f"integral_powers={powers!r} must be positive numbers, such as (0.5, 1.0, 2.0).")
    J = integers["J"][0]
    if 2 * sigma_0 * 2**J > min(shape):
        most = math.floor(math.log2(min(shape) / (2 * sigma_0)))
        remedy = f"use J <= {most}" if most >= 0 else f"use sigma_0 <= {min(shape) / 2:g}"
        raise InputError(
            f"J={J} and sigma_0={sigma_0:g} need every side >= 2 sigma_0 2^J = {2 * sigma_0 * 2**J:g}, got "
            f"{tuple(shape)}: {remedy}, or pad the field with zeros."
        )
