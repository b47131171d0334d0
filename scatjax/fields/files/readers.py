"""`read`: a field from a bundled name, a file or an array, checked at the border and ready for JAX.

A field that cannot be used ends in one `InputError` that names the file and says what to do: never in a NaN somewhere
in an FFT, a pickle, or a machine out of memory.
"""

import os
import re
from pathlib import Path

import numpy as np

from ...errors import InputError, check_finite, check_real, did_you_mean
from .arrays import read_npy, read_npz, refuse
from .formats import read_fits, read_hdf5, read_png, read_wav
from .tables import read_csv

_BUNDLED = Path(__file__).parents[1] / "bundled"
_NAMES = ("brick", "brick64", "wood", "wood64", "vorticity", "helium_jet")
_FITS, _HDF5 = (".fits", ".fit", ".fts"), (".h5", ".hdf5", ".hdf")
_SUFFIXES = (".npy", ".npz", ".csv", ".wav", ".png", *_FITS, *_HDF5)
_BRACKET = re.compile(r"^(?P<path>.+)\[(?P<key>[^\[\]]+)\]$")


def names() -> tuple[str, ...]:
    """The bundled fields; where each comes from stands in `fields/bundled/LICENSES.md`.

    >>> names()
    ('brick', 'brick64', 'wood', 'wood64', 'vorticity', 'helium_jet')
    """
    return _NAMES


def read(
    source,
    key: str | int | None = None,
    max_bytes: int = 2**30,
    column: str | None = None,
    *,
    log_returns: bool = False,
    gaps: bool = False,
) -> np.ndarray:
    r"""A real field as a NumPy array: float32 and float64 are kept, pictures and sound become float32.

    **Arguments**

    - `source`: a bundled name (`names()`), an array, or a path: `.npy`, `.npz` (`path::key`), `.csv` (`path::column`),
      `.wav`, and with the extra `io` `.png`, FITS (`path[hdu]`), HDF5 (`path::dataset`).
    - `key`: which array of a file that holds several.
    - `max_bytes`: the largest array accepted; memory stays below twice that.
    - `column`: of a .csv, a name of its first line. It may be left out if one column of numbers is there besides the
      time, which is the first column if it holds numbers or ISO dates, and must increase.
    - `log_returns`: of a .csv, $\ln x_{t+1} - \ln x_t$ in place of the column x.
    - `gaps`: let NaN pass in files of images and in arrays. Gaps of a .csv (empty cells, NaN) are NaN: mask them.

    **Returns** `(y, x)` for images, gray in [0, 1]; `(3, y, x)` for color; `(time,)` or `(channel, time)` for sound, in
    [-1, 1); `(time,)` of float64 for .csv.

    **Errors** InputError naming file and remedy for whatever cannot be used: unknown names, damaged, oversized or
    truncated files, integers, complex numbers, pickles, NaN, Inf, fewer than two samples; tables without names, words
    among numbers, times that go back. ImportError names a missing extra.

    >>> x = read("brick")
    >>> x.shape, x.dtype, bool(x.min() >= 0 and x.max() <= 1)
    ((128, 128), dtype('float32'), True)
    >>> read("brik")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    scatjax.errors.InputError: source='brik' is no bundled field; did you mean 'brick'? There are brick, brick64, ...
    """
    if hasattr(source, "__array__"):
        _check_no_table("source", column, log_returns=log_returns)
        check_real(source, "source")
        return _checked("source", np.asarray(source), gaps=gaps)
    if not isinstance(source, str | os.PathLike):
        raise InputError(f"source={source!r} is neither a name, a path nor an array: pass one of these.")
    if isinstance(source, str) and source in _NAMES:
        _check_no_table(f"source={source!r}", column, log_returns=log_returns)
        if key is not None:
            raise InputError(f"source={source!r} is one array, and key={key!r} was given: leave key out.")
        return _bundled(source)
    path, key = _split(source, key)
    if path.suffix.lower() == ".csv":
        x = read_csv(_existing(path), _column(path, key, column), log_returns=log_returns, max_bytes=max_bytes)
        return _checked(f"source={str(path)!r}", x, gaps=True)
    _check_no_table(f"source={str(path)!r}", column, log_returns=log_returns)
    return _checked(f"source={str(path)!r}", _from_file(path, key, max_bytes), gaps=gaps)


