"""Families of one axis, and the ones that exist in two as well: against peers, closed forms and slow statements."""


import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import wavelets
from scatjax.domains import Zero
from scatjax.errors import InputError
from scatjax.wavelets.families.dyadic import BattleLemarie, Bump, ScatSpectra, Untrimmed
from scatjax.wavelets.families.morlet_series import GaborSeries, MorletSeries, exponent
from scatjax.wavelets.families.peers.scatspectra import SpectraMeyer, SpectraMorlet, SpectraShannon
from scatjax.wavelets.families.telescope import MeyerSeries, MeyerSteerable, ShannonSeries, ShannonSteerable
from scatjax.wavelets.tightened import littlewood_paley, tight

from ..helpers import GOLDEN
from ..helpers.tables import SERIES

CASES = [
    ("a_N1024_J6_Q8", 6, (8, 1), 64),
    ("b_N1000_J5_Q4", 5, (4, 1), 32),
    ("c_N777_J6_Q1", 6, (1, 1), 64),
    ("d_N2048_J8_Q12-2", 8, (12, 2), 256),
    ("e_N1024_J6_Q8_T16", 6, (8, 1), 16),
    ("f_N1024_J6_Q8_T200", 6, (8, 1), 200),
    ("h_N1000_J4_Q1_T100", 4, (1, 1), 100),
    ("i_N4096_J9_Q16", 9, (16, 1), 512),
    ("j_N512_J2_Q16", 2, (16, 1), 4),
]


def stored(file):
    """The arrays of a golden file."""
    with np.load(GOLDEN / file) as arrays:
        return {name: arrays[name] for name in arrays.files}


def sum_of_squares(family, shape, T=None):
    """The Littlewood-Paley sum, wave number by wave number and band by band."""
    psi = np.concatenate([family.psi(shape, j) for j in range(family.scales)])
    phi = family.phi(shape, float(2**family.J if T is None else T))
    total = np.zeros(shape)
    for k in np.ndindex(shape):
        mirror = tuple(-i % n for i, n in zip(k, shape, strict=True))
        total[k] = abs(phi[k]) ** 2 + sum(abs(p[k]) ** 2 + abs(p[mirror]) ** 2 for p in psi) / 2
    return total


@pytest.mark.golden
@pytest.mark.parametrize("name, J, Q, T", CASES, ids=[case[0] for case in CASES])
def test_kymatio(name, J, Q, T):
    """Filters and meta of the peer; case j is the bank whose top its constants leave out."""
    golden = {key.removeprefix(name + "__"): value for key, value in stored("kymatio_1d.npz").items() if name in key}
    N = int(golden["pad"][0])
    for layer, q in enumerate(Q):
        table = MorletSeries(J, q, constants=wavelets.Kymatio()).table()
        n = golden["n"][:, layer]
        named = n[n >= 0].astype(int)
        assert layer or sorted(set(named)) == list(range(len(table)))
        assert np.array_equal(golden["j"][n >= 0, layer], table["j"][named])
        for column in ("xi", "sigma"):
            assert np.abs(golden[column][n >= 0, layer] - table[column][named]).max(initial=0) < 1e-15, column
    family = MorletSeries(J, Q[0], constants=wavelets.Kymatio())
    last = len(family.bands()) - 1
    for got, want in ((family.filter(N, 0), "psi1_first"), (family.filter(N, last), "psi1_last")):
        assert np.abs(got - golden[want]).max() < 1e-14, want
    assert np.abs(family.phi((N,), T) - golden["phi0"]).max() < 1e-14


def peer_filter(N, xi, sigma, *, mean):
    """Kymatio's formula to the letter: every period, and the l1 norm by an FFT."""
    P = min(int(np.ceil(np.sqrt(-2 * sigma**2 * np.log(1e-7)) + 1)), 5)
    w = np.arange((1 - P) * N, P * N) / N
    periods = lambda f: f.reshape(2 * P - 1, N).mean(0)
    g, l = periods(np.exp(-((w - xi) ** 2) / (2 * sigma**2))), periods(np.exp(-(w**2) / (2 * sigma**2)))
    psi = g - g[0] / l[0] * l if mean else g
    return psi / np.abs(np.fft.ifft(psi)).sum()


