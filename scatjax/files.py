"""Files are written whole or not at all: to a temporary name, flushed, then renamed."""

import io
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .errors import InputError


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of an .npz file of the arrays, under their names; objects are refused (no pickle is ever written).

    >>> list(np.load(io.BytesIO(npz_bytes({"a": np.zeros(2)}))).files)
    ['a']
    """
    if any(np.asarray(array).dtype.hasobject for array in arrays.values()):  # NumPy below 2.2 would pickle them
        raise ValueError("Object arrays cannot be saved: convert them to numbers first.")
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def write_atomic(path: str | os.PathLike, data: bytes, *, overwrite: bool = False) -> Path:
    """Write `data` to `path`; an existing file is refused unless `overwrite`. A full disk leaves no half file.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as d:
    ...     write_atomic(pathlib.Path(d) / "a.bin", b"abc").read_bytes()
    b'abc'
    """
    final = Path(path)
    if final.exists() and not overwrite:
        raise InputError(f"{final} exists and nothing is ever overwritten: choose another name, or remove it first.")
    temporary = final.with_name(f".{final.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, final)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"cannot write {final} ({len(data)} bytes): {error.strerror or error}.") from error
    return final
