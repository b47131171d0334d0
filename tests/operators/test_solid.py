"""Solid harmonic scattering against Kymatio, closed forms and a slow NumPy version, and the laws that it obeys."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import InputError, SolidHarmonicScattering, testing
from scatjax.operators import solid
from scatjax.operators.solid import solid_harmonics

from ..helpers import GOLDEN

SOLID = GOLDEN / "kymatio" / "solid_3d.npz"
CASES = {  # in the order of their random numbers: name -> shape, arguments
    "a_32_J2_L2": ((32, 32, 32), dict(J=2, L=2)),
    "b_32_J2_L2_o1": ((32, 32, 32), dict(J=2, L=2, order=1)),
    "c_16x24x20_J1_L3": ((16, 24, 20), dict(J=1, L=3)),
    "d_16_J2_L2_noncov": ((16, 16, 16), dict(J=2, L=2, rotation_covariant=False)),
    "e_16_J2_L4_s1.5": ((16, 16, 16), dict(J=2, L=4, sigma_0=1.5)),
    "f_15x17x16_J2_L2": ((15, 17, 16), dict(J=2, L=2)),
}
TOLERANCE = {"float64": (1e-10, 1e-13, 1e-13), "float32": (1e-5, 1e-5, 1e-5)}  # for q = .5, 1, 2


@pytest.fixture(scope="module")
def golden():
    with np.load(SOLID) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def fields():
    """Five Gaussian atoms per field, cut at the border, two fields per case: the recipe of the golden file."""
    r, out = np.random.RandomState(3), {}
    for name, (shape, _) in CASES.items():
        out[name] = np.zeros((2, *shape))
        for i in range(2):
            for _ in range(5):
                center = (r.rand(3) * shape).reshape(3, 1, 1, 1)
                out[name][i] += r.rand() * np.exp(-((np.indices(shape) - center) ** 2).sum(0) / (2 * 1.5**2))
        out[name] = out[name].astype(np.float32).astype(float)
    return out


def frequencies(n, *, kymatio=False):
    """fftfreq, or Kymatio's grid, the same for even sides and off by one for odd ones."""
    return np.fft.ifftshift(np.arange(-n // 2, -n // 2 + n)) / n if kymatio else np.fft.fftfreq(n)


def harmonic(l, m, t, azimuth):
    """Y_l^m by derivatives of the Legendre polynomial, t = cos(polar)."""
    legendre = (-1) ** m * (1 - t**2) ** (m / 2) * np.polynomial.legendre.Legendre.basis(l).deriv(m)(t)
    scale = math.sqrt((2 * l + 1) / (4 * math.pi) * math.factorial(l - m) / math.factorial(l + m))
    return scale * legendre * np.exp(1j * m * azimuth)


def scale(l):
    """c_l."""
    double = math.prod(range(l + 1, 0, -2))
    if l % 2 == 0:
        return 1 / (2 * math.pi * math.sqrt(l + 0.5) * double)
    return 1 / (2 ** ((l + 3) / 2) * math.sqrt(math.pi * (2 * l + 1)) * math.factorial((l + 1) // 2))


def slow_filters(shape, sigma, l, *, kymatio=False):
    """psi_lm, m = -l..l, as the sheet writes them: radius, azimuth, polar angle."""
    z, y, x = np.meshgrid(*(2 * np.pi * sigma * frequencies(n, kymatio=kymatio) for n in shape), indexing="ij")
    A = np.sqrt(x**2 + y**2 + z**2)
    if l == 0:
        return np.exp(-(A**2) / 2)[None].astype(complex)
    t, azimuth = -z / np.where(A > 0, A, 1), np.arctan2(y, x)
    positive = [harmonic(l, m, t, azimuth) for m in range(l + 1)]
    all_m = [(-1) ** m * positive[m].conj() for m in range(l, 0, -1)] + positive
    return scale(l) * (2 * np.pi) ** 1.5 * (-1j) ** l * A**l * np.exp(-(A**2) / 2) * np.stack(all_m)


def slow(x, J, L, sigma_0=1.0, order=2, powers=(0.5, 1.0, 2.0), *, rotation_covariant=True, kymatio=False):
    """{chain: (L+1, powers)} by complex FFTs, path by path."""
    out = {}

    def descend(u, l, chain):
        for j in range(chain[-1] + 1 if chain else 0, J + 1):
            filters = slow_filters(x.shape, sigma_0 * 2**j, l, kymatio=kymatio)
            each = np.abs(np.fft.ifftn(np.fft.fftn(u) * filters, axes=(1, 2, 3))) ** 2
            U = np.sqrt(each.sum(0) if rotation_covariant else each[0])
            out.setdefault((*chain, j), np.zeros((L + 1, len(powers))))[l] = [(U**q).sum() for q in powers]
            if len(chain) + 1 < order:
                descend(U, l, (*chain, j))

    for l in range(L + 1):
        descend(x, l, ())
    return np.stack([out[chain] for chain in sorted(out, key=lambda c: (len(c), c))])


@pytest.mark.golden
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [name for name in CASES if name[0] != "f"])
def test_golden(name, dtype, golden, fields, x64):
    shape, arguments = CASES[name]
    S = SolidHarmonicScattering(shape, **arguments, dtype=dtype)
    wanted = golden[f"{name}__S"]
    got = S(fields[name].astype(dtype)).values
    assert got.dtype == dtype
    error = np.abs(np.asarray(got).reshape(wanted.shape) / wanted - 1).max((0, 1, 2))
    assert (error <= TOLERANCE[dtype]).all(), f"relative errors for q = .5, 1, 2: {error}"


@pytest.mark.golden
def test_odd_sides(golden, fields, x64):
    """The slow version with Kymatio's grid is Kymatio's; with fftfreq it is ours; the grids matter."""
    name = "f_15x17x16_J2_L2"
    shape, arguments = CASES[name]
    theirs = np.stack([slow(x, **arguments, kymatio=True) for x in fields[name]])
    assert np.abs(theirs / golden[f"{name}__S"] - 1).max() < 1e-13
    ours = np.asarray(SolidHarmonicScattering(shape, **arguments)(fields[name]).values).reshape(theirs.shape)
    right = np.stack([slow(x, **arguments) for x in fields[name]])
    assert np.abs(ours / right - 1).max() < 1e-13
    assert np.abs(ours / theirs - 1).max() > 0.1


@pytest.mark.golden
def test_golden_filters(golden):
    name = "c_16x24x20_J1_L3"
    S = SolidHarmonicScattering(CASES[name][0], **CASES[name][1])
    for l in range(4):
        got = np.stack([S.filters(j, l)[:, ::4, ::3, ::2] for j in range(2)])
        assert np.abs(got - golden[f"{name}__filters_l{l}"]).max() < 1e-15, f"l = {l}"


@pytest.mark.golden
def test_data_of_kymatio(golden):
    """Kymatio's own test in float32: order 0 first, with the sign of x."""
    S = SolidHarmonicScattering((16, 16, 16), J=2, L=2, integral_powers=(1, 2), order_zero=True)
    wanted = golden["test_data__Sx"]
    got = S(golden["test_data__x"]).values
    assert got.shape == (2, 38)
    assert np.abs(np.asarray(got) - wanted).sum() < 1e-6 * np.abs(wanted).sum()
    assert np.abs(np.asarray(got) / wanted - 1).max() < 2e-6  # both sides are float32


def test_order_three(rng, x64):
    """Chains of three scales, complex filters at the Nyquist frequency of all three axes, against the slow version."""
    x = rng.normal(size=(8, 10, 9))
    S = SolidHarmonicScattering(x.shape, J=2, L=1, order=3, integral_powers=(1, 3))
    wanted = slow(x, 2, 1, order=3, powers=(1, 3))
    c = S(x)
    assert np.allclose(np.asarray(c.values).reshape(wanted.shape), wanted, rtol=1e-12)
    assert c.table.names()[-1] == "S3[j1=0,j2=1,j3=2,l=1,q=3]"


def test_slabs(rng, x64, monkeypatch):
    """Large volumes are made slab by slab: the same numbers and slopes, also where slabs do not divide the side."""
    x = rng.normal(size=(11, 8, 9))
    S = SolidHarmonicScattering(x.shape, J=1, L=2, order=2)
    energy = lambda x: jnp.sum(jnp.log(S(x).values))
    whole = jax.value_and_grad(energy)(x)
    jax.clear_caches()
    monkeypatch.setattr(solid, "_VOXELS", 4 * 72)
    monkeypatch.setattr(solid, "_ROWS", 4)
    text = jax.jit(S).lower(x).as_text()
    assert "while" in text
    slabs = jax.value_and_grad(energy)(x)
    jax.clear_caches()
    assert abs(float(slabs[0] / whole[0]) - 1) < 1e-14
    assert np.abs(np.asarray(slabs[1] - whole[1])).max() < 1e-13 * np.abs(np.asarray(whole[1])).max()


def test_coarse_scales_act_on_few_modes(rng, x64):
    """Modes that a scale does not see are left out: the same numbers as the slow version."""
    x = rng.normal(size=(16, 17, 12))
    S = SolidHarmonicScattering(x.shape, J=1, L=2, sigma_0=3.0)
    assert [modes is None for modes, _ in S.psi[0]] == [True] * 3 and [len(modes) for modes, _ in S.psi[1]] == [7, 9, 5]
    wanted = slow(x, J=1, L=2, sigma_0=3.0)
    assert np.allclose(np.asarray(S(x).values).reshape(wanted.shape), wanted, rtol=1e-10)


def test_table():
    """Rows: order 0, then chains in lexicographic order, l and q inner; static NumPy columns."""
    S = SolidHarmonicScattering((8, 8, 8), J=2, L=1, integral_powers=(1, 2.5), order_zero=True)
    table = jax.eval_shape(S, np.zeros((8, 8, 8), np.float32)).table
    assert table == S.table and len(table) == 2 + 6 * 2 * 2
    assert table["kind"].tolist() == ["S0"] * 2 + ["S1"] * 12 + ["S2"] * 12
    assert table["j1"].reshape(-1, 2)[:, 0].tolist() == [-1, 0, 0, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1]
    assert table["j2"].reshape(-1, 2)[:, 0].tolist() == [-1] * 7 + [1, 1, 2, 2, 2, 2]
    assert table["l"].reshape(-1, 2)[:, 1].tolist() == [-1] + [0, 1] * 6
    assert table["q"].tolist() == [1, 2.5] * 13
    one = SolidHarmonicScattering((8, 8, 8), J=0, L=0, integral_powers=[2])
    assert one.table.names() == ["S1[j1=0,l=0,q=2]"]


def test_order_zero(rng, x64):
    """Whole powers keep the sign of x, others take |x|; both have finite gradients at 0."""
    x = rng.normal(size=(8, 8, 8))
    x[0] = 0
    powers = (0.5, 1, 2, 3)
    S = SolidHarmonicScattering((8, 8, 8), J=0, L=0, integral_powers=powers, order_zero=True)
    wanted = [np.sqrt(np.abs(x)).sum(), x.sum(), (x**2).sum(), (x**3).sum()]
    assert np.allclose(jax.jit(S)(x)["S0"], wanted, rtol=1e-13)
    assert np.isfinite(jax.jit(jax.jacrev(lambda y: S(y)["S0"]))(x)).all()


@pytest.mark.parametrize("l", [1, 2, 5, 8])
def test_harmonics_are_orthonormal(l, rng):
    """On the sphere, by Gauss quadrature; equal to the derivatives of Legendre polynomials; addition theorem."""
    t, weight = np.polynomial.legendre.leggauss(l + 1)
    azimuth = 2 * np.pi * np.arange(2 * l + 1) / (2 * l + 1)
    t, azimuth = (a.ravel() for a in np.meshgrid(t, azimuth, indexing="ij"))
    point = -t, np.sqrt(1 - t**2) * np.sin(azimuth), np.sqrt(1 - t**2) * np.cos(azimuth)
    values = np.stack(
        [
            sum(c * point[0] ** key[0] * point[1] ** key[1] * point[2] ** key[2] for key, c in p.items())
            for p in solid_harmonics(l)
        ]
    ) / (scale(l) * (2 * np.pi) ** 1.5)
    weights = np.repeat(weight, 2 * l + 1) * 2 * np.pi / (2 * l + 1)
    assert np.abs((values * weights) @ values.conj().T - np.eye(2 * l + 1)).max() < 1e-12
    assert np.abs((np.abs(values) ** 2).sum(0) - (2 * l + 1) / (4 * np.pi)).max() < 1e-12
    for m in range(l + 1):
        assert np.abs(values[l + m] - harmonic(l, m, t, azimuth)).max() < 1e-12, f"m = {m}"


def atoms(shape, centers, masses, width):
    """Periodic Gaussian atoms of given masses."""
    x = np.zeros(shape)
    for center, mass in zip(centers, masses, strict=True):
        apart = [(np.arange(n) - c + n / 2) % n - n / 2 for n, c in zip(shape, center, strict=True)]
        squares = sum(a**2 for a in np.ix_(*apart))
        x += mass / (2 * np.pi * width**2) ** 1.5 * np.exp(-squares / (2 * width**2))
    return x


def one_atom(mass, l, q, sigma, width):
    """The closed form of sum U^q of one Gaussian atom."""
    s = math.hypot(sigma, width)
    c = (2 * math.pi) ** -1.5 * s**-3
    if l:
        c = scale(l) * s ** (-3 - l) * math.sqrt((2 * l + 1) / (4 * math.pi)) * (sigma / s) ** l
    half = (l * q + 3) / 2
    return mass**q * 4 * math.pi * c**q * 0.5 * math.gamma(half) * (2 * s**2 / q) ** half


@pytest.mark.parametrize("side, J, bars", [(48, 1, {1: 5e-5, 2: 1e-8, 0.5: 5e-3}), (32, 0, {1: 1e-3, 2: 1e-3})])
def test_one_atom(side, J, bars, x64):
    """Sums of U^q of a Gaussian; a rough check of the closed form itself: sum U = 2^(-l/2) mass at its own width."""
    x = atoms((side,) * 3, [(side / 2 + 0.3, side / 2 - 0.2, side / 2 + 0.45)], [1.7], 2.0)
    S = SolidHarmonicScattering(x.shape, J=J, L=3, sigma_0=2.0, order=1, integral_powers=tuple(bars))
    got = np.asarray(S(x).values).reshape(J + 1, 4, len(bars))
    for j in range(J + 1):
        for l in range(4):
            for i, (q, bar) in enumerate(bars.items()):
                wanted = one_atom(1.7, l, q, 2.0 * 2**j, 2.0)
                assert abs(got[j, l, i] / wanted - 1) < bar, f"j={j} l={l} q={q}: {got[j, l, i]}, wanted {wanted}"
    assert np.allclose([one_atom(1, l, 1, 2, 2) for l in range(4)], 2.0 ** (-np.arange(4) / 2))


@pytest.mark.parametrize("side, width, bar, each", [(48, 1.5, 2e-4, 3e-3), (60, 2.0, 1e-4, 5e-4)])
def test_molecule_may_turn_and_move(side, width, bar, each, x64):
    """Four atoms, turned by a random rotation and shifted off the grid; `bar` of the norm of each order and power.

    Single coefficients change more: U has kinks where it vanishes, which the grid samples (l = 1, order 2 most); the
    finer the grid, the less. m = -l alone is not invariant.
    """
    rng = np.random.default_rng(0)
    places = rng.normal(size=(4, 3))
    places *= 3 * width / np.linalg.norm(places, axis=1).max()
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    pair = [side / 2 + places, side / 2 + rng.uniform(-4, 4, 3) + places @ turn.T]
    pair = np.stack([atoms((side,) * 3, centers, [1, 2, 3, 4], width) for centers in pair])
    S = SolidHarmonicScattering((side,) * 3, J=1, L=3, sigma_0=width, integral_powers=(0.5, 1, 2, 3))
    before, after = np.asarray(jax.jit(S)(pair).values).reshape(2, 3, 4, 4)
    for order in (slice(0, 2), slice(2, 3)):
        norm = lambda c, order=order: np.sqrt((c[order] ** 2).sum((0, 1)))
        assert (norm(after - before) / norm(before)).max() < bar
    assert np.abs(after / before - 1).max() < each
    if side == 48:
        turned = SolidHarmonicScattering(S.shape, J=0, L=2, sigma_0=width, order=1, rotation_covariant=False)
        before, after = np.asarray(jax.jit(turned)(pair).values)
        assert np.abs(after / before - 1).max() > 1e-2


def test_translation(rng, x64):
    x = rng.normal(size=(10, 9, 8))
    S = SolidHarmonicScattering(x.shape, J=1, L=2)
    testing.check_translation(jax.jit(S), x, 1e-10, shift=(3, 4, 5))


def test_gradient(rng, x64):
    """Forward and reverse derivatives against finite differences, relative 1e-6."""
    x = 2 + rng.normal(size=(8, 9, 10))  # positive: |x * phi|^.5 has a kink at 0
    S = SolidHarmonicScattering(x.shape, J=1, L=2, integral_powers=(0.5, 1, 2, 3), order_zero=True)
    weights = rng.normal(size=len(S.table)) / np.asarray(jax.jit(S)(x).values)
    testing.check_gradient(lambda y: S(y).values @ weights, x, 1e-6)


def volumes(dtype):
    """A voxel and a cube of ones in an empty 32^3 box, where Kymatio's gradient is NaN (kymatio PR1070), and others."""
    x = np.zeros((32, 32, 32), dtype)
    voxel, cube = x.copy(), x.copy()
    voxel[15, 15, 15], cube[10:14, 10:14, 10:14] = 1, 1
    return {"a voxel": voxel, "a cube": cube, "zero": x, "a constant": x + 1, "a faint voxel": voxel * 1e-8}


def test_gradient_on_empty_regions():
    """Finite with every power where U vanishes or underflows, and not zero where the volume is not."""
    S = SolidHarmonicScattering((32, 32, 32), J=2, L=3)
    gradient = jax.jit(jax.grad(lambda x: S(x).values.sum()))
    for name, x in volumes(np.float32).items():
        slope = np.asarray(gradient(x))
        assert np.isfinite(slope).all(), f"{int((~np.isfinite(slope)).sum())} bad slopes at {name}"
        assert (np.abs(slope).max() > 0) == (name != "zero")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_curvature_on_empty_regions(dtype, x64):
    """Hessian-vector products are finite there."""
    S = SolidHarmonicScattering((32, 32, 32), J=1, L=1, integral_powers=(0.5, 1, 2, 3), dtype=dtype, order_zero=True)
    direction = np.random.default_rng(0).normal(size=S.shape).astype(dtype)
    product = jax.jit(lambda x: jax.jvp(jax.grad(lambda y: S(y).values.sum()), (x,), (direction,))[1])
    for name, x in volumes(dtype).items():
        curvature = product(x)
        assert np.isfinite(curvature).all(), f"{int((~np.isfinite(curvature)).sum())} bad curvatures at {name}"


def test_hessian_vector_product(rng, x64):
    """Forward over reverse and reverse over reverse against differences of the gradient."""
    x = 2 + rng.normal(size=(8, 8, 8))
    direction = rng.normal(size=x.shape)
    S = SolidHarmonicScattering(x.shape, J=1, L=1, integral_powers=(0.5, 1, 2))
    gradient = jax.grad(lambda y: jnp.sum(jnp.log(S(y).values)))

    @jax.jit
    def products(x):
        forward = jax.jvp(gradient, (x,), (direction,))[1]
        reverse = jax.grad(lambda y: jnp.sum(gradient(y) * direction))(x)
        ends = jax.lax.map(gradient, jnp.stack([x - 1e-5 * direction, x + 1e-5 * direction]))
        return forward, reverse, (ends[1] - ends[0]) / 2e-5

    forward, reverse, differences = products(x)
    size = float(jnp.abs(differences).max())
    assert float(jnp.abs(forward - differences).max()) < 1e-6 * size
    assert float(jnp.abs(reverse - forward).max()) < 1e-10 * size


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(shape=(16, 16)), r"shape=\(16, 16\) must be three positive sides"),
        (dict(shape=(16, 16, 0)), "three positive sides"),
        (dict(shape=16), "shape=16 must be three"),
        (dict(J=-1), "J=-1 must be an integer >= 0"),
        (dict(J=1.5), "J=1.5 must be an integer"),
        (dict(L=-1), "L=-1 must be an integer >= 0"),
        (dict(order=0), "order=0 must be an integer >= 1"),
        (dict(sigma_0=0.0), "sigma_0=0.0 must be a positive number"),
        (dict(sigma_0=math.nan), "sigma_0=nan must be"),
        (dict(integral_powers=(1.0, 0.0)), r"integral_powers=\(1.0, 0.0\) must be positive"),
        (dict(integral_powers=()), "must be positive"),
        (dict(integral_powers=2.0), "must be positive"),
        (dict(integral_powers=(math.nan,)), "must be positive"),
        (dict(J=4), r"every side >= 2 sigma_0 2\^J = 32, got \(16, 16, 16\): use J <= 3, or pad"),
        (dict(J=0, sigma_0=9.0), "use sigma_0 <= 8, or pad"),
        (dict(dtype=int), "dtype=int64 must be a real floating type"),
    ],
)
def test_bad_arguments(arguments, message, unchecked):
    with pytest.raises(InputError, match=message):
        SolidHarmonicScattering(**(dict(shape=(16, 16, 16), J=1) | arguments))


BAD = [
    (np.ones((8, 8), np.float32), r"x has shape \(8, 8\), expected \(..., 8, 8, 8\) for z y x"),
    (np.ones((8, 8, 9), np.float32), "expected"),
    (np.ones((8, 8, 8), int), "convert it to float32 first"),
    (np.ones((8, 8, 8), complex), "x is complex"),
    (np.full((8, 8, 8), np.nan, np.float32), "512 values that are NaN or Inf"),
]


@pytest.mark.parametrize("x, message", BAD)
def test_bad_fields(x, message):
    with pytest.raises(InputError, match=message):
        SolidHarmonicScattering((8, 8, 8), J=1, L=1)(x)