@pytest.mark.parametrize(
    "N, J, Q, full", [(16, 4, 1, False), (45, 5, 3, True), (300, 5, 8, True), (2048, 6, 12, False)]
)
def test_morlet_is_the_peers_formula(N, J, Q, full):
    """What is left out (tails, FFTs) is below rounding, also on canvases where the wavelet meets itself."""
    family = MorletSeries(J, Q, full)
    for n, (xi, sigma, _) in enumerate(family.bands()):
        assert np.abs(family.filter(N, n) - peer_filter(N, xi, sigma, mean=True)).max() < 4e-15, (n, xi)
    for T in (1.0, 2.0**J, 100.0):
        assert np.abs(family.phi((N,), T) - peer_filter(N, 0.0, 0.1 / T, mean=False)).max() < 4e-15, T


def test_gabor_is_the_gaussian():
    family = GaborSeries(5, 4)
    for n, (xi, sigma, _) in enumerate(family.bands()):
        assert np.abs(family.filter(200, n)[1:] - peer_filter(200, xi, sigma, mean=False)[1:]).max() < 4e-15, n


@pytest.mark.golden
@pytest.mark.parametrize(
    "name, Q, family",
    [
        ("battle_lemarie", 1, BattleLemarie(6, 1, constants=ScatSpectra())),
        ("battle_lemarie", 2, BattleLemarie(6, 2, constants=ScatSpectra())),
        ("bump_steerable", 1, Bump(6, 1, constants=ScatSpectra())),
        ("morlet", 1, SpectraMorlet(6, 1)),
        ("morlet", 4, SpectraMorlet(6, 4)),
        ("meyer", 1, SpectraMeyer(6, 1)),
        ("shannon", 1, SpectraShannon(6, 1)),
    ],
    ids=str,
)
def test_scatspectra(name, Q, family):
    """The peer's banks, zeroed bins and all; its splines round at f = 1, where it divides 0 by 0 but for one bin."""
    golden = stored("scatspectra/filters_1024.npz")
    psi = np.concatenate([family.psi((1024,), j) for j in range(6)])
    assert np.abs(psi - golden[f"{name}_Q{Q}_psi"]).max() < 1e-12
    assert np.abs(family.phi((1024,), 64.0) - golden[f"{name}_Q{Q}_phi"]).max() < 1e-14


def test_ours_differ_from_scatspectra_in_the_zeroed_bins_only():
    """One eighth of the bins, negative frequencies next to 0; the bump's low-pass is 1 at 0."""
    for family in (BattleLemarie, Bump):
        ours, theirs = family(3, 1).psi((100,), 0)[0], family(3, 1, constants=ScatSpectra()).psi((100,), 0)[0]
        assert np.array_equal(ours[:87], theirs[:87]) and not theirs[87:].any()
    assert BattleLemarie(3, 1).psi((100,), 0)[0, 60:80].min() > 1e-4  # the finest spline is not analytic
    assert Bump(3, 1).phi((64,), 8.0)[0] == 1
    assert abs(Bump(3, 1, constants=ScatSpectra()).phi((64,), 8.0)[0] - 1.28906791830) < 1e-10


@pytest.mark.parametrize(
    "J, Q, low, low_full, high_full",
    [(6, 1, 0.154, 0.154, 1), (6, 2, 0.013, 0.227, 1.011), (6, 4, 2e-5, 0.176, 1), (6, 8, 2.9e-4, 0.187, 1),
     (8, 16, 8.1e-4, 0.225, 1)],
)  # fmt: skip
def test_frame_bounds_of_morlet(J, Q, low, low_full, high_full):
    """The bounds measured on Kymatio's filters, to their digits."""
    plain, full = (littlewood_paley(MorletSeries(J, Q, f), (4096,), 2.0**J) for f in (False, True))
    assert abs(plain.min() / low - 1) < 0.04 and abs(plain.max() - 1) < 1e-12
    assert abs(full.min() - low_full) < 5e-4 and abs(full.max() - high_full) < 5e-4


