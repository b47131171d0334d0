"""Columns of .csv files: their values, gaps and order, and one line with the remedy for every table that is not one."""

import csv
import tracemalloc

import numpy as np
import pytest

from scatjax.errors import InputError
from scatjax.fields import read, write_csv

from ..helpers.files import assert_only_input_errors, put, refused, wav

PRICES = "date,open,close\n2020-01-02,10,8\n2020-01-03,11.5,4\n2020-01-06,1e1,16\n"


def table(folder, text: str, name: str = "x.csv"):
    return put(folder, name, text.encode())


def test_columns_by_name(tmp_path):
    path = table(tmp_path, PRICES)
    close = read(path, column="close")
    assert close.tolist() == [8, 4, 16] and close.dtype == np.float64 and close.flags.writeable
    assert read(path, column="open").tolist() == [10, 11.5, 10]
    assert read(f"{path}::close").tolist() == read(path, key="close").tolist() == [8, 4, 16]
    assert np.abs(read(path, column="close", log_returns=True) / np.log(2) - [-1, 2]).max() < 1e-15
    refused(path, "give one of the two", key="open", column="close")


@pytest.mark.parametrize(
    "text, values",
    {
        "date,close\n2020-01-02,8\n2020-01-03,4\n": [8, 4],
        "close\n8\n4\n3\n": [8, 4, 3],  # the only column is no time
        "t,x\n0.5,8\n1.5,4\n": [8, 4],
        "date,name,x\n2020-01-02,a,8\n2020-01-03,b,4\n": [8, 4],
        "name,x\nb,8\na,4\n": [8, 4],  # a column of words is no time
        "x,name\n2,b\n1,a\n": None,  # numbers in the first place are the time, and no others are left
        ",close\n0,8\n1,4\n": [8, 4],  # the index of pandas has no name
        '"date","close"\r\n"2020-01-02","8"\r\n"2020-01-03","4"\r\n': [8, 4],
        "\ufeffdate,close\n2020-01-02,8\n\n2020-01-03,4\n\n": [8, 4],  # a spreadsheet's mark, blank lines
        " date , close \n 2020-01-02 , 8 \n 2020-01-03 , 4 \n": [8, 4],
        "when,x\n2020-01-02T23:30:00+00:00,8\n2020-01-03T01:00:00+02:00,4\n": None,  # 23:00 of the day before
        "when,x\n2020-01-02T23:30:00+00:00,8\n2020-01-03T02:00:00+02:00,4\n": [8, 4],
        "when,x\n20200102,8\n20200103,4\n": [8, 4],
    }.items(),
    ids=lambda value: repr(value)[:30],
)
def test_the_only_column_of_numbers_needs_no_name(tmp_path, text, values):
    path = table(tmp_path, text)
    if values is None:
        refused(path, "x.csv")
    else:
        assert read(path).tolist() == values


def test_a_spreadsheets_mark_is_no_part_of_the_first_name(tmp_path):
    assert read(table(tmp_path, "\ufeffclose,open\n8,1\n4,2\n"), column="close").tolist() == [8, 4]


def test_the_first_column_asked_for_is_no_time(tmp_path):
    path = table(tmp_path, "x,y\n2,8\n1,4\n")
    assert read(path, column="x").tolist() == [2, 1]
    refused(path, "goes back in line 3, column 'x': '1' follows '2'", column="y")


def test_gaps_are_nan(tmp_path):
    path = table(tmp_path, "t,x\n1,1\n2,\n3,NaN\n4,nan\n5,2\n6,4\n")
    np.testing.assert_array_equal(read(path), [1, np.nan, np.nan, np.nan, 2, 4])
    np.testing.assert_array_equal(np.isnan(read(path, log_returns=True)), [True, True, True, True, False])


@pytest.mark.parametrize(
    "text, column, words",
    [
        (PRICES, "clse", ["no column 'clse'; did you mean 'close'?", "'date', 'open', 'close'", "set column"]),
        (PRICES, None, ["2 columns of numbers ('open', 'close')", "column='...'"]),
        ("2020-01-02,8\n2020-01-03,4\n", None, ["no header", "'2020-01-02', '8'", "names"]),
        ("8\n4\n", None, ["no header"]),
        ("date,close\n", None, ["no rows"]),
        ("\n\n", None, ["no names"]),
        (",\n1,2\n", None, ["no names"]),
        ("date,x\n2020-01-02,1\n2020-01-03,one\n", "x", ["'one' in line 3, column 'x'", "leave a gap empty"]),
        ("date,x\n2020-01-02,1\n2020-01-03,inf\n", None, ["'inf' in line 3", "finite"]),
        ('date,x\n2020-01-02,1\n2020-01-03,"1,5"\n', None, ["'1,5' in line 3", "decimal point"]),
        ("date,x\n2020-01-02,1\n2020-01-02,2\n", None, ["repeats a time in line 3", "'date'", "sort the rows"]),
        ("date,x\n2020-01-02,1\n2020-01-06,2\n2020-01-03,3\n", None, ["goes back in line 4", "'2020-01-06'"]),
        ("date,x\n2020-01-02,1\n,2\n", None, ["'' in line 3, column 'date'", "no time"]),
        ("date,x\n2020-01-02,1\n03/01/2020,2\n", None, ["'03/01/2020' in line 3", "ISO"]),
        ("t,x\n10,1\n9,2\n", None, ["goes back in line 3, column 't'"]),
        ("date,x\n2020-01-02,1\n2020-01-03\n", None, ["1 cells in line 3 and 2 names"]),
        ("date,x\n2020-01-02,1\n2020-01-03,1,5\n", None, ["3 cells in line 3"]),
        ("date,x,x\n2020-01-02,1,2\n2020-01-03,1,2\n", "x", ["2 columns 'x'", "its own name"]),
        ("date,x\n2020-01-02,\n2020-01-03,\n", None, ["no number in column 'x'"]),
        ("date,x\n2020-01-02,1\n", None, ["shape (1,)", "two samples"]),
        ("name,other\na,b\nc,d\n", None, ["no columns of numbers"]),
        ('date,x\n2020-01-02,"1\n', None, ["cannot be read as .csv"]),
    ],
)
def test_unusable_tables_are_refused(tmp_path, text, column, words):
    path = table(tmp_path, text)
    refused(path, "x.csv", *words, column=column)


