"""Filters of every family against peers' stored ones, or a slow statement of the published formula."""


import numpy as np
import pytest

from scatjax import wavelets

from ..helpers import GOLDEN, peers
from ..helpers.tables import BANKS

WPH = GOLDEN / "wph" / "bump_steerable.npz"


def whole(bank):
    """All filters as (J, L, *shape)."""
    return bank.filters().reshape(bank.J, bank.L, *bank.shape)


@pytest.mark.golden
@pytest.mark.parametrize("family", ["morlet", "BS", "gau", "shannon"])
def test_cheng(family, x64):
    stored = peers.golden(f"filters_{family}_64_J4_L4")["psi"]
    assert np.abs(whole(peers.bank(64, family)) - stored).max() < 1e-14


@pytest.mark.golden
def test_bump_steerable(x64):
    """pywph's wavelets; its low-passes have other widths, so phi is the one of the authors' Matlab."""
    with np.load(WPH) as stored:
        psi, phi = stored["psi"], stored["phi"]
    bank = wavelets.bump_steerable((64, 64), J=3, L=4, oversampling="full")
    assert np.abs(whole(bank) - psi).max() < 1e-14
    wide = wavelets.bump_steerable((128, 128), J=4, L=4, oversampling="full").low_pass()
    assert np.abs(wide[:65, :65] - phi).max() < 1e-14


def _kymatio_gabor(shape, sigma, theta, xi, slant):
    """Kymatio's wavelet, pixel by pixel: periods summed in space, 3.1415 in the amplitude."""
    out = np.zeros(shape, complex)
    for u in range(shape[0]):
        for v in range(shape[1]):
            for p in range(-2, 3):
                for q in range(-2, 3):
                    row, column = u + p * shape[0], v + q * shape[1]
                    a = row * np.cos(theta) + column * np.sin(theta)
                    b = column * np.cos(theta) - row * np.sin(theta)
                    out[u, v] += np.exp(-(a**2 + slant**2 * b**2) / (2 * sigma**2) + 1j * xi * a)
    return out / (2 * 3.1415 * sigma**2 / slant)


def test_kymatio(x64):
    shape, J, L = (12, 8), 2, 3
    bank = wavelets.morlet(shape, J=J, L=L, constants=wavelets.Kymatio(), oversampling="full")
    for j in range(J):
        for t in range(L):
            theta = (int(L - L / 2 - 1) - t) * np.pi / L
            sigma, xi, slant = 0.8 * 2**j, 3 * np.pi / 4 / 2**j, 4 / L
            wave, envelope = (_kymatio_gabor(shape, sigma, theta, x, slant) for x in (xi, 0.0))
            psi = np.fft.fft2(wave - wave.sum() / envelope.sum() * envelope).real
            assert np.abs(whole(bank)[j, t] - psi).max() < 1e-13, (j, t)
    phi = np.fft.fft2(_kymatio_gabor(shape, 0.8 * 2 ** (J - 1), 0, 0, 1)).real
    assert np.abs(bank.low_pass() - phi).max() < 1e-13
    assert abs(bank.low_pass()[0, 0] - np.pi / 3.1415) < 1e-4  # the peer's quirk is kept


