"""Kymatio's layouts: the rows of a table as an array, a dict of paths or a list of them, and their `meta`."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ..coefficients import Coefficients, Table
from ..errors import InputError


def check_real_paths(x, out_type: str) -> None:
    """Refuse complex fields where paths have keys: Kymatio's know no sign of frequency, and one path of order 0."""
    if out_type != "array" and np.iscomplexobj(x):
        raise InputError(f"complex fields have no out_type={out_type!r}: use 'array', or sj.Scattering and its table.")


def _by_layer(table: Table, name: str) -> list[np.ndarray]:
    """Columns name1, name2, .. of a table; n = j L + l where bands have angles, and their theta is an index."""
    layers = [m for m in range(1, 1 + int(table["order"].max())) if f"j{m}" in table.columns]
    if name == "n" and "l1" in table.columns:
        angles = 1 + max((int(table[f"l{m}"].max()) for m in layers), default=0)
        return [np.where(table[f"j{m}"] < 0, -1, table[f"j{m}"] * angles + table[f"l{m}"]) for m in layers]
    return [table[f"{'l' if name == 'theta' else name}{m}"] for m in layers]


def _keys(table: Table) -> list[tuple[int, ...]]:
    """Indices (n1, .., nm) of each row."""
    columns = _by_layer(table, "n")
    return [tuple(int(n) for n in row if n >= 0) for row in np.stack(columns, 1)] if columns else [()] * len(table)


def count_paths(table: Table, max_order: int, detail: bool) -> int | tuple[int, ...]:
    """Number of rows, or of those of each order."""
    counts = np.bincount(table["order"], minlength=max_order + 1)
    return tuple(int(n) for n in counts) if detail else int(counts.sum())


def meta_columns(table: Table, max_order: int, names: tuple[str, ...]) -> dict[str, Any]:
    """What `meta()` returns: order, key and the named columns, (rows, max_order), NaN where there is no layer."""
    out: dict[str, Any] = {"order": table["order"], "key": _keys(table)}
    for name in names:
        columns = [np.where(np.asarray(c) == -1, np.nan, c).astype(float) for c in _by_layer(table, name)]
        columns += [np.full(len(table), np.nan)] * (max_order - len(columns))
        out[name] = np.stack(columns, 1) if columns else np.zeros((len(table), 0))
    return out


def laid_out(c: Coefficients | tuple[Coefficients, ...], out_type: str, names: tuple[str, ...]):
    """An array, a dict of paths, or a list of them in Kymatio's order."""
    if out_type == "array":
        assert isinstance(c, Coefficients)
        return c.values
    found: dict[tuple[int, ...], tuple[Array, dict[str, Any]]] = {}
    for piece in c if isinstance(c, tuple) else (c,):
        values = jnp.moveaxis(piece.values, -1 - piece.sites, 0)
        columns = {name: _by_layer(piece.table, name) for name in names}
        for row, key in enumerate(_keys(piece.table)):
            found[key] = values[row], {n: tuple(int(v[row]) for v in c if v[row] >= 0) for n, c in columns.items()}
    keys = sorted(found, key=lambda key: (len(key), key))
    if out_type == "dict":
        return {key: found[key][0] for key in keys}
    return [{"coef": found[key][0], "order": len(key), **found[key][1]} for key in keys]
