r"""Scale-invariant spectra of series: moments of a process that is alike at all scales.

Of a wide-sense self-similar process $\Phi_3[j_1,j_2]$ depends on the lag $a=j_2-j_1$ alone, $\Phi_4[j_1,j_2,j_3]$ on
$a=j_2-j_1$ and $b=j_2-j_3$, and $\Phi_1$, $\Phi_2$ are powers of $2^j$ (Morel et al. 2022, sections 3 and 4).
`invariant` averages over j at fixed lags, ~J^2 numbers in place of ~J^3; `self_similarity` scores the spread over j,
beside the spread that estimation alone gives.
"""

import jax.numpy as jnp
import numpy as np

from ...citations import cites
from ...coefficients import Table, concatenate
from ...errors import InputError
from ..base import AbstractMoments
from .rows import Reduced, Rotation

LAGS = {"Phi3": "Phi3(a)", "Phi4": "Phi4(a,b)"}


@cites("morel2022")
def invariant(phi: AbstractMoments) -> Reduced:
    r"""Spectra of series with $\Phi_3$, $\Phi_4$ averaged over the scales at fixed lags, the low-pass left as it is:

    $$\Phi_3(a) = \langle\Phi_3[j-a,j]\rangle_{j=a..J-1},\quad
    \Phi_4(a,b) = \langle\Phi_4[j-a,j,j-b]\rangle_{j=a..J+b-1},\; b<0$$

    New kinds "Phi3(a)", "Phi4(a,b)" with columns a and b, counted in octaves; rows of the low-pass keep their kinds.
    `fit` and synthesis work as on any map.

    **Arguments**

    - `phi`: scattering spectra of series.

    **Errors** InputError for other maps, and for banks with several bands per octave.

    >>> from scatjax.moments import ScatteringSpectra
    >>> from scatjax.wavelets import battle_lemarie
    >>> phi = invariant(ScatteringSpectra(battle_lemarie((1024,), J=6)))
    >>> int((phi.table["part"] != "im").sum())
    62
    """
    table = check_series(phi.table)
    lags = lags_of(table)
    alone = np.flatnonzero(lags["a"] < 0)
    rotation, tables = [(alone[:, None], np.eye(1))], [_labeled(table.take(alone))]
    for kind, name in LAGS.items():
        for index, rows in groups_of_lags(table, lags, kind):
            rotation.append((index, np.full((1, index.shape[1]), 1 / index.shape[1])))
            tables.append(_labeled(rows, name, lags["a"][index[:, 0]], lags["b"][index[:, 0]]))
    turned = Rotation(
        tuple(jnp.asarray(index, jnp.int32) for index, _ in rotation),
        tuple(jnp.asarray(matrix, jnp.result_type(float)) for _, matrix in rotation),
    )
    every = concatenate(tables)
    order = _order(every)
    return Reduced(phi, (turned,), jnp.asarray(order, jnp.int32), every.take(order))


def check_series(table: Table) -> Table:
    """The table of spectra of series with one band per octave; InputError for another."""
    if not {"Phi2", *LAGS} <= set(table["kind"].tolist()) or "a" in table.columns:
        raise InputError(f"scale invariance is of scattering spectra of series, not of {sorted(set(table['kind']))}.")
    if "n1" in table.columns:
        raise InputError("this bank has several bands an octave: use one (Q=1) for lags in octaves.")
    if table["j1"][table.rows(kind="Phi2")].max() < 2:
        raise InputError("one octave has no lags: use a bank with J >= 2.")
    return table


def lags_of(table: Table) -> dict[str, np.ndarray]:
    """The lags a and b of each row, -1 and 0 where it has none (the low-pass, powers)."""
    low = table["j1"][table.rows(kind="Phi2")].max()
    third, fourth = (table["kind"] == kind for kind in LAGS)
    last = np.where(fourth, table["j3"], table["j2"])
    inside = (third | fourth) & (last < low)
    a = np.where(inside, table["j2"] - table["j1"], -1)
    return {"a": a, "b": np.where(inside & fourth, table["j2"] - table["j3"], 0)}


def groups_of_lags(table: Table, lags: dict[str, np.ndarray], kind: str) -> list[tuple[np.ndarray, Table]]:
    """Rows of equal lags, part and channels: (group, n), one array per n, and the table of each group's first."""
    rows = np.flatnonzero((table["kind"] == kind) & (lags["a"] >= 0))
    columns = [table[name] for name in ("part", "channel") if name in table.columns]
    labels = np.stack([label[rows].astype(str) for label in (*lags.values(), *columns)])
    _, group = np.unique(labels, axis=1, return_inverse=True)
    members = [rows[group.reshape(-1) == g] for g in range(group.max() + 1)]
    lengths = sorted({len(m) for m in members}, reverse=True)
    stacked = [np.stack([m for m in members if len(m) == n]) for n in lengths]
    return [(index, table.take(index[:, 0])) for index in stacked]


def _labeled(table: Table, kind: str | None = None, a: np.ndarray | int = -1, b: np.ndarray | int = 0) -> Table:
    """Rows with columns a and b; those of lags have no scale."""
    columns = {n: c for n, c in table.columns.items() if kind is None or n in ("part", "channel")}
    columns["kind"] = table["kind"] if kind is None else np.full(len(table), kind)
    return Table(**columns, a=np.broadcast_to(a, len(table)), b=np.broadcast_to(b, len(table)))


def _order(table: Table) -> np.ndarray:
    """Rows by kind as they come first, lags by a, then b, real parts before imaginary ones."""
    kinds = list(dict.fromkeys(table["kind"].tolist()))
    place = np.array([kinds.index(kind) for kind in table["kind"]])
    lagged = np.isin(table["kind"], list(LAGS.values()))
    at = np.arange(len(table))
    channel = table["channel"] if "channel" in table.columns else np.full(len(table), "")
    keys = [np.where(lagged, key, 0) for key in (table["b"], table["a"], table["part"] == "im")]
    return np.lexsort((np.where(lagged, 0, at), *keys, np.where(lagged, channel, ""), place))
