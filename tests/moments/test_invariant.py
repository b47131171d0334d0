"""Scale-invariant spectra, scores of self-similarity, windows, and the values that theory gives for Gaussian series."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import hyp2f1

from scatjax import fields
from scatjax.domains import Periodic
from scatjax.errors import InputError
from scatjax.moments import ScatteringSpectra, invariant, local, self_similarity
from scatjax.synthesis import synthesize
from scatjax.wavelets import battle_lemarie, morlet

from ..helpers.spectra_of_series import MIRROR, Slow, golden, peer_bank, series

SCORES = {  # meta.json of the peer: sparsity, variance, skewness, kurtosis
    "snp": (1.1277312815597669, 3.729845248638586, 0.18364040911689034, 0.3404350369006349),
    "helium": (3.346654945702957, 31.906865456539094, 0.22017681582971474, 0.5930356007805584),
    "gauss": (0.6225840649456442, 4.6638944181763025, 0.19177584242301426, 0.39532959289623565),
    "brown": (1.246027302617987, 12.375770996900124, 0.21644722512213557, 0.5521563702997829),
}


@pytest.mark.golden
def test_golden_invariant(x64):
    """The peer's 62 numbers in its order; its projector is complex64."""
    c = jax.jit(invariant(ScatteringSpectra(peer_bank())))(series("snp"))
    stored = golden("snp_inv_scat_spectra")
    for kinds, theirs in ((("Phi3", "Phi3(a)"), "skewness"), (("Phi4", "Phi4(a,b)"), "kurtosis")):
        want = stored["y"][stored["type"] == theirs]
        got = np.concatenate([np.asarray(c[kind], complex) for kind in kinds])
        assert np.abs(got - want).max() <= 1e-7
        lagged = c.table.take(c.table.rows(kind=kinds[1], part="re"))
        keep = (stored["type"] == theirs) & (stored["a"] >= 0)
        assert np.array_equal(lagged["a"], stored["a"][keep])
        assert kinds[0] == "Phi3" or np.array_equal(lagged["b"], stored["b"][keep])
    assert np.allclose(c["Phi2"], stored["y"][stored["type"] == "variance"].real, rtol=1e-12)


@pytest.mark.golden
@pytest.mark.parametrize("name", SCORES)
def test_golden_scores(name, x64):
    score = self_similarity(jax.jit(ScatteringSpectra(peer_bank()))(series(name)))
    got = (score.sparsity, score.variance, score.skewness, score.kurtosis)
    assert np.allclose(got, SCORES[name], rtol=1e-12, atol=0)
    assert np.isclose(score.total, sum(SCORES[name])) and np.isnan(score.floor)


def test_invariant_is_a_mean_over_scales(rng, x64):
    """Row by row from the spectra themselves, channels apart."""
    phi = ScatteringSpectra(battle_lemarie((256,), J=4), channels=2)
    x = rng.normal(size=(2, 256)).cumsum(-1)
    c, every = jax.jit(invariant(phi))(x), jax.jit(phi)(x)
    for channel in ("a", "ba"):
        for a in range(4):
            rows = every.table.take(every.table.rows(kind="Phi3", channel=channel, part="re"))
            own = [every["Phi3"][i] for i in np.flatnonzero(every.table["channel"][_re(every, "Phi3")] == channel)]
            mean = np.mean(
                [v for v, j1, j2 in zip(own, rows["j1"], rows["j2"], strict=True) if j2 < 4 and j2 - j1 == a]
            )
            at = c.table.take(_re(c, "Phi3(a)"))
            (got,) = np.asarray(c["Phi3(a)"])[(at["channel"] == channel) & (at["a"] == a)]
            assert np.isclose(got, mean, rtol=1e-12)


def _re(c, kind):
    return c.table.rows(kind=kind, part="re")


def test_invariant_draws(rng):
    """It is a map like any other: fit, synthesis."""
    x = rng.standard_t(4, size=512).astype("float32")
    phi = invariant(ScatteringSpectra(battle_lemarie((512,), J=4)))
    result = synthesize(jax.random.key(0), phi, x, tolerance=0.02, max_steps=200, report=None)
    assert result.statuses() == ["converged"]


