"""Laws of phase harmonic and rectifier covariances: invariance, gradients, normalization, and what is refused."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import Coefficients
from scatjax.errors import InputError
from scatjax.moments import Gamma, PhaseHarmonics, RectifierCovariances, reduced
from scatjax.moments.covariances import pairs
from scatjax.moments.covariances.pairs import Norm
from scatjax.wavelets import bump_steerable, morlet

from ..helpers.covariances import QUICK, Slow, numbers
from ..helpers.tables import field_for

SIDE = (16, 16)


def harmonics(gamma, J=2, L=4, shape=SIDE, **options):
    return PhaseHarmonics(bump_steerable(shape, J=J, L=L), gamma, **options)


def rectifiers(gamma, J=2, L=2, shape=SIDE, **options):
    return RectifierCovariances(morlet(shape, J=J, L=L), gamma, **options)


SETS = {
    "pywph": lambda: harmonics(pairs.pywph(2, 4, 1)),
    "pywph_own_centers": lambda: harmonics(pairs.pywph(2, 4, normalized=False)),
    "pywph_not_periodic": lambda: harmonics(pairs.pywph(2, 4, 1, periodic=False)),
    "pywph_complex": lambda: harmonics(pairs.pywph(2, 4, complex_map=True), channels=2),
    "pywph_cross": lambda: harmonics(pairs.pywph_cross(2, 4), channels=2),
    "mallat_zhang_rochette": lambda: harmonics(pairs.mallat_zhang_rochette(2, 4, 1)),
    "zhang_mallat_a": lambda: harmonics(pairs.zhang_mallat_a(1, 4, 1), J=1),
    "zhang_mallat_c": lambda: harmonics(pairs.zhang_mallat_c(2, 4, 1, 1, 1)),
    "zhang_mallat_d": lambda: harmonics(pairs.zhang_mallat_d(2, 4)),
    "alpha_gray": lambda: rectifiers(pairs.alpha_gray(2, 2, 4, 1)),
    "alpha_color": lambda: rectifiers(pairs.alpha_color(1, 2, 4, 0), J=1, channels=3),
}
BORDERED = ("pywph_not_periodic", "alpha_gray", "alpha_color")


@pytest.mark.parametrize("name", SETS)
def test_shifts_and_slopes_of_published_sets(name, rng, x64):
    """A circular shift changes nothing to 1e-12 (but where a border is cut); gradients are differences to 1e-6.

    Model B is not here: its rows are among C's.
    """
    phi = SETS[name]()
    x, target, v = (field_for(phi, rng).astype(np.float64) for _ in range(3))
    phi, weights = phi.fit(target), jnp.asarray(rng.normal(size=len(phi.table)))

    def both(x):
        values = phi.vector(x)
        return values @ weights, values

    program = jax.jit(jax.value_and_grad(both, has_aux=True), compiler_options=QUICK)
    (_, values), slope = program(x)
    if name not in BORDERED:
        (_, moved), _ = program(np.roll(x, (3, 5), (-2, -1)))
        assert np.abs(moved - values).max() < 1e-12 * max(1, np.abs(values).max())
    step = 1e-5
    difference = (program(x + step * v)[0][0] - program(x - step * v)[0][0]) / (2 * step)
    assert abs((slope * v).sum() - difference) < 1e-6 * abs(difference)
    (value, _), slope = program(0 * x)
    assert np.isfinite(value) and np.isfinite(slope).all()


def test_a_quarter_turn_permutes_angles_and_shifts(rng, x64):
    """y(u_y, u_x) = x(u_x, -u_y): theta falls by 90 degrees, which is L/2 angles, and tau turns alike: 1e-12."""
    L, n = 4, 30
    l, k = rng.integers(0, 2 * L, (2, n)), rng.integers(0, 3, (2, n))
    tau = rng.choice([[0, 0], [2, -3]], n)
    rest = dict(j1=rng.integers(0, 2, n), j2=rng.integers(0, 2, n), k1=k[0], k2=k[1])
    before = Gamma(l1=l[0], l2=l[1], dy=tau[:, 0], dx=tau[:, 1], **rest)
    turn = (l - L // 2) % (2 * L)
    after = Gamma(l1=turn[0], l2=turn[1], dy=-tau[:, 1], dx=tau[:, 0], **rest)
    x = rng.gamma(1.0, size=SIDE)
    y = np.roll(np.rot90(x), 1, axis=0)
    assert y[3, 5] == x[5, -3]
    one, other = (jax.jit(harmonics(g).vector, compiler_options=QUICK) for g in (before, after))
    got, want = numbers(after, other(y)), numbers(before, one(x))
    assert np.abs(got - want).max() < 1e-12
    assert np.abs(numbers(before, one(y)) - want).max() > 0.1  # and not for nothing


@pytest.fixture(scope="module")
def small():
    """A map with few rows, and fields."""
    phi = harmonics(pairs.pywph(2, 4, classes=["S11", "S00", "C01"]))
    return phi, np.random.default_rng(3).gamma(1.0, size=(3, *SIDE)).astype(np.float32)


def test_fit_to_a_stack(small):
    """m is the mean over fields, s the root of the mean power around it."""
    phi, stack = small
    fitted = phi.fit(stack)
    slow = Slow(phi.bank, phi.gamma)
    frozen = jax.tree.map(np.asarray, (fitted.frozen.center, fitted.frozen.scale))
    for (band, j, k), mean, deviation in zip(phi.plan.keys, *frozen, strict=True):
        for l in range(4):
            f = np.stack([slow.field(x[None].astype(float), band, 0, j, l, k) for x in stack])
            m = mean[0, 0, l] + (1j * mean[1, 0, l] if len(mean) == 2 else 0)
            power = (np.abs(f - f.mean()) ** 2).mean()
            assert abs(m - f.mean()) < 1e-5 and abs(deviation[0, l] - np.sqrt(power)) < 1e-5
    assert np.allclose(fitted.reference_variance, stack.var((1, 2), ddof=1).mean(), rtol=1e-5)
    assert fitted.fitted and not phi.fitted


def test_centers_stay_frozen(small):
    """A field with other means is seen: its covariances gain the product of the offsets."""
    phi, stack = small
    fitted, x = phi.fit(stack[0]), stack[0]
    at_target = fitted(x)
    assert np.allclose(at_target["S11"], 1, atol=1e-5) and np.allclose(at_target["S00"], 1, atol=1e-5)
    j = fitted.plan.keys.index(("psi", 0, 0))
    mean, deviation = fitted.frozen.center[j][0, 0], fitted.frozen.scale[j][0]
    twice = fitted(2 * x)["S00"][:4]
    assert np.allclose(twice, 4 + (mean / deviation) ** 2, rtol=1e-4)


def test_on_another_canvas(small):
    """The same rows and the same centers; edges are removed there too, a mask is not carried."""
    phi, stack = small
    fitted = phi.fit(stack[0])
    other = fitted.at((24, 16))
    assert other.shape == (24, 16) and other.table == phi.table
    assert all(map(np.array_equal, *map(jax.tree.leaves, (other.frozen, fitted.frozen))))
    wide = np.tile(stack[0], (3, 2))[:24, :16].copy()
    assert np.isfinite(other(wide).values).all()
    edged = harmonics(phi.gamma, remove_edges=True).at((24, 16))
    again = harmonics(phi.gamma, remove_edges=True, shape=(24, 16))
    assert np.array_equal(edged(wide).values, again(wide).values)
    with pytest.raises(InputError, match="the mask belongs to this canvas"):
        _masked().at((24, 16))


def test_complex_maps_on_another_canvas(rng):
    """The bank stays what it was, so that maps of Q + iU go to another canvas, and have reductions over angles."""
    gamma = pairs.pywph(2, 4, classes=["S11", "S01"], complex_map=True)
    x = rng.normal(size=(2, 24, 16)).astype(np.float32)
    moved, made = harmonics(gamma, channels=2).at((24, 16)), harmonics(gamma, channels=2, shape=(24, 16))
    assert np.allclose(moved(x).values, made(x).values, atol=1e-6)
    every = pairs.zhang_mallat_d(2, 4).replace(complex_map=True)
    assert np.isfinite(harmonics(every, channels=2)(x[:, :16]).values).all()


def _masked():
    mask = np.ones(SIDE, bool)
    mask[3, 4] = False
    return harmonics(pairs.pywph(2, 4, classes=["S11"]), mask=mask)


def test_unknown_samples_do_not_matter(small):
    """NaN and 1e6 where the mask is false give the same numbers; also for a fit."""
    phi, (x, y, _) = _masked(), small[1]
    bad, worse = x.copy(), x.copy()
    bad[3, 4], worse[3, 4] = np.nan, 1e6
    assert phi.masked and np.array_equal(phi.fit(bad)(y).values, phi.fit(worse)(y).values)
    assert np.array_equal(phi(bad).values, phi(worse).values)
    known = np.delete(x.ravel(), 3 * 16 + 4)
    assert np.allclose(phi.fit(bad).reference_variance, known.var(ddof=1), rtol=1e-5)


def test_coefficients_are_stored(small, tmp_path):
    phi, stack = small
    c = phi(stack)
    c.save(tmp_path / "c.npz")
    back = Coefficients.load(tmp_path / "c.npz")
    assert back.table == c.table and np.array_equal(back.values, c.values)
    assert np.array_equal(back["C01"], c["C01"]) and back["C01"].shape == (3, 16)


def test_a_new_target_traces_nothing(small):
    stack, traces = small[1], []
    phi = harmonics(ROW)

    @eqx.filter_jit
    def energy(phi, target, x):
        traces.append(1)
        return ((phi.vector(x) - target) ** 2).sum()

    for x in stack:
        fitted = phi.fit(x)
        energy(fitted, fitted(x).values, stack[0])
    assert len(traces) == 1


ROW = Gamma(k1=1, k2=1)
LINES = np.tile(np.random.default_rng(1).normal(size=(16, 1)), (1, 16)).astype(np.float32)  # the same in all columns
BLOCK = np.zeros(SIDE, bool)
BLOCK[4:7, 4:7] = True
REFUSED = {
    "Gamma has fields of channel 1, the map takes 1: pass channels=2": lambda: harmonics(pairs.pywph_cross(2)),
    "a complex map is two channels": lambda: harmonics(pairs.pywph(2, complex_map=True)),
    "a shift of 16 samples goes beyond the grid": lambda: harmonics(Gamma(k1=1, k2=1, dx=16)),
    "scale 2, angle 3; the bank has J=2, L=4": lambda: harmonics(pairs.pywph(3)),
    "scale 1, angle 8; the bank has": lambda: harmonics(Gamma(j1=1, l1=8)),
    "the mask leaves no sample at scale j=1": lambda: harmonics(ROW + Gamma(j1=1), mask=BLOCK),
    "no pair of samples at the shift": lambda: harmonics(Gamma(k1=1, k2=1, dx=15), remove_edges=True),
    "mask must be booleans of shape": lambda: harmonics(ROW, mask=np.ones((8, 16))),
    "has no rows": lambda: harmonics(ROW.drop(kind="C")),
    "j1=1 of the band 'low': there are 1": lambda: harmonics(Gamma(band1="low", j1=1)),
    "l1=3 of the band 'haar': there are 3": lambda: harmonics(Gamma(band1="haar", l1=3)),
    "use RectifierCovariances": lambda: harmonics(pairs.alpha_gray(2)),
    r"use PhaseHarmonics\(bank, pairs\)": lambda: rectifiers(pairs.pywph(2)),
    "for L=8 angles, the bank has L=4": lambda: harmonics(pairs.pywph(2, 8)),
    "these pairs are of channel 0 alone": lambda: harmonics(pairs.pywph(2), channels=3),
    "pass AngularFourier": lambda: harmonics(ROW.replace(angular=pairs.Isotropic)),
    "these covariances are of images": lambda: PhaseHarmonics(morlet((64,), J=3), ROW),
    "use a bank with Periodic": lambda: _padded(pairs.pywph(2, 4, periodic=False)),
    "^channel 1 of the target has zero variance": lambda: _two_channels().fit(np.stack([LINES, 0 * LINES + 0.1])),
    "give phase harmonics": lambda: reduced(harmonics(pairs.pywph(2, 4))),
    "zero variance .a constant field": lambda: harmonics(ROW).fit(np.full(SIDE, 3.3, np.float32)),
    r"\[x \* psi\[j=0, l=0\]\]\^1 of the target has zero variance": lambda: harmonics(ROW).fit(LINES),
    r"the field rho_1\(x \* psi\[j=0, l=0\]\)": lambda: rectifiers(Gamma(phases=4, k1=1, k2=1)).fit(LINES),
    "pass .*two channels|convert|complex": lambda: harmonics(ROW)(LINES.astype(complex)),
    "finite|NaN": lambda: harmonics(ROW)(np.where(LINES > 0, np.float32(np.nan), LINES)),
    r"expected \(..., 16, 16\)": lambda: harmonics(ROW)(np.ones((2, 16, 15), np.float32)),
    "these rows have channels": lambda: pairs.pywph_cross(2).with_channels(3),
    "channels=0 must be": lambda: harmonics(ROW, channels=0),
    "reduce a Gamma without them": lambda: harmonics(pairs.zhang_mallat_b(2, 4).replace(angular=pairs.Isotropic())),
}


def _two_channels():
    return harmonics(Gamma(k1=1, k2=1, c1=[0, 1], c2=[0, 1]), channels=2)


def _padded(gamma):
    from scatjax.domains import Reflect

    return PhaseHarmonics(bump_steerable(SIDE, J=2, L=4, boundary=Reflect(reach=1.0)), gamma)


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused_names_the_remedy(message):
    with pytest.raises(InputError, match=message):
        REFUSED[message]()


def test_what_is_not_periodic_stays_so_under_a_mask():
    """The mask stands for the edges of the set; shifts must not wrap for that."""
    mask = np.ones(SIDE, bool)
    mask[7, 8] = False
    wraps = lambda gamma: (phi := harmonics(gamma, mask=mask)).edges.wraps(phi.bank)
    assert wraps(pairs.pywph(2)) and not wraps(pairs.pywph(2, periodic=False))


def test_reductions_name_phases_as_phases():
    """`m1`, `m2` of rectifiers, and no empty columns of angles where no row has one."""
    l = np.indices((4, 4)).reshape(2, -1)
    gamma = Gamma(phases=4, l1=l[0], l2=l[1], k1=1, k2=0, angular=pairs.Isotropic())
    table = rectifiers(gamma).table
    assert {"m1", "m2", "d"} < set(table.columns) and not {"k1", "l1", "shift"} & set(table.columns)
    assert len(table) == 4 and (table["m1"] == 1).all()


def test_weights_of_kinds_stay_in_reductions():
    """Rows in Fourier over angles weigh as their kind says."""
    phi = harmonics(pairs.zhang_mallat_d(2, 4).weighted(C=3.0))
    assert set(phi.weights[phi.table["kind"] == "C"]) == {3.0} and set(phi.weights[phi.table["kind"] == "S"]) == {1.0}


def test_a_field_without_power_needs_no_division():
    """What `fit` advises works."""
    assert np.isfinite(harmonics(ROW.replace(norm=Norm(divide=False))).fit(LINES)(LINES).values).all()


GRAY = [pairs.pywph(2, 4, 1), pairs.zhang_mallat_c(2, 4, 1, 1, 1), pairs.zhang_mallat_d(2, 4)]


@pytest.mark.parametrize("gamma", GRAY, ids=["pywph", "c", "d"])
def test_a_gray_set_for_channels(gamma, rng, x64):
    """Each channel has its numbers of the gray map; of a channel and its copy, both and between them are the same."""
    gray, color = harmonics(gamma), harmonics(gamma.with_channels(2), channels=2)
    x, y = (rng.normal(size=SIDE) for _ in range(2))
    values = np.asarray(color.fit(np.stack([x, y]))(np.stack([x, y])).values)
    for channel, field in enumerate((x, y)):
        own = (color.table["c1"] == channel) & (color.table["c2"] == channel)
        np.testing.assert_allclose(values[own], gray.fit(field)(field).values, atol=1e-12)
    twice = color.fit(np.stack([x, x]))(np.stack([x, x]))
    reference = dict(zip(_names(gray.table), np.asarray(gray.fit(x)(x).values), strict=True))
    expected = [reference.get(name, 0.0) for name in _names(twice.table)]  # 0: Im of a field with itself has no row
    np.testing.assert_allclose(twice.values, expected, atol=1e-12)
    alone = gamma.with_channels(2, cross=False)
    assert len(alone) == 2 * len(gamma) and np.all(alone.rows["c1"] == alone.rows["c2"])


def _names(table):
    """Of rows, less their channels; what is real is a real part."""
    columns = [column.tolist() for name, column in table.columns.items() if name not in ("c1", "c2", "part")]
    return list(zip(*columns, np.where(table["part"] == "im", "im", "re").tolist(), strict=True))
