"""Execute the notebooks named, or all (SCATJAX_FAST=1 shrinks them); stored ones must hold their outputs in 1 MB."""

import sys
from pathlib import Path

import nbclient
import nbformat

LIMIT = 2**20


def main() -> int:
    """Exit code 1 if a notebook fails, is too large or is stored without outputs."""
    failures = 0
    for path in [Path(name) for name in sys.argv[1:]] or sorted(Path("notebooks").glob("*.ipynb")):
        problem = check(path) or execute(path)
        print(f"{path}: {problem or 'runs'}", flush=True)
        failures += bool(problem)
    return 1 if failures else 0


def check(path: Path) -> str:
    """The fault of a notebook as it is stored, or ""."""
    if path.stat().st_size > LIMIT:
        return f"{path.stat().st_size} bytes, the limit is {LIMIT}: shrink its pictures"
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    if not any(cell.outputs for cell in cells):
        return "holds no outputs: store it executed"
    if not cells or "assert" not in cells[-1].source:
        return "does not end in an assert"
    return ""


def execute(path: Path) -> str:
    """The error of the first cell that fails, or ""."""
    notebook = nbformat.read(path, as_version=4)
    here = {"metadata": {"path": "."}}
    client = nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources=here)
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main())