def paths(law, T, count):
    return np.asarray(jax.vmap(law)(jax.random.split(jax.random.key(1), count)), "float32")


@pytest.mark.parametrize("name", ["fbm", "mrw"])
def test_self_similar_processes_score_at_the_floor(name):
    """Within 4 deviations of the floor of 64 paths. Scale 0 is left out: sampling bends it (0 asks for p < .05)."""
    laws = {
        "fbm": lambda key: fields.fractional_brownian(key, 2048, 0.7),
        "mrw": lambda key: fields.multifractal(key, 2048, H=0.5, lam=0.2),
    }
    c = ScatteringSpectra(battle_lemarie((2048,), J=7, oversampling="full", boundary=MIRROR))(
        paths(laws[name], 2048, 64)
    )
    score = self_similarity(c, finest=1)
    assert score.total < score.floor + 4 * score.error and score.p_value > 0.01, score


def crossover(key):
    """White noise below a walk: no power law."""
    first, second = jax.random.split(key)
    return jax.random.normal(first, 2048) + 0.05 * jnp.cumsum(jax.random.normal(second, 2048))


def bursts(key):
    """White noise of two volatilities, drawn every 32 samples: white, and intermittent at one scale."""
    first, second = jax.random.split(key)
    loud = jax.random.bernoulli(first, 0.5, (64,))
    return jnp.repeat(jnp.where(loud, 1.5, 0.3), 32) * jax.random.normal(second, 2048)


@pytest.mark.parametrize("law", [crossover, bursts])
def test_two_scales_are_rejected(law):

    c = ScatteringSpectra(battle_lemarie((2048,), J=7, oversampling="full", boundary=MIRROR))(paths(law, 2048, 64))
    score = self_similarity(c, finest=1)
    assert score.p_value < 0.02, score
    assert law is bursts or score.total > score.floor + 4 * score.error


@pytest.mark.parametrize("boundary", [MIRROR, Periodic()], ids=["mirror", "periodic"])
def test_windows(boundary, rng, x64):
    """Each window is the slow weighted sum; centers are its middle."""
    bank = battle_lemarie((120,), J=3, oversampling="full", boundary=boundary)
    x = rng.normal(size=120).cumsum()
    centers, c = local(ScatteringSpectra(bank), x, width=40, step=30)
    assert centers.tolist() == [20, 50, 80]
    for i, center in enumerate(centers):
        weight = np.zeros(120)
        weight[center - 20 : center + 20] = np.sin(np.pi * (np.arange(40) + 0.5) / 40) ** 2
        for kind, want in Slow(bank, x, weight).expected().items():
            assert np.allclose(c[kind][i], want, rtol=1e-11, atol=1e-11 * np.abs(want).max()), kind


@pytest.mark.parametrize("exponent", [0.0, -1.4], ids=["white", "fractional"])
def test_gaussian_truth(exponent, x64):
    """200 white and 200 fractional paths, T = 2048, J = 8, pooled power: Phi3 = 0, Phi1 = sqrt(pi)/2, Phi4 as below.

    4 standard errors, about 700 comparisons of correlated numbers: a new draw fails by chance in less than 5 % of runs.
    """
    spectrum = _power_law(2048, exponent)
    bank = battle_lemarie((2048,), J=8, oversampling="full")
    x = np.asarray(
        jax.vmap(lambda key: fields.gaussian(key, (2048,), spectrum))(jax.random.split(jax.random.key(3), 200))
    )
    phi = ScatteringSpectra(bank).fit(x)
    c = phi(x)
    mean, error = (lambda v: (v.mean(0), v.std(0, ddof=1) / np.sqrt(len(v))))(np.asarray(c.values))
    rows = c.table.rows(kind="Phi3")
    assert np.all(np.abs(mean[rows]) <= 4 * error[rows] + 1e-14)
    analytic = c.table.rows(kind="Phi1", j1=slice(1, None))
    assert np.all(np.abs(mean[analytic] - np.sqrt(np.pi) / 2) <= 4 * error[analytic])
    rows = np.intersect1d(c.table.rows(kind="Phi4", j1=slice(1, None)), c.table.rows(part="re"))
    expected = np.array([_gaussian_kurtosis(bank, spectrum, *_scales(c.table, row)) for row in rows])
    assert np.abs(expected).max() > 0.1
    assert np.all(np.abs(mean[rows] - expected.real) <= 4 * error[rows])
    # of all rows, psi_0 too: other draws, other code
    rows = np.intersect1d(c.table.rows(kind="Phi4"), c.table.rows(part="re"))
    other, spread = _measured_kurtosis(bank, spectrum, [_scales(c.table, row) for row in rows])
    assert np.all(np.abs(mean[rows] - other) <= 4 * np.hypot(error[rows], spread))