@pytest.mark.parametrize("J, L, low, high", [(3, 8, 0.123, 1.014), (3, 6, 0.054, 1.0001), (4, 4, 0.132, 1.0001)])
def test_frame_bounds_of_images(J, L, low, high, x64):
    """The same table, two dimensions: the least is at the corner."""
    bank = wavelets.morlet((64, 64), J=J, L=L, constants=wavelets.Kymatio(), oversampling="full")
    total = bank.littlewood_paley()
    assert abs(total.min() - low) < 5e-4 and abs(total.max() - high) < 5e-4
    assert total.argmin() == 32 * 64 + 32


def test_frame_bounds_of_dyadic_families():
    """[.50, 1] and, with the peer's low-pass, [.71, 1.66]."""
    spline = littlewood_paley(BattleLemarie(6, 1), (1024,), 64.0)
    bump = littlewood_paley(Bump(6, 1, constants=Untrimmed(ScatSpectra().bump_mean)), (1024,), 64.0)
    assert np.allclose([spline.min(), spline.max(), bump.min(), bump.max()], [0.5, 1, 0.714, 1.662], atol=5e-4, rtol=0)


@pytest.mark.parametrize("N", [64, 63, 90])
@pytest.mark.parametrize("name", ["meyer", "shannon", "haar"])
def test_series_that_are_tight_by_nature(name, N, x64):
    bank = getattr(wavelets, name)((N,), J=4, oversampling="full")
    assert np.abs(sum_of_squares(bank.family, (N,)) - 1).max() < 1e-13
    assert np.abs(np.array(bank.frame_bounds()) - 1).max() < 1e-13


@pytest.mark.parametrize("shape", [(16, 16), (15, 12), (14, 9)], ids=str)
@pytest.mark.parametrize("L", [2, 3, 4, 8])
def test_images_that_are_tight_by_nature(shape, L):
    """Nyquist frequencies have both signs at once: without their root mean square the sum would be off there."""
    for family in (MeyerSteerable(2, L), ShannonSteerable(2, L)):
        assert np.abs(sum_of_squares(family, shape) - 1).max() < 1e-13, family


TIGHT = {
    "morlet": lambda **kw: wavelets.morlet((90,), J=4, Q=8, full_band=True, **kw),
    "morlet_T": lambda **kw: wavelets.morlet((90,), J=4, T=5, **kw),
    "gabor": lambda **kw: wavelets.gabor((90,), J=4, full_band=True, **kw),
    "bump": lambda **kw: wavelets.bump((90,), J=4, Q=2, **kw),
    "battle_lemarie": lambda **kw: wavelets.battle_lemarie((91,), J=4, boundary=Zero(1.0), **kw),
    "haar_T": lambda **kw: wavelets.haar((64,), J=3, T=6, **{"oversampling": "full"} | kw),
    "image": lambda **kw: wavelets.morlet((18, 15), J=2, L=8, **kw),
    "image_T": lambda **kw: wavelets.morlet((18, 15), J=2, L=4, T=3, **kw),
    "cheng": lambda **kw: wavelets.morlet((16, 16), J=2, L=4, constants=wavelets.Cheng(), **kw),
}


