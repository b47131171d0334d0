r"""Renormalized and log scattering: what a classifier of sounds or textures is given instead of the coefficients.

$$\tilde S_m[\lambda_1..\lambda_m] = \frac{S_m[\lambda_1..\lambda_m]}{S_{m-1}[\lambda_1..\lambda_{m-1}] + \epsilon},
\quad \tilde S_1[\lambda_1] = \frac{S_1[\lambda_1]}{|x|\star\phi + \epsilon},\quad \log(|S| + \epsilon)$$

(Andén and Mallat 2014.) Renormalized, the second order tells how a band is modulated apart from how loud it is, and the
first how a sound is filtered apart from how loud it is; the logarithm turns what multiplies a sound into a sum.
$\epsilon$ is a threshold of silence, an absolute number, a thousandth of the mean of $S_1$ unless you give one. Where a
parent is silent noise is divided by noise: compare $S$ tightly and $\tilde S$ loosely.
"""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..citations import cites
from ..coefficients import Coefficients, Table
from ..errors import InputError

_SILENCE = 1e-3  # epsilon over the mean of S1
_NAMES = ("n", "j", "l", "theta", "sign")  # columns that say which band, of the order whose number follows


@cites("anden2014")
def renormalize(c: Coefficients, epsilon=None, first=None) -> Coefficients:
    r"""$\tilde S_m = S_m/(S_{m-1} + \epsilon)$ by the parent path, for m >= 2; the same table.

    **Arguments** `c`: what `Scattering` gives, with all parents. `epsilon`: absolute, 1e-3 of the mean of S1 over `c`
    (whole batch) by default; it keeps zero over zero 0. `first`: $|x|\star\phi$, to renormalize the first order too, as
    `S(abs(x))` or an array `(*batch, *site)`; by default order 1 stays as it is. Order 0 always stays.

    Andén and Mallat 2014, Deep scattering spectrum, IEEE Trans. Signal Processing 62.

    >>> from scatjax import Scattering
    >>> from scatjax.wavelets import morlet
    >>> S = Scattering(morlet((256,), J=4))
    >>> x = np.random.default_rng(0).normal(size=256).astype(np.float32)
    >>> loud, soft = (renormalize(S(a * x), first=S(abs(a * x))) for a in (100.0, 1.0))
    >>> bool(jnp.allclose(loud["S2"], soft["S2"], rtol=1e-3)), bool(jnp.allclose(loud["S1"], soft["S1"], rtol=1e-3))
    (True, True)
    """
    orders = _orders(c, "renormalize")
    parents, children = lineage(c.table)
    values, axis = jnp.asarray(c.values), -1 - c.sites
    epsilon = _threshold(c, epsilon)
    take = functools.partial(jnp.take, axis=axis)
    divided = take(values, children) / (take(values, parents) + epsilon)
    if first is not None:
        ones = np.flatnonzero(orders == 1)
        low = jnp.expand_dims(_averaged(c, first), axis)
        divided = jnp.concatenate([divided, take(values, ones) / (low + epsilon)], axis)
        children = np.concatenate([children, ones])
    kept = np.setdiff1d(np.arange(len(orders)), children)
    back = np.argsort(np.concatenate([children, kept]))
    out = take(jnp.concatenate([divided, take(values, kept)], axis), back)
    return Coefficients(out, c.table, c.sites)


@cites("anden2014")
def log_scattering(c: Coefficients, epsilon=None) -> Coefficients:
    r"""$\log(|S| + \epsilon)$ of every row; the same table.

    `epsilon` is absolute, 1e-3 of the mean of S1 over `c` (whole batch) by default. The logarithm is finite, with its
    gradient, where coefficients vanish.

    Andén and Mallat 2014, Deep scattering spectrum, IEEE Trans. Signal Processing 62.

    >>> table = Table(kind=["S0", "S1"], j1=[-1, 0])
    >>> log_scattering(Coefficients(jnp.array([-1.0, 0.0]), table), epsilon=1e-2).values.round(2)
    Array([ 0.01, -4.61], dtype=float32)
    """
    _orders(c, "log_scattering")
    values = jnp.asarray(c.values)
    return Coefficients(jnp.log(jnp.abs(values) + _threshold(c, epsilon)), c.table, c.sites)


