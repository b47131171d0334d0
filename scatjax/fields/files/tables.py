"""Series from tables of text (.csv), by the standard library, and to them: one column, its gaps, the order of times.

The file is read line by line and never held whole. Whatever would have to be guessed is refused with the number of the
line: a table without names, a column that is not there, a word among numbers, a time that goes back.
"""

import csv
import datetime
import io
import math
import os
import pathlib
import reprlib
from array import array
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ...errors import InputError, did_you_mean
from ...files import write_atomic
from .arrays import check_size, reading, refuse

Path = str | os.PathLike


def read_csv(path: Path, column: str | None, *, log_returns: bool, max_bytes: int) -> np.ndarray:
    r"""One column of a .csv file as a series `(time,)` of float64; gaps (empty cells, NaN) are NaN.

    The first line names the columns; cells are parted by commas; blank lines are skipped where there are several
    columns, and lines before the names that start with #. The first column, unless it is the one asked for, is the time
    if its first cell is a number or an ISO date: it must increase. Dates of other forms are refused.

    **Arguments**

    - `column`: None if only one column of numbers is left.
    - `log_returns`: the differences of the logarithm, one fewer.
    - `max_bytes`: the largest series accepted.

    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "x.csv")
    ...     _ = file.write_text("date,close,volume\n2020-01-02,10,7\n2020-01-03,,8\n2020-01-06,12.5,9\n")
    ...     read_csv(file, "close", log_returns=False, max_bytes=100)
    array([10. ,  nan, 12.5])
    """
    with reading(path, ".csv"):
        names = _names(path)
        index = _index(path, names, column)
        x = _values(path, names, index, positive=log_returns, max_bytes=max_bytes)
    if np.isnan(x).all():
        raise refuse(path, f"holds no number in column {names[index]!r}: name another, its columns are {_list(names)}.")
    return np.diff(np.log(x, out=x)) if log_returns else x


def write_csv(path: Path, columns: Mapping[str, np.ndarray], remark: str = "") -> pathlib.Path:
    """Write series of one length as columns by their names, to the digit; `remark` stands in a first line, after #.

    `read_csv` gives each of them back. **Errors** InputError for columns of other lengths, an existing file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_csv(f"{folder}/x.csv", {"time": np.arange(2), "x": np.array([0.1, 2.0], "float32")}, "seed 0")
    ...     file.read_text().splitlines(), read_csv(file, "x", log_returns=False, max_bytes=100)
    (['# seed 0', 'time,x', '0,0.1', '1,2.0'], array([0.1, 2. ]))
    """
    arrays = [np.asarray(column) for column in columns.values()]
    if not arrays or any(column.ndim != 1 or len(column) != len(arrays[0]) for column in arrays):
        raise InputError(f"columns have the shapes {[column.shape for column in arrays]}: give series of one length.")
    text = io.StringIO()
    if remark:
        text.write(f"# {' '.join(remark.split())}\n")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows(zip(*(["" if cell != cell else str(cell) for cell in column] for column in arrays), strict=True))
    return write_atomic(path, text.getvalue().encode())


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is neither blank nor a remark before the names.

    Under one name alone, a blank line between others is an empty cell.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:  # sig: spreadsheets put a mark first
        lines, width, blank = csv.reader(file, strict=True), 0, []
        for cells in lines:
            width = width or (len(cells) if cells and not cells[0].startswith("#") else 0)
            if width and not cells:
                blank.append(lines.line_num)
            elif width:
                if width == 1:
                    yield from ((line, [""]) for line in blank)
                blank = []
                yield lines.line_num, [cell.strip() for cell in cells]