def _check_no_table(name: str, column: str | None, *, log_returns: bool) -> None:
    if column is not None or log_returns:
        raise InputError(f"{name} is no .csv, which alone has column and log_returns: leave them out (an array: key).")


def _column(path: Path, key: str | int | None, column: str | None) -> str | None:
    """The column of a table, by its own name or, as for every file that holds several arrays, by `key`."""
    if key is None or column is None:
        return column if key is None else str(key)
    if str(key) != column:
        raise refuse(path, f"is asked for column={column!r} and key={key!r}: give one of the two.")
    return column


def _bundled(name: str) -> np.ndarray:
    whole = name.removesuffix("64")
    path = _BUNDLED / f"{whole}.npy"
    # colors are kept in 8 bits, which `read_npy` refuses of strangers: whether 255 is 1 is known here
    x = np.load(path, allow_pickle=False) / np.float32(255) if whole == "wood" else read_npy(path, 2**20)
    if name != whole:
        return x.reshape(*x.shape[:-2], 64, 2, 64, 2).mean((-3, -1))
    return x


def _split(source: str | os.PathLike, key: str | int | None) -> tuple[Path, str | int | None]:
    """`path::key` and `path[hdu]` taken apart, unless a file has that very name."""
    text = os.fspath(source)
    if not isinstance(text, str):
        raise InputError(f"source={text!r} is bytes: pass the path as a string.")
    if "\0" in text:
        raise InputError(f"source={text!r} holds a null character: pass a path.")
    if os.path.exists(text):
        return Path(text), key
    path, mark, inside = text.rpartition("::")
    bracket = _BRACKET.match(text)
    if not mark and bracket and Path(bracket["path"]).suffix.lower() in _FITS:
        path, mark, inside = bracket["path"], "[", bracket["key"]
    if not mark:
        return Path(text), key
    if key is not None and str(key) != inside:
        raise InputError(f"source={text!r} names {inside!r} and key={key!r}: give one of the two.")
    return Path(path), inside


def _from_file(path: Path, key: str | int | None, max_bytes: int) -> np.ndarray:
    suffix = path.suffix.lower()
    if not suffix and not path.exists():
        raise refuse(
            path,
            f"is no bundled field{did_you_mean(str(path), _NAMES) or '.'} There are {', '.join(_NAMES)}; "
            f"a file needs its suffix: {' '.join(_SUFFIXES)}.",
        )
    if suffix not in _SUFFIXES:
        raise refuse(path, f"has the suffix {suffix!r}: convert it to one of {' '.join(_SUFFIXES)}.")
    _existing(path)
    if suffix == ".npz":
        return read_npz(path, None if key is None else str(key), max_bytes)
    if suffix in _FITS:
        return read_fits(path, key, max_bytes)
    if suffix in _HDF5:
        return read_hdf5(path, None if key is None else str(key), max_bytes)
    if key is not None:
        raise refuse(path, f"holds one array, and key={key!r} was given: leave key out.")
    return {".npy": read_npy, ".png": read_png, ".wav": read_wav}[suffix](path, max_bytes)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise refuse(path, "is a directory: name a file in it." if path.is_dir() else "does not exist: check the path.")
    if path.stat().st_size == 0:
        raise refuse(path, "is empty (0 bytes): write it again.")
    return path


def _checked(name: str, x: np.ndarray, *, gaps: bool = False) -> np.ndarray:
    if x.ndim == 0 or x.size < 2:
        raise InputError(f"{name} has shape {x.shape}: a field has at least one axis and two samples.")
    check_finite(np.nan_to_num(x, posinf=np.inf, neginf=-np.inf) if gaps else x, name)
    return x
