"""The score of self-similarity: how far the spectra of a series change with scale, and how far they do by chance."""

import equinox as eqx
import numpy as np
from jaxtyping import Float

from ...citations import cites
from ...coefficients import Coefficients
from ...errors import InputError
from ..base import AbstractMoments
from .scale_invariant import LAGS, check_series, groups_of_lags, lags_of


@cites("morel2022")
class SelfSimilarity(eqx.Module):
    """The spread over scales: `total` is the sum of the four terms; NaN where one series gives no `floor`.

    - `floor`, `error`: mean and standard deviation of the score of as many self-similar series with the same noise of
      estimation.
    - `p_value`: for each of the four terms, the part of those series whose term is at least as large; four times the
      least of the four parts.
    """

    sparsity: float
    variance: float
    skewness: float
    kurtosis: float
    floor: float
    error: float
    p_value: float

    @property
    def total(self) -> float:
        """The score: 0 for a self-similar process, up to estimation."""
        return self.sparsity + self.variance + self.skewness + self.kurtosis


@cites("morel2022")
def self_similarity(c: Coefficients, finest: int = 0, samples: int = 400, seed: int = 0) -> SelfSimilarity:
    r"""The score of spectra that `ScatteringSpectra(bank)(x)` gave, of one series or, in the mean, of many:

    $$10\,\mathrm{std}_j\Delta\log_2\Phi_1^2 + 20\,\mathrm{std}_j\Delta\log_2\Phi_2 + \frac{10}{J-1}\sum_{a=1}^{J-2}
    \mathrm{std}_j\Phi_3[j-a,j] + 100\,\langle\mathrm{std}_j\Phi_4[j-a,j,j-b]\rangle_{a,b}$$

    without the low-pass, over the scales j >= `finest` (0: scatspectra's; the sampling of a path bends scale 0 of any
    process, whose wavelet reaches the Nyquist frequency). With leading axes, or the windows of one path (`local`), the
    floor is known: self-similar means with the residuals of the series, drawn again with replacement `samples` times.

    Beside the score of one series set that of white noise (`white_noise_scores`): most of both is estimation.

    **Arguments**

    - `c`: spectra of a map that was not fitted.
    - `finest`: the first scale that counts.
    - `samples`: how many draws the floor is the mean of.
    - `seed`: of these draws.

    **Errors** InputError for spectra of several channels, of the target of a fit (its $\Phi_2$ is 1), of a bank with
    several bands per octave or fewer than 3 scales.

    >>> from scatjax.moments import ScatteringSpectra
    >>> from scatjax.wavelets import battle_lemarie
    >>> x = np.random.default_rng(0).normal(size=(16, 512)).astype("float32")
    >>> score = self_similarity(ScatteringSpectra(battle_lemarie((512,), J=4))(x))
    >>> bool(abs(score.total - score.floor) < 4 * score.error)
    True
    """
    spectra = _Spectra(c, finest)
    each = spectra.values.reshape(-1, spectra.values.shape[-1])
    mean = each.mean(0)
    terms = spectra.terms(mean)
    null, p_value = np.full((1, 4), np.nan), float("nan")
    if len(each) > 1:
        rng, pure = np.random.default_rng(seed), spectra.self_similar(mean)
        draws = rng.integers(len(each), size=(samples, len(each)))
        null = np.array([spectra.terms(spectra.scattered(pure, each[draw].mean(0), mean)) for draw in draws])
        p_value = min(1.0, 4 * float((1 + (null >= terms).sum(0)).min()) / (1 + samples))
    scores = null.sum(1)
    sparsity, variance, skewness, kurtosis = map(float, terms)
    floor, error = float(scores.mean()), float(scores.std())
    return SelfSimilarity(sparsity, variance, skewness, kurtosis, floor, error, p_value)


