"""The folder of a run: what it was asked, where it comes from, how it went, what it made. Nothing is ever overwritten.

OUT/config.resolved.toml    every value; running this file again gives the same samples
provenance.json         versions, commit, devices, seed, digests, times, status
metrics.jsonl           one object per chunk of steps
samples/unit_000000.npz the samples of one batch: only what (config, key) determine, so equal runs, equal files
samples/fields.npy      of series also all of them, (sample, time),
samples/paths.csv       and as columns beside the index of time, under a line that says where they come from
pictures/*.png
"""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files import npz_bytes, write_atomic
from .origin import now, to_json


class Folder:
    """A new output folder; `path` is where it lies.

    **Arguments** `out`: a folder that is empty or does not exist yet, or None: `root/NAME-NNN`, the next free number.

    **Errors** InputError for a folder that holds something, for a path that is no folder, or that cannot be made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     [Folder(None, "quick", root).path.name for _ in range(2)]
    ['quick-001', 'quick-002']
    """

    def __init__(self, out: str | os.PathLike | None, name: str = "run", root: str | os.PathLike = "runs"):
        self.path = _next_free(Path(root), name) if out is None else _empty(Path(out))
        self.facts: dict[str, Any] = {}
        self.outputs: dict[str, str] = {}

    @property
    def begun(self) -> bool:
        """True once the run has made its first steps."""
        return (self.path / "metrics.jsonl").exists()

    def start(self, config: str, facts: Mapping[str, Any]) -> None:
        """Write the resolved config and the provenance of a run that starts."""
        self._write("config.resolved.toml", config.encode())
        self.facts = dict(facts)
        self._provenance()

    def finish(self, status: str, **facts: Any) -> None:
        """Complete the provenance: status, time, the digests of the outputs, further facts."""
        self.facts |= {"status": status, "finished": now(), "outputs": self.outputs, **facts}
        self._provenance()

    def metrics(self, **numbers: Any) -> None:
        r"""Append one object to metrics.jsonl.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     folder = Folder(None, "quick", root)
        ...     folder.metrics(step=10, energy=float("nan"))
        ...     (folder.path / "metrics.jsonl").read_text()
        '{"step": 10, "energy": null}\n'
        """
        with _named(self.path / "metrics.jsonl") as path, open(path, "a", encoding="utf-8") as file:
            file.write(to_json(numbers) + "\n")

    def samples(self, unit: int, **arrays: Any) -> Path:
        """Write the arrays of one batch as samples/unit_000000.npz."""
        data = npz_bytes({name: np.asarray(array) for name, array in arrays.items()})
        return self._write(f"samples/unit_{unit:06d}.npz", data)

    def paths(self, series: np.ndarray) -> list[Path]:
        """Write series (sample, time) as samples/fields.npy and samples/paths.csv, their provenance in its first line.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     [path.name for path in Folder(None, "quick", root).paths(np.zeros((2, 3)))]
        ['fields.npy', 'paths.csv']
        """
        from .. import fields

        facts = {name: self.facts[name] for name in ("seed", "config_sha256", "inputs") if name in self.facts}
        version = self.facts.get("versions", {}).get("scatjax", "")
        columns = {"time": np.arange(series.shape[-1])} | {f"sample_{i}": x for i, x in enumerate(series)}
        array, table = self.place("samples/fields.npy"), self.place("samples/paths.csv")
        fields.write(array, series)
        fields.write_csv(table, columns, f"scatjax {version} {to_json(facts)}")
        return [self.add(array), self.add(table)]

    def place(self, name: str) -> Path:
        """A path inside of the folder for another writer, its parents made; `add` enters its digest afterwards."""
        path = self.path / name
        with _named(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add(self, path: Path) -> Path:
        """Enter the digest of a file that another writer put in this folder."""
        self.outputs[path.relative_to(self.path).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
        return path

    def discard(self) -> None:
        """Take back a run that was refused before its first step: its own files, and the folder if it is empty.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as root:
        ...     folder = Folder(None, "quick", root)
        ...     folder.start("seed = 0", {})
        ...     folder.discard()
        ...     folder.path.exists()
        False
        """
        for name in (*self.outputs, "provenance.json"):
            (self.path / name).unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()

    def _write(self, name: str, data: bytes) -> Path:
        return self.add(write_atomic(self.place(name), data))

    def _provenance(self) -> None:
        # the one file written twice: a run that died says "running", a finished one how it ended
        write_atomic(self.path / "provenance.json", (to_json(self.facts, indent=1) + "\n").encode(), overwrite=True)


class _named:
    """Turns an OSError into an InputError that names the path."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, kind, error, trace) -> None:
        if isinstance(error, OSError):
            raise InputError(f"cannot write {self.path}: {error.strerror or error}; choose another `--out`.") from error


def _empty(path: Path) -> Path:
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file: choose another `--out`.")
    with _named(path):
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise InputError(f"{path} is not empty and nothing is ever overwritten: choose another `--out`.")
    return path


def _next_free(root: Path, name: str) -> Path:
    with _named(root):
        root.mkdir(parents=True, exist_ok=True)
        taken = [re.fullmatch(re.escape(name) + r"-(\d+)", entry.name) for entry in root.iterdir()]
    number = max((int(match[1]) for match in taken if match), default=0) + 1
    while True:
        path = root / f"{name}-{number:03d}"
        try:
            path.mkdir()
            return path
        except FileExistsError:  # another run took the number
            number += 1
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror or error}; choose another `--out`.") from error
