"""Coefficients that never travel without their names: an array of values and a static table of what each row is.

`Table` holds NumPy columns, compared and hashed by a digest, so that 10^5 rows cost milliseconds and a rebuilt operator
retraces nothing. `Coefficients` is a pytree whose only leaf is `values`: `jax.tree.map(jnp.log, c)` works.
"""

import functools
import hashlib
import os
import zipfile
from collections.abc import Mapping
from typing import BinaryIO

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .errors import InputError, did_you_mean
from .files import npz_bytes, write_atomic

_FILL = {"i": -1, "f": np.nan, "U": ""}  # what a row holds in a column that does not concern it


class Table:
    """Static columns that name the rows of an array of coefficients.

    Each column is an array given by its name, all of one length; strings ("" = does not apply), integers (-1) or floats
    (NaN).

    >>> table = Table(kind=["S1", "S1"], j1=[0, 1])
    >>> len(table), table == Table(kind=["S1", "S1"], j1=[0, 1])
    (2, True)
    """

    def __init__(self, **columns):
        self.columns: dict[str, np.ndarray] = {name: _column(values) for name, values in columns.items()}
        lengths = {len(column) for column in self.columns.values()}
        if len(lengths) > 1:
            raise InputError(f"the columns of a table have lengths {sorted(lengths)}: they must be one.")
        self.length = lengths.pop() if lengths else 0
        digest = hashlib.sha256()
        for name, column in self.columns.items():
            digest.update(f"{name}:{column.dtype.str}:".encode() + column.tobytes())
        self.digest = digest.hexdigest()

    def __len__(self) -> int:
        return self.length

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other) -> bool:
        return isinstance(other, Table) and self.digest == other.digest

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.columns:
            raise InputError(f"no column {name!r}; there are {list(self.columns)}{did_you_mean(name, self.columns)}")
        return self.columns[name]

    def __repr__(self) -> str:
        return f"Table({len(self)} rows: {', '.join(self.columns)})"

    def take(self, rows) -> "Table":
        """The table of some rows, by index or boolean mask."""
        return Table(**{name: column[rows] for name, column in self.columns.items()})

    def rows(self, **conditions) -> np.ndarray:
        """Indices of the rows that meet every condition: a value, a slice [start, stop), or a list of values.

        >>> Table(kind=["S1", "S1", "P00"], j1=[0, 1, 1]).rows(kind="S1", j1=slice(1, None))
        array([1])
        """
        keep = np.ones(len(self), bool)
        for name, wanted in conditions.items():
            column = self[name]
            if isinstance(wanted, slice):
                low, high = wanted.start, wanted.stop
                keep &= (column >= (0 if low is None else low)) & (True if high is None else column < high)
            else:
                keep &= np.isin(column, np.atleast_1d(wanted))
        return np.flatnonzero(keep)

    def names(self) -> list[str]:
        """One name per row, such as `C01.re[j1=0,j2=1]`, made when asked for.

        >>> Table(kind=["S1"], j1=[2]).names()
        ['S1[j1=2]']
        """
        labels = [name for name in self.columns if name not in ("kind", "order", "part")]
        names = [self._name(row, labels) for row in range(len(self))]
        if "order" in self.columns and len(set(names)) < len(names):  # the kind does not say it, as S1 and S2 do
            return [self._name(row, [*labels, "order"]) for row in range(len(self))]
        return names

    def _name(self, row: int, labels: list[str]) -> str:
        cells = [(name, self.columns[name][row]) for name in labels]
        inside = ",".join(f"{name}={_show(value)}" for name, value in cells if _applies(value))
        part = f".{self.columns['part'][row]}" if "part" in self.columns and self.columns["part"][row] else ""
        kind = self.columns["kind"][row] if "kind" in self.columns else ""
        return f"{kind}{part}[{inside}]" if inside else f"{kind}{part}"

    @functools.cached_property
    def _complex_rows(self) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
        """By kind: rows of the real part, and the row of each one's imaginary part or -1; None for a real kind."""
        kinds = self["kind"]
        return {kind: self._pair(np.flatnonzero(kinds == kind)) for kind in dict.fromkeys(kinds.tolist())}

    def _pair(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        part = self.columns.get("part")
        if part is None or not np.any(part[rows] == "im"):
            return rows, None
        labels = [column[rows].astype(str) for name, column in self.columns.items() if name != "part"]
        _, key = np.unique(np.stack(labels), axis=1, return_inverse=True)
        key = key.reshape(-1)
        real, imaginary = part[rows] != "im", part[rows] == "im"
        partner = np.full(key.max() + 1, -1)
        partner[key[imaginary]] = rows[imaginary]
        return rows[real], partner[key[real]]


class Coefficients(eqx.Module):
    """Values with their names: `values` is real, `(*batch, path, *site)`, `table` names the path axis.

    A complex statistic is two rows (`part` = re, im); what is zero by structure has no row. `sites` counts the axes
    after the path: 0 for moments, 2 for a pyramid of images.

    >>> c = Coefficients(jnp.array([1.0, 2.0, 3.0]), Table(kind=["S1", "C", "C"], part=["", "re", "im"], j1=[0, 1, 1]))
    >>> c["C"]
    Array([2.+3.j], dtype=complex64)
    >>> c.select(kind="S1").values
    Array([1.], dtype=float32)
    """

    values: Float[Array, "..."]
    table: Table = eqx.field(static=True)
    sites: int = eqx.field(static=True, default=0)

    def __getitem__(self, kind: str) -> Array:
        """All coefficients of one kind, complex where the kind is."""
        if kind not in self.kinds:
            raise InputError(f"no kind {kind!r}; there are {self.kinds}{did_you_mean(kind, self.kinds)}")
        real, imaginary = self.table._complex_rows[kind]
        if imaginary is None:
            return self._rows(real)
        mask = (imaginary >= 0).reshape((-1,) + (1,) * self.sites)
        return jax.lax.complex(self._rows(real), jnp.where(mask, self._rows(imaginary), 0))

    def _rows(self, rows: np.ndarray) -> Array:
        return jnp.take(jnp.asarray(self.values), jnp.asarray(rows), axis=-1 - self.sites)

    @property
    def kinds(self) -> list[str]:
        """The kinds of coefficients held, in their order."""
        return list(self.table._complex_rows)

    def select(self, **conditions) -> "Coefficients":
        """The coefficients whose columns meet the conditions: `c.select(j1=0, j2=slice(1, 4), kind="C01")`."""
        rows = self.table.rows(**conditions)
        return Coefficients(self._rows(rows), self.table.take(rows), self.sites)

    def drop(self, **conditions) -> "Coefficients":
        """All coefficients but those that `select` would give: as a target, what is dropped is not matched.

        >>> c = Coefficients(jnp.arange(3.0), Table(kind=["mean", "S1", "S1"], j1=[-1, 0, 1]))
        >>> c.drop(kind="mean").values.tolist()
        [1.0, 2.0]
        """
        rows = np.setdiff1d(np.arange(len(self.table)), self.table.rows(**conditions))
        return Coefficients(self._rows(rows), self.table.take(rows), self.sites)

    def to_dict(self) -> dict[str, Array]:
        """Arrays by kind, complex where the kind is."""
        return {kind: self[kind] for kind in self.kinds}

    def save(self, path: str | os.PathLike, *, overwrite: bool = False) -> None:
        """Write values and table to an .npz file (no pickle), whole or not at all."""
        arrays = {f"column_{name}": column for name, column in self.table.columns.items()}
        arrays |= {"values": np.asarray(self.values), "sites": np.array(self.sites)}
        write_atomic(path, npz_bytes(arrays), overwrite=overwrite)

    @staticmethod
    def load(path: str | os.PathLike) -> "Coefficients":
        """Read what `save` wrote; a damaged or foreign file is an InputError."""
        try:
            with open(path, "rb") as file:
                return _read(file)
        except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
            raise InputError(f"{path} does not hold coefficients saved by scatjax ({error}).") from error

    def __str__(self) -> str:
        shape = "traced" if isinstance(self.values, jax.core.Tracer) else tuple(self.values.shape)
        lines = [f"Coefficients {shape}"]
        for kind in self.kinds:
            rows = self.table.rows(kind=kind)
            lines.append(f"  {kind:<12} {len(rows):>6} rows" + self._preview(rows))
        return "\n".join(lines)

    def _preview(self, rows: np.ndarray, most: int = 4) -> str:
        plain = not self.sites and isinstance(self.values, jax.Array | np.ndarray)
        if not plain or isinstance(self.values, jax.core.Tracer) or self.values.ndim != 1:
            return ""
        shown = ", ".join(f"{float(v):.4g}" for v in np.asarray(self.values)[rows[:most]])
        return f"   {shown}{', …' if len(rows) > most else ''}"


def _read(file: BinaryIO) -> Coefficients:
    stored = np.load(file, allow_pickle=False)
    if not isinstance(stored, Mapping):
        raise InputError("it holds one array and no names")
    columns = {n.removeprefix("column_"): stored[n] for n in stored if n.startswith("column_")}
    values, table, sites = stored["values"], Table(**columns), int(stored["sites"])
    rows = values.shape[-1 - sites] if values.ndim > sites >= 0 else None
    if rows != len(table):
        raise InputError(f"{len(table)} names for values of shape {values.shape}, {sites} of whose axes are sites")
    return Coefficients(jnp.asarray(values), table, sites)


def concatenate(tables: list[Table], **labels) -> Table:
    """One table from several; columns that a table lacks hold "does not apply", and each label is one more column.

    >>> concatenate([Table(kind=["a"], j1=[0]), Table(kind=["b"])])["j1"]
    array([ 0, -1])
    """
    names: Mapping[str, np.ndarray] = {n: c for table in tables for n, c in table.columns.items()}
    columns = {
        name: np.concatenate([t.columns.get(name, _filled(len(t), example.dtype.kind)) for t in tables])
        for name, example in names.items()
    }
    return Table(**columns, **labels)


def _filled(length: int, kind: str) -> np.ndarray:
    return np.full(length, _FILL[kind])


def _column(values) -> np.ndarray:
    column = np.asarray(values)
    if column.dtype.kind in "bu":
        column = column.astype(np.int64)
    if column.dtype.kind not in _FILL or column.ndim != 1:
        raise InputError(f"a column is a list of strings, integers or floats, not {column.dtype} {column.shape}.")
    return np.ascontiguousarray(column)


def _applies(value) -> bool:
    return not (value == "" or value == -1 or value != value)


def _show(value) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