@pytest.mark.parametrize("make", TIGHT.values(), ids=TIGHT)
def test_tight(make, rng, x64):
    """Every layer is a tight frame to rounding, and a field keeps its energy; without `tight` it would not."""
    bank, plain = make(tight=True, oversampling="full"), make()
    for layer in (bank, *bank.following()):
        assert np.abs(np.array(layer.frame_bounds()) - 1).max() < 1e-13
        assert np.abs(sum_of_squares(layer.family, layer.domain.padded, layer.T) - 1).max() < 1e-13
    assert plain.frame_bounds()[0] < 0.96 and np.array_equal(plain.table["xi"], bank.table["xi"])
    x = rng.normal(size=bank.domain.padded)
    parts = np.fft.fftn(x) * np.concatenate([bank.filters(), bank.low_pass()[None]])
    energy = (np.abs(parts) ** 2).sum() / x.size
    assert abs(energy / (x**2).sum() - 1) < 1e-13
    assert bank.at(tuple(2 * n for n in bank.shape), J=bank.J + 1).frame_bounds()[0] > 1 - 1e-13


def test_tight_default_grids():
    """What the default grids cut off moves the bounds by less than 1e-5."""
    low, high = wavelets.morlet((256,), J=5, Q=8, full_band=True, tight=True).frame_bounds()
    assert low > 1 - 1e-5 and high < 1 + 1e-5


@pytest.mark.parametrize("make", SERIES.values(), ids=SERIES)
def test_every_series(make, x64):
    """No mean, a low-pass that keeps constants, bands in decreasing frequency that are grouped by scale."""
    bank = make(oversampling="full").at((127,))
    for layer in (bank, *bank.following()):
        table, psi = layer.table, layer.filters()
        assert psi.shape == (len(table), 127) and layer.scales == table["j"].max() + 1
        assert np.abs(psi[:, 0]).max() < 1e-15 and abs(layer.low_pass()[0] - 1) < 1e-14
        assert np.all(np.diff(table["xi"]) < 0) and np.all(np.diff(table["j"]) >= 0)
        assert table["n"].tolist() == list(range(len(table)))
        assert [len(p) for p in layer.psi] == np.bincount(table["j"]).tolist()
        assert np.iscomplexobj(psi) == ("Haar" in repr(layer)) and layer.dimension == 1


@pytest.mark.parametrize("name", ["morlet", "morlet_q", "gabor", "battle_lemarie", "bump", "meyer", "shannon"])
def test_bands_stand_at_xi(name, x64):
    """xi is the mean frequency of a band's energy and sigma its width, those of a Gaussian of the same variance."""
    bank = SERIES[name](oversampling="full").at((4096,))
    nu, tested = np.fft.fftfreq(4096), 0
    for n, psi in enumerate(bank.filters()):
        xi, sigma, j = (bank.table[column][n] for column in ("xi", "sigma", "j"))
        if j == 0 or name in ("morlet", "morlet_q", "gabor") and xi < 4 * sigma:
            continue  # it wraps at the Nyquist frequency, or what takes the mean away skews it
        mean = (psi**2 * nu).sum() / (psi**2).sum()
        width = np.sqrt(2 * (psi**2 * (nu - mean) ** 2).sum() / (psi**2).sum())
        assert abs(mean / xi - 1) < 0.01, f"band {n} is centered at {mean:.4f}, xi is {xi:.4f}"
        assert abs(width / sigma - 1) < 0.02, f"band {n} is {width:.4f} wide, sigma is {sigma:.4f}"
        tested += 1
    assert tested or name == "morlet"


@pytest.mark.parametrize("make", SERIES.values(), ids=SERIES)
def test_default_grids_hold_the_filters(make, x64):
    """At two octaves what is cut is below 1e-6 of the largest value."""
    full, bank = make(oversampling="full").at((256,)), make(oversampling=2).at((256,))
    if "Haar" not in repr(bank):
        assert np.abs(full.filters() - bank.filters()).max() <= 1e-6 * np.abs(full.filters()).max()
    assert np.abs(full.low_pass() - bank.low_pass()).max() <= 1e-6


@pytest.mark.parametrize("name", ["morlet_q", "haar"])
def test_filters_are_cast_last(name, x64):
    double, single = SERIES[name](), SERIES[name](dtype=np.float32)
    for a, b in zip(jax.tree.leaves(double), jax.tree.leaves(single), strict=True):
        assert b.dtype == (jnp.complex64 if jnp.iscomplexobj(a) else jnp.float32)
        assert a.dtype.itemsize == 2 * b.dtype.itemsize
        assert np.array_equal(np.asarray(a).astype(b.dtype), np.asarray(b))


