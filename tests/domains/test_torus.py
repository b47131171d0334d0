"""Spectra in FFT order: cut to boxes, placed on grids, halved and made whole again."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.domains import Periodic, Reflect, Symmetric, Torus, Zero
from scatjax.domains.torus import (
    crop,
    crop_half,
    field,
    half_spectrum,
    place,
    real_field,
    smooth,
    spectrum,
    times,
    wave_numbers,
    whole_spectrum,
)
from scatjax.errors import InputError

SIZES = [(6, 9), (7, 8)]  # even and odd, rows and columns


def naive_crop(values, box):
    """The wave numbers of a box, one by one."""
    out = np.zeros((*values.shape[:-2], *box), values.dtype)
    for i, k in enumerate(wave_numbers(box)[0].ravel()):
        for j, m in enumerate(wave_numbers(box)[1].ravel()):
            out[..., i, j] = values[..., k, m]
    return out


@pytest.mark.parametrize("side, numbers", [(1, [0]), (2, [0, -1]), (5, [0, 1, 2, -2, -1]), (6, [0, 1, 2, -3, -2, -1])])
def test_wave_numbers(side, numbers):
    assert wave_numbers((side,))[0].tolist() == numbers
    assert np.allclose(np.fft.fftfreq(side) * side, numbers)


@pytest.mark.parametrize("shape", SIZES, ids=str)
@pytest.mark.parametrize("box", [(3, 4), (4, 5), (1, 2)], ids=str)
def test_crop_and_place(shape, box, rng, x64):
    """crop picks wave numbers; place puts them back where they were; cropping what was placed loses nothing."""
    z = rng.normal(size=(2, *shape)) + 1j * rng.normal(size=(2, *shape))
    small, placed, again = jax.jit(lambda z: (s := crop(z, box), p := place(s, shape), crop(p, box)))(z)
    assert np.array_equal(small, naive_crop(z, box)) and np.array_equal(again, small)
    placed = np.asarray(placed)
    assert placed.shape == z.shape
    kept = placed != 0
    assert np.array_equal(placed[kept], z[kept]) and kept.sum() == 2 * np.prod(box)


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_spectra_are_fourier_coefficients(shape, rng, x64):
    """mean(a conj b) = sum A conj B, on any grid; field inverts spectrum."""
    a, b = rng.normal(size=(2, *shape))

    @jax.jit
    def run(a, b):
        A, B = spectrum(a, 2), spectrum(b, 2)
        return A, B, field(A, 2), field(place(A, (11, 16)), 2)

    A, B, back, big = map(np.asarray, run(a, b))
    assert abs((A * B.conj()).sum() - (a * b).mean()) < 1e-14
    assert np.abs(back - a).max() < 1e-14
    assert abs((np.abs(big) ** 2).mean() - (a**2).mean()) < 1e-14  # a spectrum keeps its power on a larger grid


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_half_and_whole(shape, rng, x64):
    x = rng.normal(size=(3, *shape))
    half = half_spectrum(jnp.asarray(x), 2)
    whole, back = jax.jit(lambda half: (whole_spectrum(half, shape), real_field(half, shape)))(half)
    assert half.shape == (3, shape[0], shape[1] // 2 + 1)
    assert np.abs(np.asarray(whole) - np.fft.fft2(x, norm="forward")).max() < 1e-15
    assert np.abs(np.asarray(back) - x).max() < 1e-14


def test_whole_in_one_and_three_dimensions(rng, x64):
    for shape in ((7,), (8,), (4, 3, 6)):
        x = rng.normal(size=(2, *shape))
        got = jax.jit(lambda x, s=shape: whole_spectrum(half_spectrum(x, len(s)), s))(x)
        want = np.fft.fftn(x, axes=range(1, x.ndim), norm="forward")
        assert np.abs(np.asarray(got) - want).max() < 1e-15, shape


@pytest.mark.parametrize("shape", SIZES, ids=str)
def test_crop_half(shape, rng, x64):
    """Rows as in crop, columns 0 .. b-1."""
    x = rng.normal(size=shape)
    got = crop_half(half_spectrum(jnp.asarray(x), 2), (5, 3))
    want = np.fft.fft2(x, norm="forward")
    assert np.abs(np.asarray(got) - want[[0, 1, 2, -2, -1]][:, :3]).max() < 1e-15


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_times_keeps_the_precision_of_the_field(dtype, rng, x64):
    """A float64 filter meets a complex64 field without promotion (strict mode forbids z * weight)."""
    z = (rng.normal(size=4) + 1j * rng.normal(size=4)).astype(dtype)
    weight = rng.normal(size=4)
    got = times(jnp.asarray(z), jnp.asarray(weight))
    assert got.dtype == dtype and np.allclose(got, z * weight, rtol=1e-6 if dtype == np.complex64 else 1e-15)
    assert jax.grad(lambda w: jnp.sum(times(jnp.asarray(z), w).real))(jnp.asarray(weight)).dtype == np.float64


@pytest.mark.parametrize("length, most, want", [(33, 128, 36), (200, 128, 128), (16, 16, 16), (97, 999, 100)])
def test_smooth_lengths(length, most, want):
    assert smooth(length, most) == want


PADS = [(Reflect, "reflect"), (Symmetric, "symmetric"), (Zero, "constant")]


@pytest.mark.parametrize("boundary, mode", PADS, ids=[mode for _, mode in PADS])
@pytest.mark.parametrize("shape", [(16, 20), (17, 21)], ids=str)
def test_pad_is_numpys(boundary, mode, shape, rng, x64):
    torus = Torus(shape, boundary(reach=1.5), J=2)
    x = rng.normal(size=(2, *shape))
    assert np.array_equal(torus.pad(jnp.asarray(x)), np.pad(x, ((0, 0), *torus.widths), mode=mode))
    assert torus.is_padded and all(n % 2 == 0 for n in torus.padded)
    assert all(min(width) >= 6 for width in torus.widths)  # 1.5 * 2^2 pixels a side at least
    inside = torus.support()
    assert inside.shape == torus.padded and inside.sum() == np.prod(shape)
    assert np.array_equal(np.asarray(torus.pad(jnp.asarray(x[0])))[inside > 0].reshape(shape), x[0])


def test_support_takes_weights(rng):
    torus = Torus((5, 6), Zero(1.0), J=1)
    weight = rng.random((5, 6))
    support = torus.support(weight)
    (top, _), (left, _) = torus.widths
    assert np.array_equal(support[top : top + 5, left : left + 6], weight) and support.sum() == weight.sum()


def test_periodic_adds_nothing(rng):
    torus = Torus([7, 9], Periodic(), J=3)
    x = jnp.asarray(rng.normal(size=(7, 9)), "float32")
    assert torus.padded == torus.shape == (7, 9) and not torus.is_padded and torus.pad(x) is x
    assert np.array_equal(torus.support(), np.ones((7, 9)))


def test_widths_grow_with_scale_and_reach():
    sides = [Torus((64, 64), Reflect(reach), J).padded[0] for reach, J in ((1.0, 2), (3.0, 2), (3.0, 3))]
    assert sides == [72, 90, 120] or sides == sorted(set(sides))
    assert sides[0] >= 64 + 2 * 4 and sides[1] >= 64 + 2 * 12 and sides[2] >= 64 + 2 * 24


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Torus((16, 16), Reflect(), J=3), r"Reflect\(reach=3\) with J=3, T=8 pads by 24, the side is 16"),
        (lambda: Torus((64, 8), Symmetric(2.0), J=2), "the side is 8: use a smaller J, T or reach"),
        (lambda: Reflect(0.0), "must be positive"),
        (lambda: Zero(-1.0), "reach=-1.0 must be positive"),
        (lambda: Symmetric(float("nan")), "must be positive"),
    ],
)
def test_errors(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_zeros_may_be_wider_than_the_field():
    assert Torus((8, 8), Zero(3.0), J=3).padded[0] >= 8 + 2 * 24