def _orders(c: Coefficients, name: str) -> np.ndarray:
    """The order of each row; refuses what is no scattering."""
    remedy = f"{name} takes the coefficients that Scattering gives (kinds S0, S1, ..)"
    if isinstance(c, tuple):
        raise InputError(f"{remedy}, not a pyramid: use averaging=Local() or Mean() in place of Off().")
    if not isinstance(c, Coefficients) or "kind" not in c.table.columns:
        raise InputError(f"{remedy}, not {type(c).__name__}: pass S(x).")
    orders = orders_of(c.table)
    if len(orders) == 0 or (orders < 0).any():
        raise InputError(f"{remedy}; these are {', '.join(map(repr, c.kinds))}: pass S(x) itself.")
    return orders


@functools.lru_cache(maxsize=32)
def orders_of(table: Table) -> np.ndarray:
    """The order m of each row of kind "Sm", -1 for other kinds.

    >>> orders_of(Table(kind=["S0", "S2", "C01"]))
    array([ 0,  2, -1])
    """
    kinds, inverse = np.unique(table["kind"], return_inverse=True)
    matches = [re.fullmatch(r"S(\d+)", kind) for kind in kinds]
    return np.array([int(match[1]) if match else -1 for match in matches], int)[inverse]


def chain_key(table: Table, rows: np.ndarray, layers: range) -> np.ndarray:
    """One integer a row, the same where the bands of these layers (1, 2, ..), channel, degree and power are.

    >>> chain_key(Table(kind=["S2"] * 3, n1=[0, 0, 1], n2=[3, 4, 4]), np.arange(3), range(2, 3))
    array([0, 1, 1])
    """
    names = [f"{name}{m}" for m in layers for name in _NAMES] + ["channel", "part", "l", "q"]  # l, q: of all the chain
    key = np.zeros(len(rows), int)
    for name in names:
        if name in table.columns:
            level = np.unique(table[name][rows], return_inverse=True)[1]
            key = np.unique(key * (level.max(initial=0) + 1) + level, return_inverse=True)[1]
    return key


@functools.lru_cache(maxsize=32)  # 10^5 rows: .1 s the first time
def lineage(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """(parents, children): row indices of every order m >= 2 and of what it came from."""
    orders = orders_of(table)
    parents, children = [np.zeros(0, int)], [np.zeros(0, int)]
    for m in range(2, orders.max() + 1):
        before, rows = np.flatnonzero(orders == m - 1), np.flatnonzero(orders == m)
        key = chain_key(table, np.concatenate([before, rows]), range(1, m))
        row_of = np.full(key.max(initial=-1) + 1, -1)
        row_of[key[: len(before)]] = before
        found = row_of[key[len(before) :]]
        if (found < 0).any():
            name = table.take(rows[found < 0][:1]).names()[0]
            raise InputError(f"{name} has no parent among these coefficients: renormalize first, then select.")
        parents, children = [*parents, found], [*children, rows]
    return np.concatenate(parents), np.concatenate(children)


def _threshold(c: Coefficients, epsilon) -> Array:
    """epsilon in the dtype of the values; by default it follows the data."""
    values = jnp.asarray(c.values)
    if epsilon is None:
        ones = np.flatnonzero(orders_of(c.table) == 1)
        if len(ones) == 0:
            raise InputError("there is no S1 here that would set the threshold: give epsilon, an absolute number.")
        mean = jnp.take(values, ones, axis=-1 - c.sites).mean()
        return jnp.where(mean > 0, _SILENCE * mean, 1)  # all is silent: any number gives zeros and finite gradients
    if not isinstance(epsilon, jax.core.Tracer) and not (np.ndim(epsilon) == 0 and float(epsilon) > 0):
        raise InputError(f"epsilon={epsilon!r} must be one positive number; 1e-3 of the mean of S1 is the default.")
    return jnp.asarray(epsilon, values.dtype)


def _averaged(c: Coefficients, first) -> Float[Array, "..."]:
    """|x| * phi as (*batch, *site)."""
    axis = c.values.ndim - 1 - c.sites
    if isinstance(first, Coefficients):
        values = jnp.squeeze(first["S0"], -1 - first.sites) if len(first.table.rows(kind="S0")) == 1 else first["S0"]
    else:
        values = jnp.asarray(first)
    expected = c.values.shape[:axis] + c.values.shape[axis + 1 :]
    if values.shape != expected:
        raise InputError(f"first has shape {values.shape}, expected {expected}, (*batch, *site): pass S(abs(x)).")
    return values.astype(c.values.dtype)
