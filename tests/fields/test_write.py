"""Writing: what was written is read back, nothing is overwritten, pictures are valid PNG, colors matplotlib's."""

import io

import numpy as np
import pytest

from scatjax.errors import InputError
from scatjax.fields import COLORMAPS, png_bytes, read, write, write_png
from scatjax.fields.files.writers import apply_colormap

X = np.random.default_rng(0).random((5, 7))


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_come_back_exactly(tmp_path, suffix, dtype):
    x = X.astype(dtype)
    y = read(write(tmp_path / f"x{suffix}", x))
    assert y.dtype == dtype and (y == x).all()


@pytest.mark.parametrize("shape", [(5, 7), (3, 5, 7)])
def test_pictures_come_back_within_half_a_level(tmp_path, shape):
    pytest.importorskip("PIL")
    x = np.random.default_rng(1).random(shape).astype(np.float32)
    assert np.abs(read(write(tmp_path / "x.png", x)) - x).max() <= 1 / 510 + 1e-7


def test_nothing_is_overwritten_unasked(tmp_path):
    path = write(tmp_path / "x.npy", X)
    with pytest.raises(InputError, match="exists"):
        write(path, 2 * X)
    assert (read(path) == X).all()
    assert (read(write(path, 2 * X, overwrite=True)) == 2 * X).all()
    assert [p.name for p in tmp_path.iterdir()] == ["x.npy"], "a temporary file was left"


@pytest.mark.parametrize(
    "call, word",
    [
        (lambda d: write(d / "x.jpg", X), "use .npy, .npz or .png"),
        (lambda d: write(d / "x.npy", np.arange(3)), "convert it to float"),
        (lambda d: write(d / "x.png", 2 * X), "write_png with limits"),
        (lambda d: write(d / "no" / "x.npy", X), "cannot write"),
        (lambda d: write_png(d / "x.npy", X), ".png"),
        (lambda d: png_bytes(X[0]), "(y, x)"),
        (lambda d: png_bytes(X, "virdis"), "did you mean 'viridis'"),
        (lambda d: png_bytes(np.stack([X] * 3), "viridis"), "leave colormap"),
        (lambda d: png_bytes(X, limits=(1, 0)), "the lower first"),
        (lambda d: png_bytes(X, limits=(0, np.inf)), "finite"),
        (lambda d: png_bytes(np.where(X > 0.5, np.nan, X)), "NaN"),
    ],
)
def test_unusable_input_names_the_remedy(tmp_path, call, word):
    with pytest.raises(InputError) as caught:
        call(tmp_path)
    assert word in str(caught.value)


def test_limits_clip_and_constants_are_drawn():
    image = pytest.importorskip("PIL.Image")
    levels = lambda x, **k: np.asarray(image.open(io.BytesIO(png_bytes(np.asarray(x), **k))))
    assert levels([[-1.0, 0.0, 0.5, 1.0, 2.0]], limits=(0, 1)).tolist() == [[0, 0, 128, 255, 255]]
    assert levels([[3.0, 5.0]]).tolist() == [[0, 255]]
    assert levels([[2.0, 2.0]]).tolist() == [[0, 0]]


@pytest.mark.parametrize("name", COLORMAPS)
def test_colors_are_matplotlibs(name):
    matplotlib = pytest.importorskip("matplotlib")
    unit = np.linspace(0, 1, 256)
    true = 255 * matplotlib.colormaps[name](np.arange(256))[:, :3]
    error = np.abs(apply_colormap(unit, name).astype(float) - true).max()
    assert error <= 2.5, f"{name} is {error:.2f} levels off"


def test_colored_png_holds_the_colors():
    image = pytest.importorskip("PIL.Image")
    picture = np.asarray(image.open(io.BytesIO(png_bytes(X, "inferno", limits=(0, 1)))))
    assert (picture == apply_colormap(X, "inferno")).all()
