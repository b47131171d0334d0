"""Files are written whole or not at all: to a temporary name, flushed, then renamed (engineering.md 2.5)."""

import os
from pathlib import Path

from .errors import InputError


def write_atomic(path: str | os.PathLike, data: bytes, overwrite: bool = False) -> Path:
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
