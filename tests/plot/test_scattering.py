"""Pictures of scattering show the coefficients, where and in the units they are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import scatjax as sj
from scatjax import plot
from scatjax.domains import Reflect
from scatjax.errors import InputError

RATE, N, PITCH = 8000, 2048, 1000


@pytest.fixture(scope="module")
def tone():
    """A second half at 1000 Hz whose loudness beats at 50 Hz, after silence."""
    t = np.arange(N) / RATE
    return np.where(t > t[N // 2], np.sin(2 * np.pi * PITCH * t) * (1 + np.cos(2 * np.pi * 50 * t)), 0).astype("f4")


@pytest.fixture(scope="module")
def bank():
    return sj.wavelets.morlet((N,), J=6, Q=(4, 1), boundary=Reflect(), dtype="float32")


@pytest.fixture(scope="module")
def operator(bank):
    return sj.Scattering(bank)


@pytest.fixture(scope="module")
def squares():
    return sj.Scattering(sj.wavelets.morlet((32, 32), J=3, L=4, dtype="float32"))


def cells(mesh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centers in time and (geometric) in frequency, and the array of values."""
    corners = np.asarray(mesh.get_coordinates())
    across, up = corners[0, :, 0], corners[:, 0, 1]
    return (across[1:] + across[:-1]) / 2, np.sqrt(up[1:] * up[:-1]), np.asarray(mesh.get_array())


def test_a_scalogram_peaks_where_the_tone_is(tone, bank):
    axis = plot.scalogram(tone, bank, RATE).axes[1]
    assert axis.get_yscale() == "log" and (axis.get_xlabel(), axis.get_ylabel()) == ("time (s)", "frequency (Hz)")
    loudest = max(axis.collections, key=lambda mesh: mesh.get_array().max())
    time, frequency, values = cells(loudest)
    row, column = np.unravel_index(values.argmax(), values.shape)
    assert abs(np.log2(frequency[row] / PITCH)) < 1 / 6, "the loudest row is another band's"
    assert time[column] > N / RATE / 2 and abs(time[0]) < 1e-9
    onset = time[np.argmax(values[row] > 0.3 * values.max())]
    assert abs(onset - N / RATE / 2) < 0.01, "the pad is not cut, or the times are not the samples'"
    quiet = values[row, time < 0.4 * N / RATE]
    assert quiet.max() < 0.01 * values.max()


def test_a_scalogram_holds_all_moduli(tone, bank):
    figure = plot.scalogram(tone, bank)
    pyramid = sj.Scattering(bank, order=1, averaging=sj.Off())(tone)[1:]
    meshes = figure.axes[1].collections
    assert len(meshes) == len(pyramid) and figure.axes[1].get_xlabel() == "time (samples)"
    for mesh, c in zip(meshes, pyramid, strict=True):
        order = np.argsort(c.table["xi1"])
        np.testing.assert_array_equal(np.asarray(mesh.get_array()), np.asarray(c.values)[order])
    bottom, top = figure.axes[1].get_ylim()
    assert bottom < bank.table["xi"].min() and bank.table["xi"].max() < top < 0.6
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), tone)


def test_decibels_are_below_the_largest(tone, bank):
    meshes = plot.scalogram(tone, bank, RATE, decibels=40).axes[1].collections
    values = np.concatenate([np.asarray(mesh.get_array()).ravel() for mesh in meshes])
    assert values.max() == 0 and values.min() == -40 and meshes[0].get_clim() == (-40, 0)


def test_scattering_over_time_holds_the_coefficients_of_the_chosen_band(tone, operator):
    c = operator(tone)
    figure = plot.scattering(c, operator, RATE, first=[PITCH, 2000])
    first, second, third = (axis.collections[0] for axis in figure.axes[:3])
    rows = c.select(kind="S1")
    np.testing.assert_array_equal(cells(first)[2], np.asarray(rows.values)[np.argsort(rows.table["xi1"])])
    for mesh, pitch in ((second, PITCH), (third, 2000)):
        near = np.unique(c.table["xi1"][c.table.rows(kind="S2")])
        xi = near[np.abs(np.log(near * RATE / pitch)).argmin()]
        rows = c.select(kind="S2", xi1=float(xi))
        order = np.argsort(rows.table["xi2"])
        np.testing.assert_array_equal(cells(mesh)[2], np.asarray(rows.values)[order])
    time, modulation, values = cells(second)
    np.testing.assert_allclose(np.diff(time)[:-1], 64 / RATE)
    assert abs(time[0]) < 1e-12, "the first frame is at the first sample"
    loudest = modulation[values.mean(1).argmax()]
    assert abs(np.log2(loudest / 50)) < 0.8, f"the beat of 50 Hz is shown at {loudest:.0f} Hz"
    assert figure.axes[0].get_title("left") == f"order 1, {np.sum(c.table['kind'] == 'S1')} bands"


