"""Coefficients and their table: equality, names, selection, complex rows, files."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.coefficients import Coefficients, Table, concatenate
from scatjax.errors import InputError


def table():
    """Two S1, two complex C (the first without imaginary part), one named P."""
    return Table(
        kind=["S1", "S1", "C", "C", "C", "P"],
        part=["", "", "re", "re", "im", ""],
        j1=[0, 1, 0, 1, 1, -1],
        width=[0.5, 0.25, np.nan, np.nan, np.nan, np.nan],
    )


def coefficients(*batch):
    values = np.arange(6 * int(np.prod(batch)), dtype=np.float32).reshape(*batch, 6)
    return Coefficients(jnp.asarray(values), table())


def test_complex_kinds():
    """A row whose imaginary part is zero by structure has none; the batch leads."""
    c = coefficients()
    assert c["C"].dtype == jnp.complex64 and c["C"].tolist() == [2, 3 + 4j]
    assert c["S1"].dtype == jnp.float32 and c["S1"].tolist() == [0, 1]
    assert c.kinds == ["S1", "C", "P"] and list(c.to_dict()) == c.kinds
    assert coefficients(2, 3)["C"].shape == (2, 3, 2) and coefficients(2)["C"][1, 1] == 9 + 10j


def test_parts_in_any_order():
    """An imaginary row finds its real one by all other columns."""
    rows = [3, 4, 2, 0]
    c = Coefficients(jnp.asarray([30.0, 40.0, 20.0, 0.0]), table().take(rows))
    assert c["C"].tolist() == [30 + 40j, 20]


def test_complex_fields():
    """With sites the path axis stands before them."""
    values = jnp.arange(12.0).reshape(2, 3, 2)
    names = Table(kind=["W"] * 4, part=["re"] * 2 + ["im"] * 2, l=[0, 1] * 2)
    c = Coefficients(jnp.concatenate([values, -values]), names, 2)
    assert c["W"].shape == (2, 3, 2) and np.array_equal(c["W"], np.asarray(values) * (1 - 1j))
    assert c.select(l=1)["W"].shape == (1, 3, 2)


@pytest.mark.parametrize(
    "conditions, rows",
    [
        ({"kind": "S1"}, [0, 1]),
        ({"j1": 1}, [1, 3, 4]),
        ({"j1": slice(0, 1)}, [0, 2]),
        ({"j1": slice(1, None)}, [1, 3, 4]),
        ({"j1": slice(None, 1)}, [0, 2]),  # -1 = does not apply
        ({"kind": ["S1", "P"]}, [0, 1, 5]),
        ({"kind": "C", "part": "im"}, [4]),
        ({"width": 0.25}, [1]),
        ({"kind": "none"}, []),
        ({}, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_select(conditions, rows):
    c = coefficients(2).select(**conditions)
    assert c.values.tolist() == [rows, [row + 6 for row in rows]] and c.table == table().take(rows)


def test_names():
    assert table().names() == [
        "S1[j1=0,width=0.5]",
        "S1[j1=1,width=0.25]",
        "C.re[j1=0]",
        "C.re[j1=1]",
        "C.im[j1=1]",
        "P",
    ]


def test_unknown_names_are_guessed():
    c = coefficients()
    with pytest.raises(InputError, match=r"no kind 'S11'; there are \['S1', 'C', 'P'\]; did you mean 'S1'"):
        c["S11"]
    with pytest.raises(InputError, match=r"no column 'j'; there are \['kind', 'part', 'j1', 'width'\]"):
        c.select(j=1)


def test_equality_is_by_content():
    a, b = table(), table()
    assert a == b and hash(a) == hash(b) and a is not b and a != "table"
    different = [
        Table(kind=["S1"], j1=[0]),
        Table(kind=["S1"], j1=[1]),
        Table(kind=["S1"], j2=[0]),
        Table(kind=["S1"], j1=[0.0]),
        Table(j1=[0], kind=["S1"]),
        Table(kind=["S1 "], j1=[0]),
    ]
    assert len(set(different)) == len(different)
    assert Table(kind=["a"], j1=[True]) == Table(kind=["a"], j1=np.array([1], np.uint8))  # integers are integers


def test_many_rows_cost_milliseconds():
    """10^5 rows: build, hash, compare, select; never a Python object per row."""
    n = 100_000
    columns = dict(kind=np.repeat(["C01", "C11"], n // 2), j1=np.arange(n) % 7, l1=np.arange(n) // 7)
    Table(**columns)
    start = time.perf_counter()
    a, b = Table(**columns), Table(**columns)
    for _ in range(1000):
        assert a == b and hash(a) == hash(b)
    rows = a.rows(kind="C11", j1=slice(2, 5))
    assert time.perf_counter() - start < 0.5
    assert np.array_equal(rows, [i for i in range(n // 2, n) if 2 <= i % 7 < 5])


def test_concatenate_fills_what_does_not_apply():
    both = concatenate([Table(kind=["a"], j1=[2]), Table(kind=["b", "c"], part=["re", "im"])], map=[0, 1, 1])
    assert both["j1"].tolist() == [2, -1, -1] and both["part"].tolist() == ["", "re", "im"]
    assert both["map"].tolist() == [0, 1, 1] and both.names()[0] == "a[j1=2,map=0]"
    assert np.isnan(concatenate([Table(x=[1.0]), Table(k=["b"])])["x"][1])


@pytest.mark.parametrize(
    "columns, message",
    [
        ({"a": [1, 2], "b": [1]}, r"lengths \[1, 2\]: they must be one"),
        ({"a": [[1]]}, "a list of strings, integers or floats"),
        ({"a": [1 + 1j]}, "not complex128"),
        ({"a": np.array([None])}, "not object"),
    ],
)
def test_bad_columns(columns, message):
    with pytest.raises(InputError, match=message):
        Table(**columns)


def test_empty_table():
    none = table().take([])
    assert len(Table()) == len(none) == 0 and none.names() == [] and len(none.rows(kind="S1")) == 0


def test_pytree(rng):
    """tree.map reaches the values alone; jit, vmap and grad carry the names; no retrace for an equal table."""
    c, traces = coefficients(2), []
    logs = jax.tree.map(jnp.log1p, c)
    assert logs.table == c.table and np.allclose(logs.values, np.log1p(c.values))
    both = jax.tree.map(jnp.add, c, coefficients(2))  # equal tables are one structure
    assert np.array_equal(both.values, 2 * c.values)

    @jax.jit
    def power(c):
        traces.append(1)
        return jax.tree.map(lambda v: v**2, c.select(kind="C"))

    assert (
        np.array_equal(power(c).values, c.select(kind="C").values ** 2) and power(coefficients(2)).table["j1"].tolist()
    )
    assert len(traces) == 1
    mapped = jax.vmap(lambda c: c["C"].real.sum())(c)
    assert mapped.tolist() == [5, 17]
    gradient = jax.grad(lambda c: jnp.abs(c["C"][1]))(coefficients())
    assert np.allclose(gradient.values, [0, 0, 0, 0.6, 0.8, 0])


def test_round_trip(tmp_path, rng):
    c = Coefficients(jnp.asarray(rng.normal(size=(2, 6, 3)).astype(np.float32)), table(), sites=1)
    c.save(tmp_path / "c.npz")
    back = Coefficients.load(tmp_path / "c.npz")
    assert back.table == c.table and back.sites == 1 and back.values.dtype == jnp.float32
    assert np.array_equal(back.values, c.values) and np.array_equal(back["C"], c["C"])


def test_round_trip_keeps_float64(tmp_path, x64):
    c = Coefficients(jnp.asarray([1 / 3]), Table(kind=["é"]))
    c.save(str(tmp_path / "c.npz"))
    back = Coefficients.load(str(tmp_path / "c.npz"))
    assert back.values.dtype == jnp.float64 and back.values[0] == 1 / 3 and back.kinds == ["é"]


def test_nothing_is_overwritten(tmp_path):
    path = tmp_path / "c.npz"
    coefficients().save(path)
    with pytest.raises(InputError, match="nothing is ever overwritten: choose another name"):
        coefficients(2).save(path)
    coefficients(2).save(path, overwrite=True)
    assert Coefficients.load(path).values.shape == (2, 6)


def _foreign(path):
    np.savez(path, x=np.ones(3))


def _damaged(path):
    coefficients().save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _flipped(path):
    coefficients().save(path)
    data = bytearray(path.read_bytes())
    place = data.find(np.float32(5).tobytes(), data.find(b"values.npy"))
    data[place + 3] ^= 0xFF  # a checksum guards the values
    path.write_bytes(bytes(data))


def _text(path):
    path.write_text("not an archive")


def _empty(path):
    path.write_bytes(b"")


def _array(path):
    with open(path, "wb") as file:
        np.save(file, np.ones(3))


def _missing(path):
    pass


class _Evil:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def _pickle(path):
    np.savez(path, values=np.array([_Evil()], dtype=object), sites=np.array(0), column_kind=np.array(["a"]))


def _pickled_column(path):
    np.savez(path, values=np.ones(1), sites=np.array(0), column_kind=np.array([_Evil()], dtype=object))


def _lengths(path):
    np.savez(path, values=np.ones(3), sites=np.array(0), column_kind=np.array(["a", "b"]))


WRONG = [_foreign, _damaged, _flipped, _text, _empty, _array, _missing, _pickle, _pickled_column, _lengths]


@pytest.mark.parametrize("write", WRONG, ids=lambda f: f.__name__)
def test_wrong_files(write, tmp_path):
    """Damaged, foreign, pickled, of other lengths: an InputError that names the file."""
    path = tmp_path / "c.npz"
    write(path)
    with pytest.raises(InputError, match=r"c\.npz does not hold coefficients saved by scatjax"):
        Coefficients.load(path)


def test_printing():
    lines = str(coefficients()).splitlines()
    assert lines[0] == "Coefficients (6,)" and lines[1].split() == ["S1", "2", "rows", "0,", "1"]
    assert lines[2].split()[:3] == ["C", "3", "rows"] and "…" not in lines[2]
    assert "0, 1, 2, 3, …" in str(Coefficients(jnp.arange(5.0), Table(kind=["k"] * 5)))
    assert str(coefficients(2)).splitlines()[1].split() == ["S1", "2", "rows"]
    assert repr(table()) == "Table(6 rows: kind, part, j1, width)"
    seen = []
    jax.jit(lambda c: seen.append(str(c)))(coefficients())
    assert seen[0].startswith("Coefficients traced")
