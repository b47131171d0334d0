r"""Scale-invariant spectra of series, and how far a process is from self-similarity.

Of a wide-sense self-similar process $\Phi_3[j_1,j_2]$ depends on the lag $a=j_2-j_1$ alone, $\Phi_4[j_1,j_2,j_3]$ on
$a=j_2-j_1$ and $b=j_2-j_3$, and $\Phi_1$, $\Phi_2$ are powers of $2^j$ (Morel et al. 2022, sections 3 and 4).
`invariant` averages over j at fixed lags, ~J^2 numbers in place of ~J^3; `self_similarity` scores the spread over j,
beside the spread that estimation alone gives.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ..coefficients import Coefficients, Table, concatenate
from ..errors import InputError
from .base import AbstractMoments
from .reduce import Reduced, Rotation

LAGS = {"Phi3": "Phi3(a)", "Phi4": "Phi4(a,b)"}


def invariant(phi: AbstractMoments) -> Reduced:
    r"""Spectra of series with $\Phi_3$, $\Phi_4$ averaged over the scales at fixed lags, the low-pass left as it is:

    $$\Phi_3(a) = \langle\Phi_3[j-a,j]\rangle_{j=a..J-1},\quad
    \Phi_4(a,b) = \langle\Phi_4[j-a,j,j-b]\rangle_{j=a..J+b-1},\; b<0$$

    New kinds "Phi3(a)", "Phi4(a,b)" with columns a and b, counted in octaves; rows of the low-pass keep their kinds.
    `fit` and synthesis work as on any map.

    **Errors** InputError for other maps, and for banks with several bands an octave.

    >>> from scatjax.moments import ScatteringSpectra
    >>> from scatjax.wavelets import battle_lemarie
    >>> phi = invariant(ScatteringSpectra(battle_lemarie((1024,), J=6)))
    >>> int((phi.table["part"] != "im").sum())
    62
    """
    table = _of_series(phi.table)
    lags = _lags(table)
    alone = np.flatnonzero(lags["a"] < 0)
    rotation, tables = [(alone[:, None], np.eye(1))], [_labeled(table.take(alone))]
    for kind, name in LAGS.items():
        for index, rows in _groups(table, lags, kind):
            rotation.append((index, np.full((1, index.shape[1]), 1 / index.shape[1])))
            tables.append(_labeled(rows, name, lags["a"][index[:, 0]], lags["b"][index[:, 0]]))
    turned = Rotation(
        tuple(jnp.asarray(index, jnp.int32) for index, _ in rotation),
        tuple(jnp.asarray(matrix, jnp.result_type(float)) for _, matrix in rotation),
    )
    every = concatenate(tables)
    order = _order(every)
    return Reduced(phi, (turned,), jnp.asarray(order, jnp.int32), every.take(order))


class SelfSimilarity(eqx.Module):
    """The spread over scales: `total` is the sum of the four terms; NaN where one series gives no `floor`.

    `floor`, `error`: mean and standard deviation of the score of as many self-similar series with the same noise of
    estimation; `p_value`: four times the least part of them whose term is at least as large, of the four terms.
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


def self_similarity(c: Coefficients, finest: int = 0, samples: int = 400, seed: int = 0) -> SelfSimilarity:
    r"""The score of spectra that `ScatteringSpectra(bank)(x)` gave, of one series or, in the mean, of many:

    $$10\,\mathrm{std}_j\Delta\log_2\Phi_1^2 + 20\,\mathrm{std}_j\Delta\log_2\Phi_2 + \frac{10}{J-1}\sum_{a=1}^{J-2}
    \mathrm{std}_j\Phi_3[j-a,j] + 100\,\langle\mathrm{std}_j\Phi_4[j-a,j,j-b]\rangle_{a,b}$$

    without the low-pass, over the scales j >= `finest` (0: scatspectra's; the sampling of a path bends scale 0 of any
    process, whose wavelet reaches the Nyquist frequency). With leading axes, or the windows of one path (`local`), the
    floor is known: self-similar means with the residuals of the series, drawn again with replacement `samples` times.

    Beside the score of one series set that of white noise (`white_noise_scores`): most of both is estimation.

    **Errors** InputError for spectra of several channels, of the target of a fit (its $\Phi_2$ is 1), of a bank with
    several bands an octave or fewer than 3 scales.

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
    return SelfSimilarity(*map(float, terms), float(scores.mean()), float(scores.std()), p_value)


def white_noise_scores(phi: AbstractMoments, count: int = 32, seed: int = 0) -> Float[np.ndarray, "count"]:
    """The total scores of single series of white noise, measured as `phi` measures: the scale of a score of one series.

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
    """Rows without the low-pass, as real numbers, and what self-similarity says of them."""

    def __init__(self, c: Coefficients, finest: int):
        low = _of_series(c.table)["j1"][c.table.rows(kind="Phi2")].max()
        if "channel" in c.table.columns:
            raise InputError("a score is of one series: select a channel's own spectra, or measure each alone.")
        if finest < 0:
            raise InputError(f"finest={finest} must be a scale, 0 or more.")
        kept = (c.table["j1"] >= finest) | (c.table["kind"] == "mean")
        table, self.J = c.table.take(kept), int(low) - finest
        self.lags = _lags(table)
        if self.J < 3:
            raise InputError(f"a score over {self.J} scales says nothing: use a bank with J >= {finest + 3}.")
        self.values = np.asarray(c.values, float)[..., kept]
        self.first = table.rows(kind="Phi1")
        self.second = np.setdiff1d(table.rows(kind="Phi2"), table.rows(kind="Phi2", j1=low))
        self.groups = {kind: [index for index, _ in _groups(table, self.lags, kind)] for kind in LAGS}
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
        """(a, b) -> the standard deviation over j of complex numbers."""
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


