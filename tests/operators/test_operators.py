"""The wavelet transform and the modulus pyramids against explicit convolutions on the full grid."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.domains import Reflect
from scatjax.errors import InputError
from scatjax.operators import IncreasingScale, ModulusPyramid, Paths, WaveletTransform

SHAPE, J, L = (12, 15), 3, 2
BANK = dict(J=J, L=L, oversampling="full")


def convolve(x, psi):
    """x * psi by the FFT of the whole canvas."""
    return np.fft.ifft2(np.fft.fft2(x) * psi)


def filters(bank):
    """(J, L, *shape) in float64."""
    return bank.filters().astype(float).reshape(bank.J, bank.L, *bank.domain.padded)


def check(c, kind, want, tolerance=1e-13):
    """Every row of a kind is the field that its chain of (scale, angle) names."""
    rows = c.table.take(c.table.rows(kind=kind))
    assert len(rows), f"no {kind}"
    order = int(kind[1:])
    values = np.asarray(c[kind])
    for row in range(len(rows)):
        chain = [(int(rows[f"j{m}"][row]), int(rows[f"l{m}"][row])) for m in range(1, order + 1)]
        error = np.abs(values[row] - want(chain, int(rows["channel"][row]) if "channel" in rows.columns else -1)).max()
        assert error < tolerance, f"{rows.names()[row]}: {error}"
    return len(rows)


def chain_of(x, psi):
    """(chain, channel) -> ||x * psi_1| * psi_2| ..."""

    def field(chain, channel):
        u = x if channel < 0 else x[channel]
        for j, l in chain:
            u = np.abs(convolve(u, psi[j, l]))
        return u

    return field


def test_wavelet_transform(rng, x64):
    bank = wavelets.morlet(SHAPE, **BANK)
    x = rng.normal(size=SHAPE)
    for j, w in enumerate(jax.jit(WaveletTransform(bank))(x)):
        for l in range(L):
            assert np.abs(np.asarray(w["W"])[l] - convolve(x, filters(bank)[j, l])).max() < 1e-14
        assert w.table.rows(part="re", j1=j, l1=1).tolist() == [1] and w.kinds == ["W"] and w.sites == 2


@pytest.mark.parametrize("channels", [None, 2])
def test_pyramid(channels, rng, x64):
    bank = wavelets.morlet(SHAPE, **BANK)
    x = rng.normal(size=SHAPE if channels is None else (channels, *SHAPE))
    out = jax.jit(ModulusPyramid(bank, order=3, channels=channels))(x)
    n, want = channels or 1, chain_of(x, filters(bank))
    for j, c in enumerate(out):
        assert check(c, "U1", want) == n * L
        if j:
            assert check(c, "U2", want) == n * j * L**2
        if j == 2:
            assert check(c, "U3", want) == n * L**3  # 0 < 1 < 2 alone
    assert [c.kinds for c in out] == [["U1"], ["U1", "U2"], ["U1", "U2", "U3"]]


def test_wavelet_transform_of_channels(rng, x64):
    bank = wavelets.morlet(SHAPE, **BANK)
    x = rng.normal(size=(2, *SHAPE))
    out = jax.jit(WaveletTransform(bank, channels=2))(x)
    single = [jax.jit(WaveletTransform(bank))(field) for field in x]
    for j, w in enumerate(out):
        both = np.concatenate([s[j]["W"] for s in single])
        assert np.array_equal(w["W"], both) and w.table["channel"].tolist() == [0, 0, 1, 1] * 2


def test_chains_with_repeats():
    """j1 <= j2 where a scale may follow itself; the outer pair is last."""
    bank = wavelets.morlet(SHAPE, J=2, L=2)
    chains = Paths(order=2, follows=IncreasingScale(repeat=True)).chains(bank)[1][1]
    assert chains.tolist() == [[a, b] for a in range(4) for b in (2, 3)]
    assert 0 not in Paths(order=2).chains(bank)[1]


def test_padded_pyramid_is_that_of_the_padded_field(rng, x64):
    """With Reflect fields live on the larger torus: |pad(x) * psi|."""
    bank = wavelets.morlet((16, 16), J=1, L=2, oversampling="full", boundary=Reflect(2.0))
    x = rng.normal(size=(16, 16))
    padded = np.pad(x, bank.domain.widths, mode="reflect")
    (u,) = jax.jit(ModulusPyramid(bank))(x)
    assert np.abs(np.asarray(u["U1"]) - np.abs([convolve(padded, psi) for psi in filters(bank)[0]])).max() < 1e-14


def test_leading_axes_and_float32(rng):
    """(2, 3, y, x) gives (2, 3, path, y, x), of the dtype of the input."""
    bank = wavelets.morlet(SHAPE, J=2, L=2)
    S = ModulusPyramid(bank, order=2)
    x = rng.normal(size=(2, 3, *SHAPE)).astype(np.float32)
    program = jax.jit(S)
    out = program(x)
    assert out[1].values.shape == (2, 3, 6, *bank.grids[1]) and out[1].values.dtype == jnp.float32
    for i in np.ndindex(2, 3):
        assert np.abs(np.asarray(out[1].values[i] - jax.jit(S)(x[i])[1].values)).max() < 1e-6
        break
    want = chain_of(x[1, 2].astype(float), filters(bank))
    check(jax.tree.map(lambda v: v[1, 2], out[1]), "U1", want, 1e-5)


def test_jit_and_filter_jit(rng):
    """Plain jax.jit, filters as constants; eqx.filter_jit, filters as arguments: new filters compile nothing."""
    bank = wavelets.morlet(SHAPE, J=1, L=2)
    S, x = WaveletTransform(bank), jnp.asarray(rng.normal(size=SHAPE), "float32")
    plain, traces = jax.jit(S)(x), []

    @eqx.filter_jit
    def call(S, x):
        traces.append(1)
        return S(x)

    assert np.allclose(plain[0].values, call(S, x)[0].values, atol=1e-6)
    assert np.allclose(2 * plain[0].values, call(jax.tree.map(lambda f: 2 * f, S), x)[0].values, atol=1e-5)
    rebuilt = WaveletTransform(wavelets.morlet(SHAPE, J=1, L=2))
    call(rebuilt, x)
    assert len(traces) == 1 and S != rebuilt and hash(S) != hash(rebuilt)
    assert np.allclose(eqx.filter_jit(S)(x)[0].values, plain[0].values, atol=1e-6)
    assert jax.eval_shape(S, x)[0].values.shape == (4, *SHAPE)
    assert np.isfinite(jax.grad(lambda x: jax.checkpoint(S)(x)[0].values.sum())(x)).all()


BAD = [
    (np.ones(SHAPE, int), r"dtype int64: convert it to float32 first"),
    (np.ones(SHAPE, bool), "dtype bool: convert"),
    (np.ones(SHAPE, complex), "real and imaginary parts as two channels"),
    (np.ones((12, 14)), r"x has shape \(12, 14\), expected \(..., 12, 15\) for y x: crop or pad"),
    (np.ones(15), r"x has shape \(15,\), expected"),
    (np.ones((0, *SHAPE)), r"x is empty \(shape \(0, 12, 15\)\)"),
]


@pytest.mark.parametrize("x, message", BAD)
@pytest.mark.parametrize("make", [WaveletTransform, ModulusPyramid])
def test_bad_fields(make, x, message):
    with pytest.raises(InputError, match=message):
        make(wavelets.morlet(SHAPE, J=1, L=2))(x)


def test_first_nan_is_named():
    x = np.ones((3, *SHAPE), np.float32)
    x[1, 4, 7], x[2, 0, 0] = np.nan, np.inf
    with pytest.raises(InputError, match=r"2 values that are NaN or Inf, the first at index \(1, 4, 7\)"):
        WaveletTransform(wavelets.morlet(SHAPE, J=1, L=2))(x)


@pytest.mark.parametrize("channels", [0, -1, 1.5])
def test_bad_channels(channels, unchecked):
    with pytest.raises(InputError, match="positive integer"):
        WaveletTransform(wavelets.morlet(SHAPE, J=1, L=2), channels=channels)


def test_missing_channel_axis_is_named():
    S = WaveletTransform(wavelets.morlet(SHAPE, J=1, L=2), channels=2)
    with pytest.raises(InputError, match=r"expected \(..., 2, 12, 15\) for channel y x"):
        S(np.ones(SHAPE, np.float32))


def test_lists_are_fields():
    """Array-likes are taken."""
    bank = wavelets.morlet((4, 4), J=1, L=2)
    x = np.random.default_rng(0).normal(size=(4, 4))
    fields, batch = WaveletTransform(bank).as_fields([x.tolist()])
    assert batch == (1,) and np.allclose(fields[0], x)