def test_haar_is_the_filter_bank_a_trous(rng, x64):
    """Averages and differences of samples 2^j apart, level by level, without any FFT."""
    x, J = rng.normal(size=24), 3
    bank = wavelets.haar((24,), J=J)
    average, spectrum = x, np.fft.fft(x)
    for j, psi in enumerate(bank.filters()):
        before = np.roll(average, 2**j)
        assert np.abs(np.fft.ifft(spectrum * psi) - (average - before) / 2).max() < 1e-14, j
        average = (average + before) / 2
    assert np.abs(np.fft.ifft(spectrum * bank.low_pass()) - average).max() < 1e-14
    six = np.fft.ifft(spectrum * wavelets.haar((24,), J=J, T=6).low_pass()).real
    assert np.abs(six - np.mean([np.roll(x, t) for t in range(6)], axis=0)).max() < 1e-14


def test_low_passes_are_dilated(x64):
    """A telescope's low-pass of T is c(T w); a dyadic family's is that of 2^J, dilated."""
    for family in (MeyerSeries(3), ShannonSeries(3), BattleLemarie(3, 1), Bump(3, 1), MorletSeries(3, 1)):
        wide, narrow = family.phi((96,), 8.0), family.phi((48,), 4.0)
        assert np.abs(wide[:12] - narrow[:12]).max() < 1e-15, family
    assert np.array_equal(ShannonSeries(3).phi((24,), 3.0)[:7], [1, 1, 1, 1, 1, 0, 0])


def test_a_profile_of_ones_own(x64):
    """The bump, written by a user, is the bump; in two dimensions a steered ring is one of the telescope."""
    inside = lambda r: np.abs(r - 1) < 1
    bump = lambda r: np.where(inside(r), np.exp(1 + 1 / np.where(inside(r), (r - 1) ** 2 - 1, -1)), 0.0)
    low_pass = lambda f: np.exp(-((f / 0.8) ** 2))
    own = wavelets.profile((60,), bump, J=3, xi=0.425, low_pass=low_pass, oversampling="full")
    bumps = wavelets.bump((60,), J=3, oversampling="full").filters()
    assert np.abs(own.filters() - bumps)[:, :31].max() < 1e-13 and not own.filters()[:, 31:].any()
    assert abs(own.low_pass()[1] - np.exp(-((8 / 60 / 0.8) ** 2))) < 1e-15
    ring = lambda r: np.sqrt(2.0) * ((r > 0.5) & (r <= 1))
    image = wavelets.profile((18, 16), ring, J=2, L=3, xi=0.5, oversampling="full")
    assert np.abs(image.family.psi((18, 16), 1) - ShannonSteerable(2, 3).psi((18, 16), 1)).max() < 1e-13


def test_a_family_of_ones_own():
    """The contract: bands, a filter, a low-pass."""

    class Boxes(wavelets.AbstractSeries):
        J: int

        def bands(self):
            return [wavelets.Band(0.375 / 2**j, 0.1 / 2**j, j) for j in range(self.J)]

        def filter(self, N, n):
            f = np.arange(N) / N * 2**n
            return ((f > 0.25) & (f <= 0.5)).astype(float)

        def phi(self, shape, T):
            return (np.abs(np.fft.fftfreq(shape[0])) * T <= 0.5).astype(float)

        def check(self, shape):
            pass

    bank = wavelets.make_bank(wavelets.tight(Boxes(3)), (64,), 2, Zero(1.0))
    assert np.allclose(bank.frame_bounds(), 1, atol=1e-6) and len(bank.table) == 3