def _of_series(table: Table) -> Table:
    if not {"Phi2", *LAGS} <= set(table["kind"].tolist()) or "a" in table.columns:
        raise InputError(f"scale invariance is of scattering spectra of series, not of {sorted(set(table['kind']))}.")
    if "n1" in table.columns:
        raise InputError("this bank has several bands an octave: use one (Q=1) for lags in octaves.")
    if table["j1"][table.rows(kind="Phi2")].max() < 2:
        raise InputError("one octave has no lags: use a bank with J >= 2.")
    return table


def _lags(table: Table) -> dict[str, np.ndarray]:
    """a and b of each row, -1 and 0 where it has none (the low-pass, powers)."""
    low = table["j1"][table.rows(kind="Phi2")].max()
    third, fourth = (table["kind"] == kind for kind in LAGS)
    last = np.where(fourth, table["j3"], table["j2"])
    inside = (third | fourth) & (last < low)
    a = np.where(inside, table["j2"] - table["j1"], -1)
    return {"a": a, "b": np.where(inside & fourth, table["j2"] - table["j3"], 0)}


def _groups(table: Table, lags: dict[str, np.ndarray], kind: str) -> list[tuple[np.ndarray, Table]]:
    """(group, n) rows of equal lags, part and channels, one array a length n, and the table of each group's first."""
    rows = np.flatnonzero((table["kind"] == kind) & (lags["a"] >= 0))
    columns = [table[name] for name in ("part", "channel") if name in table.columns]
    labels = np.stack([label[rows].astype(str) for label in (*lags.values(), *columns)])
    _, group = np.unique(labels, axis=1, return_inverse=True)
    members = [rows[group.reshape(-1) == g] for g in range(group.max() + 1)]
    lengths = sorted({len(m) for m in members}, reverse=True)
    stacked = [np.stack([m for m in members if len(m) == n]) for n in lengths]
    return [(index, table.take(index[:, 0])) for index in stacked]


def _labeled(table: Table, kind: str | None = None, a: np.ndarray | int = -1, b: np.ndarray | int = 0) -> Table:
    """Rows with columns a and b; those of lags have no scale."""
    columns = {n: c for n, c in table.columns.items() if kind is None or n in ("part", "channel")}
    columns["kind"] = table["kind"] if kind is None else np.full(len(table), kind)
    return Table(**columns, a=np.broadcast_to(a, len(table)), b=np.broadcast_to(b, len(table)))


def _order(table: Table) -> np.ndarray:
    """Rows by kind as they come first, lags by a, then b, real parts before imaginary ones."""
    kinds = list(dict.fromkeys(table["kind"].tolist()))
    place = np.array([kinds.index(kind) for kind in table["kind"]])
    lagged = np.isin(table["kind"], list(LAGS.values()))
    at = np.arange(len(table))
    channel = table["channel"] if "channel" in table.columns else np.full(len(table), "")
    keys = [np.where(lagged, key, 0) for key in (table["b"], table["a"], table["part"] == "im")]
    return np.lexsort((np.where(lagged, 0, at), *keys, np.where(lagged, channel, ""), place))