def _measured_kurtosis(bank, spectrum, scales, count=200):
    """Re Phi4 in NumPy over `count` draws with pooled power: the mean and its standard error."""
    noise = np.fft.fft(np.random.default_rng(5).standard_normal((count, len(spectrum))))
    filters = np.concatenate([bank.filters(), bank.low_pass()[None]]).astype(float)
    moduli = [np.abs(np.fft.ifft(noise * np.sqrt(spectrum) * psi)) for psi in filters[:-1]]
    powers = [np.mean(u**2) for u in moduli]
    spectra = [np.fft.fft(u, norm="forward") for u in moduli]
    each = np.array([
        (spectra[j2] * spectra[j1].conj() * filters[j3] ** 2).sum(-1).real / np.sqrt(powers[j1] * powers[j2])
        for j1, j2, j3 in scales
    ])  # fmt: skip
    return each.mean(1), each.std(1, ddof=1) / np.sqrt(count)


def _power_law(T, exponent):
    k = np.abs(np.fft.fftfreq(T))
    return np.where(k > 0, np.maximum(k, 1 / T) ** exponent, 0.0)


def _scales(table, row):
    return [int(table[name][row]) for name in ("j1", "j2", "j3")]


def _gaussian_kurtosis(bank, spectrum, j1, j2, j3):
    """<(|W_2| * psi_3) conj(|W_1| * psi_3)> of circular Gaussian fields: the covariance of their moduli is
    (pi/4) (2F1(-1/2, -1/2; 1; |rho|^2) - 1) where rho is their correlation at a lag; psi_0 is not analytic.
    """
    first, second = bank.filters()[[j1, j2]].astype(float)
    third = bank.low_pass() if j3 == bank.J else bank.filters()[j3]
    power = [np.sum(spectrum * psi**2) for psi in (first, second)]
    rho = np.fft.ifft(spectrum * first * second) * len(spectrum) / np.sqrt(np.prod(power))
    covariance = np.pi / 4 * (hyp2f1(-0.5, -0.5, 1, np.minimum(np.abs(rho) ** 2, 1)) - 1)
    modulus = np.fft.fft(covariance) / len(spectrum)
    modulus[0] += np.pi / 4
    return np.sum(modulus * np.abs(third) ** 2)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda phi, x: invariant(ScatteringSpectra(morlet((64,), J=3, Q=2))), "one .Q=1."),
        (lambda phi, x: invariant(ScatteringSpectra(morlet((16, 16), J=2))), "of series"),
        (lambda phi, x: self_similarity(phi.fit(x)(x)), "not fitted"),
        (lambda phi, x: self_similarity(phi(x), finest=1), "J >= 4"),
        (lambda phi, x: self_similarity(phi(x), finest=-1), "finest=-1"),
        (lambda phi, x: self_similarity(ScatteringSpectra(phi.bank, channels=2)(np.stack([x, x]))), "of one series"),
        (lambda phi, x: self_similarity(invariant(phi)(x)), "of series"),
        (lambda phi, x: invariant(invariant(phi)), "of series"),
        (lambda phi, x: invariant(ScatteringSpectra(battle_lemarie((64,), J=1))), "J >= 2"),
        (lambda phi, x: local(phi, x, width=4), "between 2.J = 8"),
        (lambda phi, x: local(phi, np.stack([x, x]), width=32), "one series"),
        (lambda phi, x: local(ScatteringSpectra(phi.bank, mask=np.ones(64)), x, width=32), "without a mask"),
    ],
)
def test_errors(call, message, rng):
    with pytest.raises(InputError, match=message):
        call(ScatteringSpectra(battle_lemarie((64,), J=3)), rng.normal(size=64).astype("float32"))