def test_exact_morlet_is_the_sampled_wavelet(x64):
    """Ours is the closed form in frequency with all periods: the Fourier transform of samples in space."""
    shape, j, L = (32, 24), 1, 4
    bank = wavelets.morlet(shape, J=2, L=L, oversampling="full")
    sigma, xi = 0.8 * 2**j, 3 * np.pi / 4 / 2**j
    u, v = np.arange(-2 * 32, 2 * 32)[:, None], np.arange(-2 * 24, 2 * 24)[None]
    gauss = np.exp(-(u**2 + v**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)  # slant 4/L = 1
    for l, theta in enumerate(np.pi * np.arange(L) / L):
        wave = gauss * np.exp(1j * xi * (v * np.cos(theta) + u * np.sin(theta)))  # axis 1 toward axis 0
        fold = lambda f: np.fft.fft2(f.reshape(4, 32, 4, 24).sum((0, 2)))
        want = fold(wave) - fold(wave)[0, 0] / fold(gauss)[0, 0] * fold(gauss)
        assert np.abs(whole(bank)[j, l] - want).max() < 1e-14, theta


FAMILIES = {
    "morlet": lambda shape: wavelets.morlet(shape, J=3, L=6, oversampling="full"),
    "kymatio": lambda shape: wavelets.morlet(shape, J=3, L=6, constants=wavelets.Kymatio(), oversampling="full"),
    "cheng": lambda shape: wavelets.morlet(shape, J=3, L=6, constants=wavelets.Cheng(), oversampling="full"),
    "bump_steerable": lambda shape: wavelets.bump_steerable(shape, J=3, L=6, oversampling="full"),
    "bump_cheng": lambda shape: wavelets.bump_cheng(shape, J=3, L=6, oversampling="full"),
    "gaussian_steerable": lambda shape: wavelets.gaussian_steerable(shape, J=3, L=6, oversampling="full"),
    "shannon": lambda shape: wavelets.shannon(shape, J=3, L=6, oversampling="full"),
}


@pytest.mark.parametrize("make", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("shape", [(64, 64), (81, 60)], ids=["square", "odd"])
def test_theta_is_the_wave_vectors_angle(make, shape, x64):
    """The center of each filter's energy points to theta, axis 1 toward axis 0, at xi (cycles a pixel)."""
    bank = make(shape)
    wy, wx = (w.astype(float) for w in np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij"))
    for row, psi in enumerate(bank.filters()):
        j, theta, xi = (bank.table[name][row] for name in ("j", "theta", "xi"))
        if j == 0:
            continue  # it wraps at the Nyquist frequency
        y, x = (psi**2 * wy).sum() / (psi**2).sum(), (psi**2 * wx).sum() / (psi**2).sum()
        turned = np.angle(np.exp(1j * (np.arctan2(y, x) - theta)))
        assert abs(turned) < 0.06, f"band {row} points to {np.arctan2(y, x):.3f}, theta is {theta:.3f}"
        assert 0.8 * xi < np.hypot(y, x) < 1.15 * xi, f"band {row} is centered at {np.hypot(y, x):.4f}, xi is {xi:.4f}"


@pytest.mark.parametrize("name", ["morlet", "morlet_kymatio", "morlet_cheng", "bump_steerable", "gaussian_steerable"])
def test_largest_value_stands_at_xi(name, x64):
    """The finest band too: its maximum is the wave number nearest to xi (cos theta, sin theta)."""
    bank = BANKS[name](oversampling="full").at((64, 64))
    k = np.fft.fftfreq(64)
    for row, psi in enumerate(bank.filters()):
        theta, xi = bank.table["theta"][row], bank.table["xi"][row]
        y, x = np.unravel_index(psi.argmax(), psi.shape)
        distance = np.hypot(*((np.array([k[y] - xi * np.sin(theta), k[x] - xi * np.cos(theta)]) + 0.5) % 1 - 0.5))
        assert distance < 1.6 / 64, f"band {row}: maximum at ({k[y]:.3f}, {k[x]:.3f})"


@pytest.mark.parametrize("make", BANKS.values(), ids=BANKS)
def test_every_filter_is_real_and_has_no_mean(make, x64):
    bank = make(oversampling="full").at((15, 18))
    assert bank.filters().dtype == np.float64 and bank.filters().shape == (8, 15, 18)
    assert np.abs(bank.filters()[:, 0, 0]).max() < 1e-15
    assert abs(bank.low_pass()[0, 0] - 1) < 1e-4 and bank.low_pass().argmax() == 0


def test_frequency_factor_and_overlap_of_cheng(x64):
    """Both of the peer's knobs: centers move, angles widen."""
    plain, far, wide = (
        wavelets.morlet((64, 64), J=2, L=8, constants=c, oversampling="full")
        for c in (wavelets.Cheng(), wavelets.Cheng(frequency_factor=0.5), wavelets.Cheng(l_oversampling=2.0))
    )
    assert np.abs(whole(far)[0] - whole(plain)[1]).max() < 1e-14  # one octave lower
    four = wavelets.morlet((64, 64), J=2, L=4, constants=wavelets.Cheng(), oversampling="full")
    assert np.abs(whole(wide)[:, 1::2] - whole(four)).max() < 1e-14  # 8 angles of the width of 4
