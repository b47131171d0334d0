"""The linear inverse of the wavelet layer: exact on every grid and family, least squares off the transform's range."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.coefficients import Coefficients
from scatjax.domains import Reflect, Zero
from scatjax.errors import InputError
from scatjax.operators import WaveletTransform
from scatjax.testing import check_gradient
from scatjax.wavelets import Decimated, Kymatio, make_bank
from scatjax.wavelets.families.morlet_series import MorletSeries

DROPPED = Decimated()


def error(W, x, steps=100):
    """|x - inverse(W x)| / |x|."""
    back = jax.jit(lambda y: W.inverse(W(y), steps))(x)
    assert back.shape == x.shape and back.dtype == x.dtype
    return float(np.linalg.norm(np.asarray(back) - x) / np.linalg.norm(x))


@pytest.mark.parametrize("Q", [1, 8])
def test_bars_of_the_sheet(Q, rng, x64):
    """1e-14 at full resolution; at steps 2^j 1e-11 at once, 1e-14 after one step more."""
    x = rng.normal(size=1024)
    bank = lambda oversampling: wavelets.morlet((1024,), J=6, Q=Q, full_band=True, oversampling=oversampling)
    assert error(WaveletTransform(bank("full"), low_pass=True), x) < 1e-14
    assert error(WaveletTransform(bank(2), low_pass=True), x) < 1e-14
    dropped = WaveletTransform(bank(DROPPED), low_pass=True)
    assert dropped(x)[-1].values.shape == (1, 16)
    assert 1e-13 < error(dropped, x, steps=0) < 1e-11  # aliases are there
    assert error(dropped, x, steps=1) < 1e-14


SERIES, IMAGE, ODD = (64,), (16, 16), (27, 20)
FRAMES = {
    "morlet_image": lambda o: wavelets.morlet(IMAGE, J=2, L=8, oversampling=o),
    "steerable": lambda o: wavelets.bump_steerable(IMAGE, J=2, L=4, oversampling=o),
    "gaussian": lambda o: wavelets.gaussian_steerable(IMAGE, J=2, L=4, oversampling=o),
    "meyer_image": lambda o: wavelets.meyer(IMAGE, J=2, L=3, oversampling=o),
    "meyer": lambda o: wavelets.meyer(SERIES, J=3, oversampling=o),
    "tight": lambda o: wavelets.morlet(SERIES, J=3, Q=4, full_band=True, tight=True, oversampling=o),
    "splines": lambda o: wavelets.battle_lemarie(SERIES, J=3, oversampling=o),
    "bumps": lambda o: wavelets.bump(SERIES, J=3, Q=2, oversampling=o),
    "haar": lambda o: wavelets.haar(SERIES, J=3, oversampling=o),
}


@pytest.mark.parametrize("oversampling", [1, DROPPED], ids=["boxes", "dropped"])
@pytest.mark.parametrize("name", FRAMES)
def test_families(name, oversampling, rng, x64):
    """Whatever a bank cuts from its filters, A is the sum of what is stored: exact, complex filters and aliases too."""
    if name == "haar" and oversampling == 1:
        oversampling = 2
    bank = FRAMES[name](oversampling)
    assert error(WaveletTransform(bank, low_pass=True), rng.normal(size=bank.shape)) < 2e-14


@pytest.mark.parametrize("oversampling", ["full", 0])
def test_odd_sides(oversampling, rng, x64):
    bank = wavelets.morlet(ODD, J=2, L=8, oversampling=oversampling)
    assert error(WaveletTransform(bank, low_pass=True), rng.normal(size=ODD)) < 1e-14


@pytest.mark.parametrize("T", [3, 8, 16, 40])
def test_low_pass_of_any_support(T, rng, x64):
    """The grid of x * phi follows T; with J = 4, T = 40 leaves a gap and is refused."""
    bank = wavelets.morlet((120,), J=4, Q=1, oversampling=1, T=T)
    W = WaveletTransform(bank, low_pass=True)
    x = rng.normal(size=120)
    if T == 40:
        with pytest.raises(InputError, match=r"the least that can be inverted: use T <= 16, or J >= 6"):
            W.inverse(W(x))
    else:
        assert error(W, x) < 1e-14


PADDED = {
    "series": lambda o: wavelets.morlet((100,), J=2, Q=1, boundary=Zero(0.5), oversampling=o),
    "images": lambda o: wavelets.morlet((15, 12), J=2, L=8, boundary=Reflect(1.0), oversampling=o),
}


@pytest.mark.parametrize("name, oversampling", [("series", DROPPED), ("images", 1)])
def test_padded_fields_come_back_on_their_canvas(name, oversampling, rng, x64):
    bank = PADDED[name](oversampling)
    assert bank.domain.is_padded and error(WaveletTransform(bank, low_pass=True), rng.normal(size=bank.shape)) < 1e-14


def least_squares(W, c):
    """The field nearest to any coefficients, from the matrix of the transform; dropped samples count 2^k each."""
    torus = np.prod(W.bank.domain.padded)

    def flat(items):
        every = [np.asarray(i["W"]) if "W" in i.kinds else np.asarray(i.values) for i in items]
        every = [v * np.sqrt(torus / v[0].size) for v in every]
        return np.concatenate([np.concatenate([v.real.ravel(), v.imag.ravel()]) for v in every])

    basis = np.eye(torus).reshape(torus, *W.shape)
    outs = jax.jit(W)(basis)
    columns = [flat([jax.tree.map(lambda v, n=n: v[n], o) for o in outs]) for n in range(torus)]
    return np.linalg.lstsq(np.stack(columns, 1), flat(c), rcond=None)[0].reshape(W.shape)


@pytest.mark.parametrize("oversampling", ["full", DROPPED], ids=["full", "dropped"])
@pytest.mark.parametrize("name", ["haar", "morlet", "image"])
def test_nearest_field_to_what_is_no_transform(name, oversampling, rng, x64):
    """Any numbers in place of the coefficients: the least-squares solution, from an explicit matrix."""
    bank = {
        "haar": lambda: wavelets.haar((32,), J=2, oversampling=oversampling),
        "morlet": lambda: wavelets.morlet((32,), J=2, Q=1, oversampling=oversampling),
        "image": lambda: wavelets.morlet((8, 8), J=2, L=4, oversampling=oversampling),
    }[name]()
    W = WaveletTransform(bank, low_pass=True)
    c = jax.tree.map(lambda v: jnp.asarray(rng.normal(size=v.shape)), W(np.ones(bank.shape)))
    got, want = np.asarray(W.inverse(c)), least_squares(W, c)
    assert np.abs(got - want).max() < 1e-12 * np.abs(want).max()
    assert np.abs(want).max() > 0.1


def test_low_pass_is_the_convolution(rng, x64):
    """Its name, its grid, its values: x * phi at the samples that are kept."""
    bank = wavelets.morlet((64,), J=3, Q=1, oversampling=DROPPED)
    x = rng.normal(size=(2, 64))
    *scales, low = WaveletTransform(bank, channels=2, low_pass=True)(x)
    want = np.fft.ifft(np.fft.fft(x) * bank.low_pass()).real[:, ::8]
    assert np.abs(np.asarray(low["low_pass"]) - want).max() < 1e-14
    assert low.table["channel"].tolist() == [0, 1] and low.sites == 1 and len(scales) == bank.scales


@pytest.mark.parametrize("oversampling", [2, DROPPED], ids=["boxes", "dropped"])
def test_channels_and_leading_axes(oversampling, rng):
    """(2, 3, channel, x) comes back, and vmap gives the same."""
    W = WaveletTransform(wavelets.meyer(SERIES, J=2, oversampling=oversampling), channels=2, low_pass=True)
    x = rng.normal(size=(2, 3, 2, *SERIES)).astype(np.float32)
    c = W(x)
    whole, mapped = W.inverse(c), jax.vmap(jax.vmap(W.inverse))(c)
    assert whole.dtype == jnp.float32 and np.abs(np.asarray(whole) - x).max() < 2e-5
    assert np.abs(np.asarray(whole - mapped)).max() < 2e-5


def test_scales_without_bands(rng, x64):
    """A wide gap of scales (Kymatio's exponents) gives no item for them."""
    bank = make_bank([MorletSeries(6, 1, full_band=True, constants=Kymatio())], (256,), 2, Zero(0.2))
    W = WaveletTransform(bank, low_pass=True)
    x = rng.normal(size=256)
    assert len(W(x)) == 1 + len(set(bank.table["j"].tolist())) and error(W, x) < 1e-14


@pytest.mark.parametrize("oversampling", [1, DROPPED], ids=["boxes", "dropped"])
def test_gradient(oversampling, rng, x64):
    """Forward and reverse through the inverse, conjugate gradients included, in the coefficients and in the filters."""
    W = WaveletTransform(wavelets.morlet((32,), J=2, Q=1, oversampling=oversampling), low_pass=True)
    c = jax.tree.map(lambda v: jnp.asarray(rng.normal(size=v.shape)), W(np.ones(32)))
    weights = jnp.asarray(rng.normal(size=32))
    leaves, tree = jax.tree.flatten(c)

    def along(t):
        return jax.tree.unflatten(tree, [leaf * (1 + t * (n + 1)) for n, leaf in enumerate(leaves)])

    check_gradient(lambda t: W.inverse(along(t.sum()))[:, None].sum(1) @ weights, np.array([0.3, 0.1]), 1e-6)
    scaled = lambda t: eqx.tree_at(lambda w: w.bank.phi, W, W.bank.phi * (1 + t.sum()))
    check_gradient(lambda t: scaled(t).inverse(c) @ weights, np.array([0.3, 0.1]), 1e-6)


def test_jit_and_arguments(rng):
    """Plain jit, filters as arguments of `filter_jit`; both agree, and new filters compile nothing."""
    W, x, traces = WaveletTransform(wavelets.meyer((64,), J=3), low_pass=True), rng.normal(size=64), []
    x = x.astype(np.float32)

    @eqx.filter_jit
    def there_and_back(W, x):
        traces.append(1)
        return W.inverse(W(x))

    for n in (1, 2):
        double = jax.tree.map(lambda leaf, n=n: n * leaf, W)  # twice the filters: A is that of them
        assert np.abs(np.asarray(there_and_back(double, x)) - x).max() < 1e-5
    assert len(traces) == 1
    assert np.allclose(jax.jit(W.inverse)(W(x)), x, atol=1e-5)


def test_bad_coefficients(rng, unchecked):
    bank = wavelets.morlet((64,), J=3, Q=1)
    W, x = WaveletTransform(bank, low_pass=True), rng.normal(size=64).astype(np.float32)
    c = W(x)
    with pytest.raises(InputError, match=r"no low-pass: use WaveletTransform\(bank, low_pass=True\)"):
        WaveletTransform(bank).inverse(c[:-1])
    with pytest.raises(InputError, match=r"the tuple of 3 Coefficients .* not tuple of 2"):
        W.inverse(c[:-1])
    with pytest.raises(InputError, match="not ndarray"):
        W.inverse(x)
    with pytest.raises(InputError, match="not Coefficients"):
        W.inverse(c[0])
    with pytest.raises(InputError, match=r"coefficients 0 have shape .* pass what this very transform gave"):
        W.inverse(c[::-1])
    with pytest.raises(InputError, match="coefficients 0 have shape"):  # one field of the batch alone
        W.inverse((Coefficients(c[0].values[None], c[0].table, 1), *c[1:]))
    with pytest.raises(InputError, match=r"coefficients 2 holds 1 values that are NaN or Inf"):
        W.inverse((*c[:-1], Coefficients(c[-1].values.at[0, 3].set(jnp.nan), c[-1].table, 1)))
    for steps in (-1, 0.5, True):
        with pytest.raises(InputError, match="steps=.* must be an integer of at least 0"):
            W.inverse(c, steps)


@pytest.mark.parametrize(
    "make, remedy",
    [
        (lambda: wavelets.morlet((256,), J=4, Q=8), r"covers 0.\d+ cycles a sample .* inverted: use full_band=True"),
        (lambda: wavelets.morlet(IMAGE, J=2, L=1), r"inverted: use .*L = 4 or 8, or Meyer"),
    ],
)
def test_gaps_are_refused(make, remedy, unchecked):
    """Below A = .05 rounding would grow: refused when called and when traced, not when the filters are arguments."""
    W = WaveletTransform(make(), low_pass=True)
    x = np.ones(W.shape, np.float32)
    with pytest.raises(InputError, match=remedy):
        W.inverse(W(x))
    with pytest.raises(InputError, match=remedy):
        jax.jit(W.inverse)(W(x))