def _rows(path: Path, names: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines below the names, each as long as these."""
    for place, (line, cells) in enumerate(_lines(path)):
        if len(cells) != len(names):
            raise refuse(path, f"has {len(cells)} cells in line {line} and {len(names)} names: mend that line.")
        if place:
            yield line, cells


def _names(path: Path) -> list[str]:
    names = next(_lines(path), (0, []))[1]
    if not any(names):
        raise refuse(path, "holds no names: write those of the columns into its first line.")
    if any(_instant(name) is not None for name in names):
        raise refuse(path, f"has no header, its first line is {_list(names)}: write the columns' names there.")
    if next(_rows(path, names), None) is None:
        raise refuse(path, "holds names and no rows: write it again.")
    return names


def _index(path: Path, names: list[str], column: str | None) -> int:
    """The place of the column asked for, or of the only one of numbers besides the time."""
    if column is not None:
        if names.count(column) == 1:
            return names.index(column)
        if column in names:
            raise refuse(path, f"has {names.count(column)} columns {column!r}: give each its own name.")
        hint = did_you_mean(str(column), names) or "."
        raise refuse(path, f"has no column {column!r}{hint} Its columns are {_list(names)}: set column.")
    left = list(range(len(names)))
    if len(left) > 1 and _timed(path, names):
        left = left[1:]
    if len(left) > 1:
        left = _numeric(path, names, left)
    if len(left) != 1:
        shown = _list([names[i] for i in left] or names)
        raise refuse(path, f"holds {len(left) or 'no'} columns of numbers ({shown}): name one, column='...'.")
    return left[0]


def _timed(path: Path, names: list[str]) -> bool:
    """True if the first column is a time."""
    first = next(_rows(path, names))[1][0]
    if _instant(first) is None and names[0].lower() in ("date", "time", "datetime", "timestamp", "day"):
        shown = f"{reprlib.repr(first)} in column {names[0]!r}"
        raise refuse(path, f"holds {shown}: write dates as 2020-01-31, or numbers.")
    return _instant(first) is not None


def _numeric(path: Path, names: list[str], places: list[int]) -> list[int]:
    """The columns in which every cell is a number or empty."""
    for _, cells in _rows(path, names):
        places = [i for i in places if _number(cells[i]) is not None]
    return places


def _values(path: Path, names: list[str], index: int, *, positive: bool, max_bytes: int) -> np.ndarray:
    values, times = array("d"), index > 0 and _timed(path, names)
    before = ""
    for line, cells in _rows(path, names):
        if times:
            _check_later(path, f"line {line}, column {names[0]!r}", cells[0], before)
            before = cells[0]
        value = _number(cells[index])
        where = f"in line {line}, column {names[index]!r}"
        if value is None:
            remedy = "write a finite number with a decimal point, or leave a gap empty."
            raise refuse(path, f"holds {reprlib.repr(cells[index])} {where}: {remedy}")
        if positive and value <= 0:
            raise refuse(path, f"holds {value:g} {where}, which has no logarithm: leave log_returns out.")
        values.append(value)
        if 8 * len(values) > max_bytes:
            check_size(path, (len(values),), 8, max_bytes)
    return np.frombuffer(values)


def _check_later(path: Path, where: str, text: str, before: str) -> None:
    now, then = _instant(text), _instant(before)
    if now is None:
        raise refuse(path, f"holds {reprlib.repr(text)} in {where}, which is no time: use ISO dates or numbers.")
    if then is not None and now <= then:
        word = "goes back" if now < then else "repeats a time"
        raise refuse(
            path, f"{word} in {where}: {text!r} follows {before!r}: sort the rows, or move a column that is no time."
        )


def _number(text: str) -> float | None:
    """A number; NaN for a gap; None for what is neither, infinity too."""
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return None if math.isinf(value) else value


def _instant(text: str) -> float | None:
    """A number, or an ISO date as seconds, UTC unless it says otherwise; None for what is neither."""
    value = _number(text)
    if value is not None:
        return None if math.isnan(value) else value
    try:
        date = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=datetime.UTC)).timestamp()


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:20])) + (", …" if len(names) > 20 else "")