def test_counts_of_paths():
    """The counts N_1, N_2, N_3 from the exponents of the layers that Q makes."""
    for J, Q, counts in [
        (5, 4, (18, 27, 19)), (6, 1, (7, 18, 22)), (6, 8, (38, 87, 92)), (6, 16, (63, 158, 171)),
        (8, 8, (54, 179, 310)),
        (8, (12, 2), (76, 594, 900)), (9, 16, (111, 452, 937)), (11, (8, 1), (78, 377, 1032)),
    ]:  # fmt: skip
        bank = wavelets.morlet((2**J * 2,), J=J, Q=Q)
        paths = np.ones(1)
        for m, count in enumerate(counts):
            bands = np.bincount(bank.layer(m).table["j"], minlength=J)
            before = np.concatenate([[0], np.cumsum(paths)[:-1]]) if m else np.ones(J)
            paths = bands * before
            assert paths.sum() == count, (J, Q, m)


def test_full_band_prepends():
    """One wavelet above the top for Q = 2..16, of the same relative width; none for Q = 1."""
    for Q in (2, 8, 16):
        plain, full = MorletSeries(5, Q).bands(), MorletSeries(5, Q, full_band=True).bands()
        assert full[1:] == plain and full[0].xi < 0.5 and full[0].j == 0
        assert np.isclose(full[0].xi / plain[0].xi, 2 ** (1 / Q))
        assert np.isclose(full[0].sigma / full[0].xi, plain[0].sigma / plain[0].xi)
    assert MorletSeries(5, 1, full_band=True).bands() == MorletSeries(5, 1).bands()
    assert exponent(0.2, 0.1) == 0 and exponent(0.1, 0.005) == 2 and exponent(0.12, 0.002) == 1


def test_hertz():
    """Q bands an octave down to f_min, the others of a Morlet bank of that J dropped; scales may then be empty."""
    bank = wavelets.morlet_hz((2**12,), 100, 700, sampling_rate=8000, Q=6)
    all_bands = np.array([band.xi for band in MorletSeries(bank.J, 6).bands()]) * 8000
    hertz = bank.table["xi"] * 8000
    assert np.array_equal(hertz, all_bands[(all_bands >= 100) & (all_bands <= 700)])
    assert np.allclose(hertz[:-1] / hertz[1:], 2 ** (1 / 6)) and hertz[-1] / 100 < 2 ** (1 / 6)
    assert bank.psi[0].shape[0] == 0 and bank.filters().shape == (len(hertz), 2**12)
    assert len(bank.layer(1).table) == bank.J + 1
    fewer = [band.xi for band in MorletSeries(bank.J - 1, 6).bands() if band.sigma > 0.1 / 2 ** (bank.J - 1)]
    assert min(fewer) * 8000 > 100


def test_defaults_of_series():
    """As many octaves as fit, less three; one wavelet an octave; layers that Q does not name have one."""
    assert wavelets.morlet((4096,)).J == 9 and wavelets.haar((8,)).J == 1 and wavelets.meyer((64,)).J == 3
    assert wavelets.morlet((4096,)).later is None and wavelets.morlet((4096,), Q=1).later is None
    families = lambda Q: [wavelets.morlet((256,), J=5, Q=Q).layer(m).family.Q for m in range(4)]
    assert families(8) == families((8,)) == families((8, 1)) == [8, 1, 1, 1] and families((4, 2)) == [4, 2, 1, 1]
    assert wavelets.meyer((32, 32)).L == 4 and wavelets.morlet((64,), J=3, T=20).T == 20
    assert wavelets.battle_lemarie((64,), Q=(2, 2)).layer(1).family.Q == 2


