"""Renormalized, log and frequency scattering against loops over the rows of the table."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

import scatjax as sj
from scatjax import wavelets
from scatjax.coefficients import Table
from scatjax.domains import Periodic, SymmetricOn, Zero
from scatjax.errors import InputError
from scatjax.operators import Off
from scatjax.operators.along import groups

TRANSFORMS = {
    "series": lambda **kw: sj.Scattering(wavelets.morlet((256,), J=5, Q=(4, 1)), **kw),
    "images": lambda **kw: sj.Scattering(wavelets.morlet((16, 16), J=3, L=3), **kw),
}


def chain(table, row):
    """The bands of a row, one per layer: (n,), or (j, l), with the sign of the first."""
    names = [n for n in (("n", "sign") if "n1" in table.columns else ("j", "l")) if f"{n}1" in table.columns]
    order = int(table["kind"][row][1:])
    columns = [[f"{n}{m}" for n in names if f"{n}{m}" in table.columns] for m in range(1, order + 1)]
    return tuple(tuple(int(table[name][row]) for name in bands) for bands in columns)


def slowly_renormalized(c, epsilon, first=None):
    """S / (parent + epsilon), one row after the other."""
    values, table = np.asarray(c.values, float), c.table
    row_of = {(table["kind"][row], chain(table, row)): row for row in range(len(table))}
    out = values.copy()
    for row in range(len(table)):
        order, bands = int(table["kind"][row][1:]), chain(table, row)
        index = lambda r: (..., r, *(slice(None),) * c.sites)
        if order >= 2:
            out[index(row)] = values[index(row)] / (values[index(row_of[f"S{order - 1}", bands[:-1]])] + epsilon)
        elif order == 1 and first is not None:
            out[index(row)] = values[index(row)] / (first + epsilon)
    return out


@pytest.mark.parametrize("order", [1, 3])
@pytest.mark.parametrize("make", TRANSFORMS.values(), ids=TRANSFORMS)
def test_renormalize(make, order, rng, x64):
    S = make(order=order)
    x = rng.normal(size=(2, *S.shape))
    c = S(x)
    assert np.abs(sj.renormalize(c, epsilon=0.1).values - slowly_renormalized(c, 0.1)).max() < 1e-13
    low = S(abs(x))
    want = slowly_renormalized(c, 0.1, np.asarray(low["S0"])[:, 0])
    for first in (low, low["S0"][:, 0]):
        normal = jax.jit(sj.renormalize)(c, 0.1, first)
        assert np.abs(normal.values - want).max() < 1e-13 and normal.table == c.table and normal.sites == c.sites


def test_order_of_rows_does_not_matter(rng):
    """Parents are found by name: a table in another order gives the same numbers."""
    S = TRANSFORMS["series"]()
    c = S(rng.normal(size=256).astype(np.float32))
    mixed = rng.permutation(len(c.table))
    shuffled = sj.Coefficients(c.values[mixed], c.table.take(mixed), 1)
    want = sj.renormalize(c, epsilon=0.1).values[mixed]
    assert np.array_equal(sj.renormalize(shuffled, epsilon=0.1).values, want)


def test_complex_fields_have_parents_of_their_sign(rng, x64):
    S = TRANSFORMS["series"]()
    c = S(rng.normal(size=256) + 1j * rng.normal(size=256))
    assert np.abs(sj.renormalize(c, epsilon=0.1).values - slowly_renormalized(c, 0.1)).max() < 1e-13


def test_volumes_have_parents_of_their_degree_and_power(rng):
    """S2[j1, j2, l, q] over S1[j1, l, q]: a chain has one degree, and a power of its own."""
    c = sj.SolidHarmonicScattering((16, 16, 16), J=1, L=1)(rng.normal(size=(16, 16, 16)).astype(np.float32))
    ratios = sj.renormalize(c, 1e-3)
    for l, q in ((0, 0.5), (1, 2.0)):
        child, parent = (float(c.select(kind=kind, j1=0, l=l, q=q).values[0]) for kind in ("S2", "S1"))
        ratio = float(ratios.select(kind="S2", j1=0, l=l, q=q).values[0])
        assert ratio == pytest.approx(child / (parent + 1e-3), rel=1e-6)


@pytest.mark.parametrize("make", TRANSFORMS.values(), ids=TRANSFORMS)
def test_log(make, rng, x64):
    S = make()
    c = S(rng.normal(size=S.shape))
    mean = np.mean([np.mean(c.values[row]) for row in range(len(c.table)) if c.table["kind"][row] == "S1"])
    assert np.abs(sj.log_scattering(c).values - np.log(np.abs(c.values) + 1e-3 * mean)).max() < 1e-13
    assert np.abs(sj.log_scattering(c, 0.5).values - np.log(np.abs(c.values) + 0.5)).max() < 1e-13
    assert np.array_equal(sj.renormalize(c).values, sj.renormalize(c, 1e-3 * mean).values)


def test_leading_axes(rng):
    """With a given epsilon a batch is its members; the default is one for the whole batch."""
    S = TRANSFORMS["series"]()
    x = rng.normal(size=(3, 256)).astype(np.float32) * np.float32([[1], [10], [100]])
    rule = lambda epsilon: lambda x: sj.log_scattering(sj.renormalize(S(x), epsilon), epsilon).values
    batch, mapped = rule(0.1)(x), jax.vmap(rule(0.1))(x)
    assert batch.dtype == jnp.float32 and np.abs(batch - mapped).max() < 1e-4
    assert np.abs(rule(None)(x) - jax.vmap(rule(None))(x)).max() > 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_silence(dtype, x64):
    """A field of zeros, and a band without anything: 0 over 0 is 0, gradients are finite."""
    S = TRANSFORMS["series"](averaging=sj.Mean())

    def total(x):
        normal = sj.renormalize(S(x), first=S(abs(x)))
        return sj.log_scattering(normal).values.sum() + normal.values.sum()

    zeros = np.zeros(256, dtype)
    assert (sj.renormalize(S(zeros), first=S(zeros)).values == 0).all()
    wave = np.cos(2 * np.pi * np.arange(256) / 4).astype(dtype)
    for x in (zeros, wave, np.full(256, 3, dtype)):
        value, gradient = jax.jit(jax.value_and_grad(total))(jnp.asarray(x))
        assert np.isfinite(value) and np.isfinite(gradient).all() and gradient.dtype == dtype


def test_gradients(rng, x64):
    S = TRANSFORMS["series"]()
    rule = jax.jit(lambda x: sj.log_scattering(sj.renormalize(S(x), first=S(abs(x)))).values)
    check_grads(rule, (rng.normal(size=256),), order=1, modes=["fwd", "rev"], rtol=1e-6)


def test_many_rows_are_fast_to_pair():
    """10^5 rows: the parents are found without a loop, and once a table."""
    n = 300
    first, second = (axis.ravel() for axis in np.indices((n, n)))
    columns = {"n1": np.r_[np.arange(n), first], "n2": np.r_[np.full(n, -1), second]}
    table = Table(kind=np.repeat(["S1", "S2"], [n, n * n]), **columns)
    values = np.r_[np.arange(1.0, n + 1), np.ones(n * n)].astype(np.float32)
    out = sj.renormalize(sj.Coefficients(jnp.asarray(values), table), epsilon=1e-9).values
    assert np.allclose(out[n:], 1 / (first + 1.0))


TABLE = Table(kind=["S1", "S2"], n1=[0, 1], n2=[-1, 3])
ONES = np.ones(256, np.float32)
LOST = sj.Coefficients(jnp.ones(2), TABLE)
OTHER = sj.Coefficients(jnp.ones(2), Table(kind=["C01", "C01"]))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: sj.renormalize(OTHER), r"kinds S0, S1, ..\); these are 'C01': pass S\(x\) itself"),
        (lambda: sj.log_scattering(OTHER), "these are 'C01'"),
        (lambda: sj.log_scattering(np.ones(3)), "not ndarray: pass S"),
        (lambda: sj.renormalize(TRANSFORMS["series"](averaging=Off())(ONES)), "use averaging=Local"),
        (lambda: sj.renormalize(LOST), r"S2\[n1=1,n2=3\] has no parent .* renormalize first, then select"),
        (lambda: sj.log_scattering(LOST.select(kind="S2")), "give epsilon"),
        (lambda: sj.renormalize(LOST.select(kind="S1"), epsilon=0), "epsilon=0 must be one positive number"),
        (lambda: sj.log_scattering(LOST, epsilon=np.ones(2)), "must be one positive number"),
        (lambda: sj.renormalize(LOST.select(kind="S1"), first=ONES), r"shape \(256,\), expected \(\), .* S\(abs"),
    ],
)
def test_bad_input(call, message, unchecked):
    with pytest.raises(InputError, match=message):
        call()


def slowly_scattered(F, c, stride, order=1):
    """Name of a row -> its values, by convolutions on the whole torus of the bank along n1."""
    table, bank, out = c.table, F.bank, {}
    N, before = bank.domain.padded[0], bank.domain.widths[0][0]
    psi, phi = bank.filters().astype(float), bank.low_pass().astype(float)
    convolve = lambda u, f: np.fft.ifft(np.fft.fft(u) * f)
    rows_of = {}
    for row in range(len(table)):
        if table["kind"][row] != "S0":
            rows_of.setdefault(tuple(n for (n,) in chain(table, row)[1:]), []).append(row)
    for later, rows in rows_of.items():
        rows = sorted(rows, key=lambda row: table["n1"][row])
        m = 1 + len(later)
        for time in range(c.values.shape[-1]):
            s = np.asarray(c.values)[rows, time].astype(float)
            pad = bank.domain.boundary
            padded = np.asarray(pad.pad(jnp.asarray(s), ((before, N - before - len(s)),)))
            fields = {(): padded}
            for n, f in enumerate(psi):
                fields[(n,)] = abs(convolve(padded, f))
                for n2, f2 in enumerate(psi):
                    if order == 2 and bank.table["j"][n2] > bank.table["j"][n]:
                        fields[n, n2] = abs(convolve(fields[(n,)], f2))
            for gamma, u in fields.items():
                averaged = convolve(u, phi).real
                for n1 in range(len(s)):
                    if not (n1 + before) % stride:
                        out[f"S{m}F{len(gamma)}", *later, *gamma, n1, time] = averaged[n1 + before]
    return out


@pytest.mark.parametrize("order, boundary", [(1, None), (2, Zero(reach=0.5))])
def test_frequency_scattering(order, boundary, rng, x64):
    """Every row and time of a scattering of order 3 in time."""
    S = TRANSFORMS["series"](order=3)
    count = len(S.bank.table)
    along = boundary and wavelets.morlet((count,), J=3, oversampling="full", boundary=boundary)
    F = sj.FrequencyScattering(S, along, order=order, stride=4)
    c = sj.log_scattering(sj.renormalize(S(rng.normal(size=(2, 256)))))
    f = jax.jit(F)(c)
    assert f.values.shape[0] == 2 and f.sites == 1 and np.array_equal(f["S0"], c["S0"])
    for b in range(2):
        want = slowly_scattered(F, sj.Coefficients(c.values[b], c.table, 1), 4, order)
        labels = [n for n in ("n2", "n3", "fr_n1", "fr_n2", "n1") if n in f.table.columns]
        rows = f.table.rows(kind=[kind for kind in f.kinds if kind != "S0"])
        assert len(rows) * f.values.shape[-1] == len(want)
        for row in rows:
            name = f.table["kind"][row], *(int(f.table[n][row]) for n in labels if f.table[n][row] >= 0)
            got = np.asarray(f.values[b, row])
            assert np.abs(got - [want[*name, time] for time in range(len(got))]).max() < 1e-11, name


def test_frequency_scattering_order_of_rows(rng):
    """By kind, then n2, then the band along frequency, then n1; the place names its band."""
    S = TRANSFORMS["series"]()
    f = sj.FrequencyScattering(S)(S(rng.normal(size=256).astype(np.float32)))
    columns = [f.table[name].tolist() for name in ("kind", "n2", "fr_n1", "n1")]
    rows = list(zip(*columns, strict=True))
    assert rows == sorted(rows) and f.kinds == ["S0", "S1F0", "S1F1", "S2F0", "S2F1"]
    bands = S.bank.table
    for row in f.table.rows(kind="S2F1"):
        assert f.table["xi1"][row] == bands["xi"][f.table["n1"][row]]
    assert f.table.names()[1].startswith("S1F0[j1=0,n1=0,xi1=0.3729")


def test_frequency_scattering_of_means_signs_and_selections(rng):
    """Means over time and over frequency; complex fields by sign; one kind alone."""
    S = TRANSFORMS["series"](averaging=sj.Mean())
    x = rng.normal(size=256).astype(np.float32)
    F = sj.FrequencyScattering(S, averaging=sj.Mean())
    f = F(S(x))
    assert f.sites == 0 and (f.table["n1"] == -1).all() and f.values.ndim == 1
    assert np.abs(f["S1F0"][0] - S(x)["S1"].mean()) < 1e-6
    assert np.abs(F(S(x).select(kind="S2"))["S2F1"] - f["S2F1"]).max() < 1e-6
    both = F(S(jax.lax.complex(x, np.zeros_like(x))))
    assert both.table.take(both.table.rows(kind="S1F0"))["sign1"].tolist() == [1, -1]
    assert np.abs(both.select(kind="S2F1", sign1=-1).values - f["S2F1"]).max() < 1e-5
    assert len(groups(S.table)) == 1 + len(np.unique(S.table["n2"][S.table["n2"] >= 0]))


def test_a_transposed_sound_changes_less_along_frequency(rng):
    """Half an octave up: what is averaged over four octaves moves by less than half of what it is made of."""
    S = sj.Scattering(wavelets.morlet((2048,), J=7, Q=8))
    F = sj.FrequencyScattering(S, averaging=sj.Local(32.0))
    t = np.arange(2048)
    sound = lambda f: sum(np.cos(2 * np.pi * f * h * t) / h for h in range(1, 5)) * (1 + np.cos(2 * np.pi * t / 256))
    low, high = (sj.log_scattering(S(sound(f).astype(np.float32)), 1e-2) for f in (0.03, 0.042))
    moved = lambda a, b: float(jnp.linalg.norm(a - b) / jnp.linalg.norm(a))
    kinds = ["S1F0", "S2F0"]
    before = moved(*(c.select(kind=["S1", "S2"]).values for c in (low, high)))
    assert moved(*(F(c).select(kind=kinds).values for c in (low, high))) < before / 2


def test_frequency_scattering_compiles_once(rng):
    """Filters are arguments, the table is static."""
    S, traces = TRANSFORMS["series"](), []

    @eqx.filter_jit
    def call(F, c):
        traces.append(1)
        return F(c)

    for seed in range(2):
        call(sj.FrequencyScattering(S), S(np.random.default_rng(seed).normal(size=256).astype(np.float32)))
    assert len(traces) == 1
    F = sj.FrequencyScattering(S)
    rule = lambda x: F(sj.log_scattering(sj.renormalize(S(x)))).values.sum()
    assert np.isfinite(jax.jit(jax.grad(rule))(jnp.zeros(256, jnp.float32))).all()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: sj.FrequencyScattering(TRANSFORMS["images"]()), "these bands are of images"),
        (lambda: sj.FrequencyScattering(TRANSFORMS["series"](), averaging=Off()), r"use Local\(T\), T in bands"),
        (lambda: sj.FrequencyScattering(TRANSFORMS["series"](), wavelets.morlet((16,), J=2)), r"build it for \(\d+,\)"),
        (lambda: sj.FrequencyScattering(TRANSFORMS["series"](), _periodic()), r"Periodic\(\) has no pad to give"),
        (lambda: sj.FrequencyScattering(TRANSFORMS["series"]())(OTHER), "takes the coefficients of its S"),
        (lambda: sj.FrequencyScattering(TRANSFORMS["series"]())(_part()), r"3 bands n1 follow .* pass S\(x\)"),
        (lambda: sj.FrequencyScattering(TRANSFORMS["series"]())(_silent()), "NaN or Inf"),
    ],
)
def test_bad_frequency_scattering(call, message, unchecked):
    with pytest.raises(InputError, match=message):
        call()


def _periodic():
    return wavelets.morlet((len(TRANSFORMS["series"]().bank.table),), J=2, boundary=Periodic())


def _part():
    return TRANSFORMS["series"]()(ONES).select(kind="S1", n1=[0, 1, 2])


def _silent():
    return jax.tree.map(jnp.log, TRANSFORMS["series"]()(np.zeros(256, np.float32)))


def test_pad_of_a_narrowed_bank():
    """The field first, mirrored to both sides of the torus again and again."""
    x = np.arange(1.0, 4, dtype=np.float32)
    bank = wavelets.morlet((8,), J=1, boundary=SymmetricOn((16,))).narrowed((3,))
    period = np.r_[x, x[::-1]]
    want = [period[(i if i < 10 else i - 16) % 6] for i in range(16)]  # 13 of pad: 6 after, 7 before
    want[9] = period[(9 - 16) % 6]
    assert bank.domain.pad(jnp.asarray(x)).tolist() == want and bank.domain.padded == (16,)
    z = np.array([1 + 1j, 2 + 2j, 3 + 3j], np.complex64)  # a mirror image of a complex series is conjugated
    assert bank.domain.pad(jnp.asarray(z)).tolist()[:6] == np.r_[z, z[::-1].conj()].tolist()