def test_by_default_the_band_with_the_most_second_order_is_shown(tone, operator):
    c = operator(tone)
    title = plot.scattering(c, operator, RATE).axes[1].get_title("left")
    shown = float(title.removeprefix("order 2 of the band at ").split(" Hz")[0])
    assert abs(np.log2(shown / PITCH)) < 0.3, title


def test_logarithms_are_drawn_too(tone, operator, tmp_path):
    c = jax.tree.map(lambda v: jnp.log(jnp.abs(v) + 1e-4), operator(tone))
    low, high = plot.scattering(c, operator).axes[0].collections[0].get_clim()
    assert low < -5 and high < 0
    plot.save(plot.scattering(c, operator), tmp_path / "log.png")


def test_one_order_has_one_panel(tone, bank):
    S = sj.Scattering(bank, order=1)
    assert len([axis for axis in plot.scattering(S(tone), S).axes if axis.get_title("left")]) == 1
    with pytest.raises(InputError, match=r"build Scattering\(order=2\)"):
        plot.scattering(S(tone), S, first=0.1)


def test_series_that_have_no_picture_are_refused(tone, bank, operator, squares):
    bad = [
        (lambda: plot.scalogram(tone[:-1], bank), "one real series of shape"),
        (lambda: plot.scalogram(tone + 0j, bank), "one real series"),
        (lambda: plot.scalogram(np.full(N, np.nan), bank), "x "),
        (lambda: plot.scalogram(tone, squares.bank), "use morlet"),
        (lambda: plot.scalogram(tone, bank, sampling_rate=0), "must be positive, in Hz"),
        (lambda: plot.scalogram(tone, bank, decibels=-60), "positive range"),
        (lambda: plot.scattering(operator(np.stack([tone] * 2)), operator), "of one x"),
        (lambda: plot.scattering(operator(tone), sj.Scattering(bank, order=1)), "of one x"),
        (lambda: plot.scattering(operator(tone), squares), r"averaging=Local\(T\)"),
        (lambda: plot.scattering(operator(tone), sj.Scattering(bank, averaging=sj.Mean())), r"averaging=Local\(T\)"),
        (lambda: plot.scattering(operator(tone), operator, first=-1), "positive frequencies"),
        (
            lambda: plot.scattering(jax.tree.map(jnp.log10, operator(tone)), operator, decibels=60),
            "the coefficients|negative",
        ),
    ]
    for draw, message in bad:
        with pytest.raises(InputError, match=message):
            draw()


def wave(angle: float) -> np.ndarray:
    """Of wavelength 4 pixels, its wave vector turned by an angle from axis 1 toward axis 0."""
    y, x = np.mgrid[:32, :32]
    return np.cos(np.pi / 2 * (np.cos(angle) * x + np.sin(angle) * y)).astype("f4")


@pytest.mark.parametrize("angle", [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4])
def test_the_brightest_sectors_point_along_the_wave(squares, angle):
    collection = plot.disk(squares(wave(angle))).axes[0].collections[0]
    values, paths = np.asarray(collection.get_array()), collection.get_paths()
    brightest = np.flatnonzero(values > 0.9 * values.max())
    middles = [path.vertices[:-1].mean(0) for path in np.take(paths, brightest)]
    along = np.array([np.cos(angle), np.sin(angle)])
    assert len(middles) >= 2 and all(abs(m @ along) > 0.98 * np.linalg.norm(m) for m in middles), middles
    assert plot.disk(squares(wave(angle))).axes[0].yaxis_inverted(), "y points down, as in the image"


def test_a_disk_has_a_sector_a_path_and_its_mirror(squares, rng):
    x = rng.normal(size=(32, 32)).astype("f4")
    c = squares(x)
    figure = plot.disk(c, x)
    assert len(figure.axes[0].images) == 1
    for axis, kind, count in zip(figure.axes[1:3], ("S1", "S2"), (3 * 4, 3 * 4 * 4), strict=True):
        collection = axis.collections[0]
        held = np.asarray(c.select(kind=kind).values, float).reshape(count, -1).mean(1)
        np.testing.assert_allclose(np.asarray(collection.get_array()), np.tile(held, 2), rtol=1e-12)
        assert len(collection.get_paths()) == 2 * count
    areas = [area(path) for path in figure.axes[1].collections[0].get_paths()]
    np.testing.assert_allclose(sum(areas), np.pi * (1 - 0.6**6), rtol=1e-2), "sectors overlap or leave gaps"
    children = [area(path) for path in figure.axes[2].collections[0].get_paths()]
    np.testing.assert_allclose(sum(children), np.pi * (1 - 0.6**4), rtol=1e-2)


