r"""The average smile: volatilities that Black-Scholes implies for options priced on one path's own history.

An option of maturity T is worth what its payoff was on average over all windows of T samples of the path. Turned into
the volatility at which Black-Scholes gives this price, the numbers show the law of returns over T in one unit: flat for
Gaussian returns, a smile for fat tails, a skew where falls announce volatility (leverage). Morel et al. 2022
(arXiv 2204.10177) and Morel, Mallat, Bouchaud 2023 (arXiv 2308.01486) judge models of markets by it; the peer
(scatspectra, shadowing) prices by hedged Monte Carlo on the same windows and takes its at-the-money volatility of each
maturity as the unit of moneyness; here the payoff is averaged without a hedge and std(r) is the unit.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..citations import cites
from ..errors import InputError
from .checks import varying

MATURITIES = (5, 20, 60)
MONEYNESS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
_LARGEST = 20.0  # total volatility at which an option is worth the share itself, to 1e-23


@cites("morel2022", "morel2023")
def smile(
    r,
    maturities: Sequence[int] = MATURITIES,
    moneyness: Sequence[int | float] | np.ndarray = MONEYNESS,
    sampling_rate: int | float | None = None,
) -> Float[np.ndarray, "maturities moneyness"]:
    r"""Implied volatility $\sigma(T, M)$ of the average option on the path of log returns r.

    $z_t = e^{X_{t+T} - X_t} / \langle e^{X_{t+T} - X_t}\rangle$ over all windows, so that prices are a martingale on
    average, the strike $K = e^{M\,\mathrm{std}(r)\sqrt T}$, the price $\langle(z_t - K)_+\rangle$ of a call for
    $M \ge 0$, $\langle(K - z_t)_+\rangle$ of a put for $M < 0$ (both imply one volatility, as $\langle z\rangle = 1$).

    **Arguments**

    - `r`: log returns.
    - `maturities`: T, in samples.
    - `moneyness`: M, in standard deviations of the return over T.
    - `sampling_rate`: returns per unit of time, 252 for annual volatilities of daily returns; None: the volatility of
      one return.

    **Returns** NaN where no window ends beyond the strike. Windows overlap: see `bootstrap` for errors.

    **Errors** InputError for maturities not between 1 and N - 1, moneyness that is not finite, a rate that is not
    positive, and for r whose paths leave $e^{\pm 50}$: those are no log returns.

    >>> r = 0.01 * np.random.default_rng(0).standard_normal(100_000)
    >>> smile(r, (5,), (-1, 0, 1)).round(4)
    array([[0.01, 0.01, 0.01]])
    """
    r, points = varying(r, "r", 1), np.asarray(moneyness, float)
    if points.ndim != 1 or not np.isfinite(points).all():
        raise InputError(f"moneyness={moneyness!r} must be finite numbers, in units of std(r) sqrt(T).")
    if sampling_rate is not None and not 0 < sampling_rate < np.inf:
        raise InputError(f"sampling_rate={sampling_rate!r} must be positive, such as 252, or None: per sample.")
    total = np.array([implied_total(*_prices(r, T, points * r.std() * np.sqrt(T))) for T in maturities])
    return total / np.sqrt(np.asarray(maturities, float) / (sampling_rate or 1))[:, None]


def _prices(r: np.ndarray, maturity: int, strikes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average payoffs of the options that are out of the money, and the logarithms of their strikes."""
    if not 1 <= maturity < len(r):
        raise InputError(f"maturity {maturity} must be between 1 and {len(r) - 1} for a series of {len(r)} samples.")
    path = np.concatenate([[0.0], np.cumsum(r - r.mean())])
    moves = path[maturity:] - path[:-maturity]
    if np.abs(moves).max() > 50:
        raise InputError(
            f"over {maturity} samples the price moves by e^{np.abs(moves).max():.0f}: r must hold log returns; "
            f"for a series in other units take 0.01 * r / r.std()."
        )
    z = np.exp(moves)
    gains = z[:, None] / z.mean() - np.exp(strikes)[None]
    return np.maximum(np.where(strikes >= 0, gains, -gains), 0).mean(0), strikes


def implied_total(prices: np.ndarray, strikes: np.ndarray) -> np.ndarray:
    r"""The total volatility $s = \sigma\sqrt T$ of prices of options out of the money, by bisection to rounding.

    The share costs 1, the rate is 0: a call costs $\Phi(d) - K\Phi(d - s)$, $d = s/2 - \ln K/s$, for $K \ge 1$, a put
    the same less $1 - K$ below (Black, Scholes 1973, Journal of Political Economy 81, 637). `strikes` are $\ln K$; NaN
    where the price is 0.

    >>> from scipy.special import ndtr
    >>> implied_total(np.array([2 * ndtr(0.1) - 1]), np.array([0.0])).round(12)
    array([0.2])
    """
    low, high = np.zeros_like(prices), np.full_like(prices, _LARGEST)
    for _ in range(56):  # 20 / 2^56 is below rounding
        middle = (low + high) / 2
        above = _black_scholes(middle, strikes) > prices
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(prices > 0, (low + high) / 2, np.nan)


def _black_scholes(total: np.ndarray, strikes: np.ndarray) -> np.ndarray:
    """The call for log strikes >= 0, the put below: one formula by the sign of the option."""
    from scipy.special import ndtr

    sign = np.where(strikes >= 0, 1.0, -1.0)
    d = total / 2 - strikes / total
    return sign * (ndtr(sign * d) - np.exp(strikes) * ndtr(sign * (d - total)))
