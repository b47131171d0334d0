"""The cascade itself: a rule per layer, and the axes of what it makes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.domains import Reflect
from scatjax.errors import InputError
from scatjax.operators import IncreasingFrequency, IncreasingScale, Paths, cascade, identity, modulus, path_axes

IMAGES = dict(J=3, L=2, oversampling="full")


def layers_of(bank, x, paths):
    """The cascade of fields (channel, *space), in one program."""
    return jax.jit(lambda x: cascade(bank, bank.domain.spectrum(x), paths))(x)


def convolved(x, filters):
    """x * psi of NumPy fields (..., *space) with filters (bands, *space) -> (..., bands, *space)."""
    axes = tuple(range(-filters.ndim + 1, 0))
    product = np.fft.fftn(x, axes=axes)[(..., None, *(slice(None),) * len(axes))] * filters
    return np.fft.ifftn(product, axes=axes)


def by_scale(bank):
    """The filters of each scale in float64, (bands, *space)."""
    every, j = bank.filters().astype(float), bank.table["j"]
    return [every[j == scale] for scale in range(bank.scales)]


@pytest.mark.parametrize("shape, options", [((12, 15), IMAGES), ((64,), dict(J=4, Q=(2, 1), oversampling="full"))])
@pytest.mark.parametrize("rules", [(identity, modulus), (modulus, identity), (identity, identity), (modulus,)])
def test_a_rule_per_layer(shape, options, rules, rng, x64):
    """rho_2(rho_1(x * psi_1) * psi_2), chain by chain, from the formula: 1e-13 of its largest value."""
    bank = wavelets.morlet(shape, **options)
    x = rng.normal(size=(2, *shape))
    paths = Paths(order=2, rules=rules)
    functions = {identity: lambda z: z, modulus: np.abs}
    first, second = functions[rules[0]], functions[rules[-1]]
    filters = [bank.layer(m).filters().astype(float) for m in range(2)]
    chains, layers = paths.chains(bank), layers_of(bank, x, paths)
    for j, fields in layers[1].items():
        assert jnp.iscomplexobj(fields) == (rules[-1] is identity)
        for row, (outer, inner) in enumerate(zip(chains[1][j][:, 1], chains[1][j][:, 0], strict=True)):
            u = first(convolved(x, filters[0][inner][None])[:, 0])
            want = second(convolved(u, filters[1][outer][None])[:, 0])
            error = np.abs(fields[:, row] - want).max() / np.abs(want).max()
            assert error < 1e-13, f"scale {j}, chain {chains[1][j][row]}: {error}"


def test_rules_differ(rng):
    """What follows identity is not what follows modulus: the test above can fail."""
    bank = wavelets.morlet((32,), J=3)
    x = rng.normal(size=(1, 32)).astype(np.float32)
    a, b = (layers_of(bank, x, Paths(order=2, rules=rules))[1][1] for rules in (modulus, (identity, modulus)))
    assert np.abs(a - b).max() > 0.01


@pytest.mark.parametrize("rules", [(), "modulus", (modulus, None)])
def test_bad_rules(rules, unchecked):
    with pytest.raises(InputError, match="one per layer"):
        Paths(rules=rules)


@pytest.mark.parametrize("boundary", [wavelets.morlet((8, 8), J=1).domain.boundary, Reflect(1.0)])
def test_axes_of_the_second_layer_of_images(boundary, rng, x64):
    """Reshaped to (channel, j1, l1, l2, *grid) it is ||x * psi_j1,l1| * psi_j2,l2|, made by direct convolution."""
    bank = wavelets.morlet((24, 20), **IMAGES, boundary=boundary)
    x = rng.normal(size=(2, 24, 20))
    paths, filters = Paths(order=2), by_scale(bank)
    chains, layers = paths.chains(bank), layers_of(bank, x, paths)
    padded = np.asarray(bank.domain.pad(jnp.asarray(x)))
    for j2, fields in layers[1].items():
        inner, bands = path_axes(chains[1][j2])
        assert inner[:, 0].tolist() == list(range(j2 * bank.L)) and len(bands) == bank.L
        got = fields.reshape(2, j2, bank.L, bank.L, *bank.grids[j2])
        first = np.abs(convolved(padded, np.concatenate(filters[:j2])))
        want = np.abs(convolved(first, filters[j2])).reshape(got.shape)
        assert np.abs(got - want).max() < 1e-13


def test_axes_of_series(rng, x64):
    """n1 runs along the inner axis: what a wavelet along log frequency is convolved with."""
    bank = wavelets.morlet((128,), J=5, Q=(4, 1), oversampling="full")
    paths, x = Paths(order=2), rng.normal(size=(1, 128))
    chains, layers = paths.chains(bank), layers_of(bank, x, paths)
    later = bank.layer(1).filters().astype(float)
    for j, fields in layers[1].items():
        inner, bands = path_axes(chains[1][j])
        first = np.abs(convolved(x, bank.filters().astype(float)[inner[:, 0]]))
        assert np.array_equal(inner[:, 0], np.arange(len(inner)))
        got = fields.reshape(1, len(inner), len(bands), 128)
        assert np.abs(got - np.abs(convolved(first, later[bands]))).max() < 1e-13


def test_axes_of_the_third_layer():
    """The inner chains are those of the layer before, scale after scale; a first layer has one inner chain, empty."""
    bank = wavelets.morlet((32, 32), J=4, L=3)
    chains = Paths(order=3).chains(bank)
    inner, bands = path_axes(chains[2][3])
    assert np.array_equal(inner, np.concatenate([chains[1][j] for j in (1, 2)])) and bands.tolist() == [9, 10, 11]
    inner, bands = path_axes(chains[0][1])
    assert inner.shape == (1, 0) and bands.tolist() == [3, 4, 5]
    repeated = Paths(order=2, follows=IncreasingScale(repeat=True)).chains(bank)[1][1]
    assert path_axes(repeated)[0][:, 0].tolist() == list(range(6))


def test_axes_that_are_not_complete():
    """Where some band follows some inner chains alone there is no such axis, and the remedy is said."""
    bank = wavelets.morlet((256,), J=5, Q=(4, 4))
    chains = Paths(order=2, follows=IncreasingFrequency()).chains(bank)[1]
    with pytest.raises(InputError, match="no product of inner chains and the .* use IncreasingScale"):
        [path_axes(rows) for rows in chains.values()]


def test_spectrum_of_the_domain(rng, x64):
    """pad, then every Fourier coefficient over the domain's axes, whatever stands before them."""
    for bank in (wavelets.morlet((16, 12), J=1, boundary=Reflect(2.0)), wavelets.morlet((30,), J=2)):
        x = jnp.asarray(rng.normal(size=(2, 3, *bank.shape)))
        lead, space = [(0, 0), (0, 0)], tuple(range(2, 2 + bank.dimension))
        padded = np.pad(x, lead + list(bank.domain.widths), mode="reflect") if bank.domain.is_padded else x
        want = np.fft.fftn(padded, axes=space, norm="forward")
        assert np.abs(bank.domain.spectrum(x) - want).max() < 1e-15
        assert np.abs(bank.domain.fourier(jnp.asarray(padded)) - want).max() < 1e-15