def area(path) -> float:
    """Of a wedge, by the shoelace formula."""
    x, y = path.to_polygons()[0].T
    return abs(np.dot(x[:-1], np.diff(y)) - np.dot(y[:-1], np.diff(x))) / 2


def test_children_lie_inside_their_parent(squares, rng):
    from scatjax.plot.disks import _sectors

    table = squares.table
    bounds = _sectors(table.columns)
    for row in table.rows(kind="S2"):
        inner, outer, start, stop = bounds[row]
        parent = bounds[table.rows(kind="S1", j1=int(table["j1"][row]), l1=int(table["l1"][row]))[0]]
        assert parent[0] - 1e-9 <= inner < outer <= parent[1] + 1e-9
        assert parent[2] - 1e-9 <= start < stop <= parent[3] + 1e-9


def test_complex_images_have_their_own_half(squares):
    y, x = np.mgrid[:32, :32]
    collection = plot.disk(squares(np.exp(0.5j * np.pi * x).astype("c8"))).axes[0].collections[0]
    values = np.asarray(collection.get_array())
    assert len(values) == 2 * 3 * 4, "one sector a path, none drawn twice"
    middle = collection.get_paths()[values.argmax()].vertices[:-1].mean(0)
    assert middle[0] > 0, "exp(i w x) of w > 0 lives on the right"


def test_disks_of_anything_else_are_refused(squares, operator, tone):
    with pytest.raises(InputError, match="S1 with angles"):
        plot.disk(operator(tone))
    with pytest.raises(InputError, match="take one of the batch"):
        plot.disk(squares(np.zeros((2, 32, 32), "f4")))
    with pytest.raises(InputError, match="the coefficients"):
        plot.disk(jax.tree.map(jnp.log, squares(np.zeros((32, 32), "f4"))))


@pytest.mark.parametrize("make", ["morlet", "battle_lemarie", "haar", "meyer"])
def test_a_bank_of_series_has_its_sum(make, tmp_path):
    bank = getattr(sj.wavelets, make)((512,), J=4)
    figure = plot.bank(bank, sampling_rate=RATE)
    layers = [bank, *bank.following()]
    assert len(figure.axes) == len(layers)
    assert figure.axes[-1].get_xlabel() == "frequency (Hz)" and figure.axes[0].get_xscale() == "log"
    for axis, layer in zip(figure.axes, layers, strict=True):
        *bands, low, total = axis.lines
        assert len(bands) == len(layer.table)
        np.testing.assert_allclose(total.get_ydata(), layer.littlewood_paley()[1:257], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(sum(line.get_ydata() for line in (*bands, low)), total.get_ydata(), rtol=1e-5)
        np.testing.assert_allclose(total.get_xdata()[[0, -1]], [RATE / 512, RATE / 2])
        lowest, highest = layer.frame_bounds()
        assert axis.get_title("left").endswith(f"sum from {lowest:.2f} to {highest:.2f}")
    plot.save(figure, tmp_path / "bank.png")


def test_images_have_no_sampling_rate(squares):
    with pytest.raises(InputError, match="leave it out for images"):
        plot.bank(squares.bank, sampling_rate=RATE)


@pytest.mark.parametrize("make", ["gabor", "battle_lemarie", "bump", "haar", "meyer", "shannon"])
def test_any_bank_of_series_has_a_scalogram(make, rng):
    bank = getattr(sj.wavelets, make)((256,), J=4)
    axis = plot.scalogram(rng.normal(size=256), bank, RATE).axes[1]
    assert sum(len(np.asarray(mesh.get_array())) for mesh in axis.collections) == len(bank.table)


def test_the_door_of_kymatio_is_drawn_too(tone):
    from scatjax.kymatio import Scattering1D

    S = Scattering1D(J=6, shape=N, Q=8, T=N).operator
    figure = plot.scattering(S(tone), S, RATE)
    corners = np.asarray(figure.axes[0].collections[0].get_coordinates())[0, :, 0]
    np.testing.assert_allclose(corners, [0, N / RATE], err_msg="one frame fills the picture")
    axis = plot.scalogram(tone, S.bank, RATE).axes[1]
    loudest = max(axis.collections, key=lambda mesh: mesh.get_array().max())
    time, _, values = cells(loudest)
    onset = time[np.argmax(values[values.max(1).argmax()] > 0.3 * values.max())]
    assert abs(onset - N / RATE / 2) < 0.01


def test_double_precision_is_drawn(tone, x64):
    bank = sj.wavelets.morlet((N,), J=5, Q=4)
    S = sj.Scattering(bank)
    plot.scalogram(tone, bank, RATE)
    assert plot.scattering(S(tone.astype(float)), S, RATE).axes[0].collections[0].get_array().dtype == np.float64