def test_logarithms_need_positive_numbers(tmp_path):
    path = table(tmp_path, "x\n1\n2\n0\n")
    refused(path, "holds 0 in line 4, column 'x'", "leave log_returns out", log_returns=True)
    refused(table(tmp_path, "x\n1\n2\n", "y.csv"), "shape (1,)", log_returns=True)


def test_empty_and_missing_files(tmp_path):
    refused(table(tmp_path, ""), "is empty (0 bytes)")
    refused(tmp_path / "no.csv", "does not exist")
    refused(put(tmp_path, "latin.csv", "date,x\n2020-01-02,é\n".encode("latin-1")), "cannot be read as .csv")


def test_only_tables_have_columns(tmp_path):
    np.save(tmp_path / "x.npy", np.ones(4))
    for source in (tmp_path / "x.npy", "brick", np.ones(4)):
        refused(source, "no .csv", "leave them out", column="x")
        refused(source, "no .csv", log_returns=True)


def test_size_is_refused_and_memory_stays_near_the_values(tmp_path):
    rows = 20000
    path = table(tmp_path, "t,x,note\n" + "".join(f"{i},{i / 7},{'word ' * 20}\n" for i in range(rows)))
    refused(path, "max_bytes=80000", "raise max_bytes", max_bytes=80000, column="x")
    tracemalloc.start()
    assert len(read(path, max_bytes=8 * rows, column="x")) == rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * 8 * rows, f"{peak} bytes for {rows} values in a file of {path.stat().st_size}"


def test_what_the_standard_library_writes_comes_back(tmp_path, rng):
    values = rng.normal(size=200)
    with open(tmp_path / "x.csv", "w", newline="") as file:
        csv.writer(file).writerows([("t", "x"), *enumerate(values)])
    assert (read(tmp_path / "x.csv") == values).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_written_comes_back_to_the_bit(tmp_path, rng, dtype):
    """Under a line of provenance that is no column, gaps as empty cells."""
    x = rng.standard_cauchy(100).astype(dtype)
    x[7] = np.nan
    path = write_csv(tmp_path / "x.csv", {"time": np.arange(100), "a,b": x, "c": x[::-1]}, 'seed 0,\n"quoted"')
    assert path.read_text().startswith('# seed 0, "quoted"\ntime,"a,b",c\n')
    assert np.array_equal(read(path, column="a,b").astype(dtype), x, equal_nan=True)
    assert np.array_equal(read(f"{path}::c").astype(dtype), x[::-1], equal_nan=True)
    with pytest.raises(InputError, match="nothing is ever overwritten"):
        write_csv(path, {"x": x})
    with pytest.raises(InputError, match=r"\(100,\), \(99,\)"):
        write_csv(tmp_path / "y.csv", {"x": x, "y": x[1:]})


def test_remarks_stand_before_the_names_only(tmp_path):
    assert read(table(tmp_path, "# one, two\n\n# three\nx\n1\n2\n")).tolist() == [1, 2]
    refused(table(tmp_path, "x\n1\n# a remark\n2\n", "y.csv"), "line 3", "'# a remark'")


def test_damaged_tables_end_in_input_errors(tmp_path, rng):
    assert_only_input_errors(tmp_path, "x.csv", PRICES.encode(), 300, rng)


def test_series_of_other_formats(tmp_path, rng):
    """(time,) and (channel, time) come back as they are from .npy and .wav."""
    for x in (rng.normal(size=50), rng.normal(size=(2, 50))):
        np.save(tmp_path / "x.npy", x)
        assert (read(tmp_path / "x.npy") == x).all()
    sound = np.arange(20, dtype="<i2")
    assert read(put(tmp_path, "m.wav", wav(sound.tobytes(), 16))).shape == (20,)
    assert (read(put(tmp_path, "s.wav", wav(sound.tobytes(), 16, 2)))[1] * 2**15 == sound[1::2]).all()


@pytest.mark.parametrize("cell", ["01/02/2020", "Jan 5"])
def test_dates_of_other_forms_are_refused(cell, tmp_path):
    """Their order would have to be guessed."""
    path = tmp_path / "t.csv"
    path.write_text(f"date,x\n{cell},1\n01/01/2020,2\n")
    with pytest.raises(InputError, match="write dates as 2020-01-31"):
        read(path, column="x")


def test_a_blank_line_under_one_name_is_a_gap(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n\n2\n\n")
    assert np.array_equal(read(path), [1, np.nan, 2], equal_nan=True)