ERRORS = [
    (lambda: wavelets.morlet((256,), J=9), r"J=9 needs a length >= 512, got \(256,\): use J <= 8, or a longer series"),
    (lambda: wavelets.haar((1,), J=1), "use a longer series"),
    (lambda: wavelets.meyer((64,), J=0), "integers of at least 1"),
    (lambda: wavelets.bump((64,), J=2.0), "integers of at least 1"),
    (lambda: wavelets.morlet((256,), Q=0), "integer of at least 1, or a tuple"),
    (lambda: wavelets.morlet((256,), Q=(8, 1.5)), "integer of at least 1, or a tuple"),
    (lambda: wavelets.morlet((256,), Q=()), "integer of at least 1, or a tuple"),
    (lambda: wavelets.morlet((256,), J=2, Q=8), "use J >= 3, or a smaller Q"),
    (lambda: wavelets.gabor((256,), J=3, Q=16), "use J >= 4"),
    (lambda: wavelets.gabor((256,), J=5, Q=3), "use Q >= 4, or morlet"),
    (lambda: wavelets.morlet((256,), L=4), "a series has no angles"),
    (lambda: wavelets.profile((256,), lambda r: r, L=4), "a series has no angles"),
    (lambda: wavelets.shannon((256,), L=4), "use Q, the wavelets an octave"),
    (lambda: wavelets.morlet((16, 16), Q=8), "use L, its angles"),
    (lambda: wavelets.morlet((16, 16), full_band=True), "tight=True, or Meyer"),
    (lambda: wavelets.morlet((16, 16), constants=wavelets.ScatSpectra()), "it is of series"),
    (lambda: wavelets.meyer((16, 16), constants=wavelets.ScatSpectra()), "it is of series"),
    (lambda: wavelets.morlet((256,), constants=wavelets.Cheng()), "it is of images"),
    (lambda: wavelets.morlet((256,), constants=wavelets.ScatSpectra(), full_band=True), "its own bands"),
    (lambda: wavelets.meyer((16, 16), J=2, L=1), "use L >= 2"),
    (lambda: wavelets.haar((16, 16)), "use shannon in two dimensions"),
    (lambda: wavelets.battle_lemarie((16, 16)), "use bump_steerable in two dimensions"),
    (lambda: wavelets.haar((64,), J=3, T=5.5), "use T=6"),
    (lambda: wavelets.morlet((64,), J=3, T=100), "between 1 and the smallest side"),
    (lambda: wavelets.morlet((256,), J=5, Q=8, tight=True), "covers 0.5 cycles a sample .* use full_band=True"),
    (lambda: wavelets.morlet((256,), J=4, T=128, tight=True), "use T <= 16, or J >= 7"),
    (lambda: wavelets.bump_cheng((16, 16), J=2, tight=True), "use Morlet wavelets, L = 4 or 8, or Meyer"),
    (lambda: wavelets.make_bank(tight(MorletSeries(3, 1), 8), (64,), 2, Zero(1.0), T=4), "use tight(family, 4)"),
    (lambda: tight(wavelets.morlet((64,)).two_sided().family), "divide its filters yourself"),
    (lambda: wavelets.profile((64,), lambda r: r + 0.1), "is 0.1 at 0"),
    (lambda: wavelets.profile((64,), lambda r: r / 0), "one finite number"),
    (lambda: wavelets.profile((64,), lambda r: 1.0), "one finite number"),
    (lambda: wavelets.profile((16, 16), lambda r: r, low_pass=lambda f: 2 * np.exp(-f)), "low_pass is 2 at 0"),
    (lambda: wavelets.morlet_hz((256,), 300, 600, 1000), "0 < f_min < f_max <= 500"),
    (lambda: wavelets.morlet_hz((256,), 1, 400, 1000), "256 samples do not hold Q=8 .* use f_min >= 8"),
    (lambda: wavelets.morlet_hz((256,), 300, 301, 1000), "no wavelet of Q=8"),
    (lambda: wavelets.morlet_hz((4,), 300, 400, 1000), "J=3 needs a length >= 8"),
    (lambda: wavelets.morlet_hz((16, 16), 300, 400, 1000), "use morlet in two dimensions"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("call, message", ERRORS, ids=[message for _, message in ERRORS])
def test_errors_name_the_remedy(call, message, unchecked):
    with pytest.raises(InputError, match=message.replace("(family, 4)", r"\(family, 4\)")):
        call()
