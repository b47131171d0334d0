"""NumPy's files, header first: nothing is allocated before the header has said how much, and nothing is unpickled.

`np.load` trusts the header: a .npz of half a megabyte can ask for 500 MB, a .npy header for 800 GB.
Here the header is parsed alone, its size held against `max_bytes`, and exactly that many bytes are read; fewer or more
are an error. `reading` turns whatever a decoder raises on damaged bytes into one InputError.
"""

import io
import math
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from ...errors import InputError, did_you_mean

_LONGEST_HEADER = 10_000  # NumPy's own limit; checked before a (2, 0) header, up to 4 GB, is read
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def refuse(path: str | os.PathLike, problem: str) -> InputError:
    """The InputError of a file: one line that names the argument and the file.

    >>> refuse("a.npy", "is empty: write it again.")
    InputError("source='a.npy' is empty: write it again.")
    """
    return InputError(f"source={os.fspath(path)!r} {' '.join(problem.split())}")


@contextmanager
def reading(path: str | os.PathLike, kind: str) -> Iterator[None]:
    """Whatever a decoder raises inside becomes an InputError that names the file.

    >>> with reading("a.png", "PNG"):
    ...     raise OSError("broken data stream")
    Traceback (most recent call last):
    scatjax.errors.InputError: source='a.png' cannot be read as PNG (broken data stream): fetch it again, or convert it.
    """
    try:
        yield
    except (InputError, ImportError):
        raise
    except Exception as error:  # some fifteen kinds, from struct.error to RecursionError, on damaged bytes
        reason = str(getattr(error, "strerror", None) or error) or type(error).__name__
        raise refuse(path, f"cannot be read as {kind} ({reason}): fetch it again, or convert it.") from error


def float_dtype(path: str | os.PathLike, dtype: np.dtype) -> np.dtype:
    """The dtype that a file's values are given in: float32 and float64 kept, float16 as float32, all else refused.

    >>> float_dtype("a.npy", np.dtype(">f8"))
    dtype('float64')
    """
    if dtype.kind == "c":
        raise refuse(path, f"holds complex values ({dtype}): store real and imaginary part as two channels.")
    if dtype.kind != "f" or dtype.itemsize not in (2, 4, 8):
        raise refuse(path, f"holds values of type {dtype}: convert to float first, e.g. x.astype('float32').")
    return np.dtype(np.float64 if dtype.itemsize == 8 else np.float32)


def check_size(path: str | os.PathLike, shape: Sequence[int], itemsize: int, max_bytes: int) -> int:
    """The number of bytes of an array that a header announces; negative sides and more than `max_bytes` are refused.

    >>> check_size("a.npy", (10**6, 10**5), 8, 2**30)
    Traceback (most recent call last):
    scatjax.errors.InputError: source='a.npy' announces 800000000000 bytes (shape (1000000, 100000)), more than \
max_bytes=1073741824: raise max_bytes, or crop it.
    """
    shape = tuple(int(n) for n in shape)
    if any(n < 0 for n in shape):
        raise refuse(path, f"announces the shape {shape}: fetch it again, its header is damaged.")
    size = math.prod(shape) * itemsize
    if size > max_bytes:
        raise refuse(
            path,
            f"announces {size} bytes (shape {shape}), more than max_bytes={max_bytes}: raise max_bytes, or crop it.",
        )
    return size


def read_npy(path: str | os.PathLike, max_bytes: int) -> np.ndarray:
    """The array of a .npy file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/x.npy", np.ones(3))
    ...     read_npy(f"{folder}/x.npy", max_bytes=100)
    array([1., 1., 1.])
    """
    with reading(path, ".npy"), open(path, "rb") as file:
        return _bounded_array(path, file, max_bytes)


def read_npz(path: str | os.PathLike, key: str | None, max_bytes: int) -> np.ndarray:
    """One array of a .npz file; the only one if `key` is None.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(f"{folder}/x.npz", a=np.ones(3), b=np.zeros(2))
    ...     read_npz(f"{folder}/x.npz", "b", max_bytes=100)
    array([0., 0.])
    """
    with reading(path, ".npz"), zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
        with archive.open(choose(path, key, names) + ".npy") as file:
            return _bounded_array(path, file, max_bytes)  # type: ignore[arg-type]


def choose(path: str | os.PathLike, key: str | None, names: Sequence[str]) -> str:
    """The name asked for among those a file holds; without a key the only one.

    >>> choose("a.npz", "densty", ["density", "time"])
    Traceback (most recent call last):
    scatjax.errors.InputError: source='a.npz' holds no 'densty'; did you mean 'density'? It holds density, \
time: set key.
    """
    shown = ", ".join(list(names)[:20]) + (", …" if len(names) > 20 else "")
    if not names:
        raise refuse(path, "holds no array: write one into it first.")
    if key is None:
        if len(names) > 1:
            raise refuse(path, f"holds {len(names)} arrays ({shown}): name one, key={names[0]!r}.")
        return names[0]
    if key not in names:
        raise refuse(path, f"holds no {key!r}{did_you_mean(str(key), names) or '.'} It holds {shown}: set key.")
    return key


def _bounded_array(path: str | os.PathLike, file: io.BufferedIOBase, max_bytes: int) -> np.ndarray:
    """Header, its check, exactly the bytes it announces (read in place), and then the end of the file."""
    shape, fortran, stored = _header(path, file)
    dtype = float_dtype(path, stored)
    check_size(path, shape, dtype.itemsize, max_bytes)
    flat = np.empty(math.prod(shape), stored)
    found = _fill(file, memoryview(flat.data).cast("B")) if flat.size else 0
    if found != flat.nbytes or file.read(1):
        more = "more" if found == flat.nbytes else f"{found}"
        raise refuse(path, f"announces {flat.nbytes} bytes and holds {more}: fetch it again.")
    if not stored.isnative:
        flat = flat.byteswap(inplace=True).view(stored.newbyteorder("="))
    return flat.astype(dtype, copy=False).reshape(shape, order="F" if fortran else "C")


def _header(path: str | os.PathLike, file: io.BufferedIOBase) -> tuple[tuple[int, ...], bool, np.dtype]:
    start = file.read(8)
    version = np.lib.format.read_magic(io.BytesIO(start))
    if version not in _HEADERS:
        raise refuse(path, f"has the .npy version {version}: write it again with np.save.")
    width = 2 if version == (1, 0) else 4
    length = file.read(width)
    if int.from_bytes(length, "little") > _LONGEST_HEADER:
        raise refuse(path, "has a header of more than 10000 bytes: write it again as a plain array.")
    text = file.read(int.from_bytes(length, "little"))
    shape, fortran, dtype = _HEADERS[version](io.BytesIO(length + text))
    if dtype.hasobject:
        raise refuse(path, "holds Python objects, which are never unpickled: convert to float first.")
    return shape, fortran, dtype


def _fill(file: io.BufferedIOBase, view: memoryview) -> int:
    """Bytes read into `view`, fewer than its length only at the end of the file."""
    done = 0
    while done < len(view):
        count = file.readinto(view[done : done + 2**24])
        if not count:
            break
        done += count
    return done