def white_noise_scores(phi: AbstractMoments, count: int = 32, seed: int = 0) -> Float[np.ndarray, "count"]:
    """The total scores of single series of white noise, measured as `phi` measures: the scale of a score of one series.

    **Arguments**

    - `phi`: scattering spectra of series.
    - `count`: how many series.
    - `seed`: of the noise.

    >>> from scatjax.moments import ScatteringSpectra
    >>> from scatjax.wavelets import battle_lemarie
    >>> scores = white_noise_scores(ScatteringSpectra(battle_lemarie((512,), J=4)), 8)
    >>> bool((scores > 1).all() and (scores < 20).all())
    True
    """
    noise = np.random.default_rng(seed).standard_normal((count, *phi.shape)).astype("float32")
    c = phi(noise)
    return np.array([self_similarity(Coefficients(values, c.table)).total for values in c.values])


class _Spectra:
    """Spectra without the rows of the low-pass, as real numbers, and what self-similarity says of them."""

    def __init__(self, c: Coefficients, finest: int):
        low = check_series(c.table)["j1"][c.table.rows(kind="Phi2")].max()
        if "channel" in c.table.columns:
            raise InputError("a score is of one series: select a channel's own spectra, or measure each alone.")
        if finest < 0:
            raise InputError(f"finest={finest} must be a scale, 0 or more.")
        kept = (c.table["j1"] >= finest) | (c.table["kind"] == "mean")
        table, self.J = c.table.take(kept), int(low) - finest
        self.lags = lags_of(table)
        if self.J < 3:
            raise InputError(f"a score over {self.J} scales says nothing: use a bank with J >= {finest + 3}.")
        self.values = np.asarray(c.values, float)[..., kept]
        self.first = table.rows(kind="Phi1")
        self.second = np.setdiff1d(table.rows(kind="Phi2"), table.rows(kind="Phi2", j1=low))
        self.groups = {kind: [index for index, _ in groups_of_lags(table, self.lags, kind)] for kind in LAGS}
        if np.allclose(self.values[..., self.second], 1, atol=1e-5):
            raise InputError("these spectra are divided by their own power: pass those of a map that was not fitted.")

    def terms(self, v: Float[np.ndarray, "K"]) -> tuple[float, float, float, float]:
        """The four terms of one vector."""
        slope = lambda power: np.diff(np.log2(power)).std(ddof=1)
        spread = {kind: self._spread(v, kind) for kind in LAGS}
        skewness = sum(s for (a, _), s in spread["Phi3"].items() if 1 <= a <= self.J - 2)
        kurtosis = [s for (a, b), s in spread["Phi4"].items() if a <= self.J - 2 and a - b < self.J - 1]
        first, second = slope(v[self.first] ** 2), slope(v[self.second])
        return 10 * first, 20 * second, 10 / (self.J - 1) * skewness, 100 * float(np.mean(kurtosis))

    def _spread(self, v: np.ndarray, kind: str) -> dict[tuple[int, int], float]:
        """The standard deviation over j of complex numbers, by lags (a, b)."""
        square: dict[tuple[int, int], float] = {}
        for groups in self.groups[kind]:
            for rows in groups:
                lag = (int(self.lags["a"][rows[0]]), int(self.lags["b"][rows[0]]))
                square[lag] = square.get(lag, 0.0) + v[rows].var()
        return {lag: float(np.sqrt(total)) for lag, total in square.items()}

    def scattered(self, pure: np.ndarray, draw: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """`pure` with the noise of a draw: powers by factors, which keep them positive, the rest by differences."""
        noisy, powers = pure + draw - mean, np.concatenate([self.first, self.second])
        noisy[powers] = pure[powers] * draw[powers] / mean[powers]
        return noisy

    def self_similar(self, v: np.ndarray) -> np.ndarray:
        """The nearest self-similar vector: logarithms of powers linear in j, covariances the means of their lags."""
        pure, j = v.copy(), np.arange(self.J)
        for rows in (self.first, self.second):
            pure[rows] = 2 ** np.polyval(np.polyfit(j, np.log2(v[rows]), 1), j)
        for groups in (index for kind in LAGS for index in self.groups[kind]):
            pure[groups] = v[groups].mean(1, keepdims=True)
        return pure
