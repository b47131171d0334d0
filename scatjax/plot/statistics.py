"""What a series looks like to a statistician: tails, structure functions, volatility, leverage, smile, with bands.

Every curve has the band of `diagnostics.bootstrap` (90 %): where the bands of target and sample meet, a picture of one
path cannot tell them apart. All panels are in units of the series' own standard deviation, so that series in any unit
can be laid over each other.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import diagnostics
from ..errors import InputError
from .canvas import INK, SERIES, named, new_figure, plain_ticks, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHORTEST = 256  # bands of shorter series say nothing
_DASHES = ("-", "--", "-.", ":")  # orders, maturities


def time_series(r: Any, samples: int = 100, seed: int = 0, unit: str = "samples") -> "Figure":
    r"""Picture of a series' increments, structure functions, kurtosis, volatility, leverage and smile.

    The smile is that of r, or, where std(r) > 0.1, of $0.01\,r/\mathrm{std}(r)$.

    **Arguments**

    - `r`: returns (differences of a path), (N,), or up to five series by name, the target first, of any lengths.
    - `samples`, `seed`: of the bootstrap; 100 resamples of 6000 samples take a second.
    - `unit`: what one sample is, such as "days".

    **Errors** InputError for series that are not one-dimensional, finite, of 256 samples or more, and not constant.

    >>> r = np.random.default_rng(0).standard_normal(512)
    >>> len(time_series({"target": r, "sample": r[::-1]}, samples=5).axes)
    6
    """
    series = {name: _standard(values, name or "r") for name, values in named(r, "r").items()}
    with style():
        figure = new_figure(8.7, 5.2)
        axes = figure.subplots(2, 3).ravel()
        for (name, values), color in zip(series.items(), SERIES, strict=False):
            bands = lambda f, values=values, **given: diagnostics.bootstrap(f, values, seed, samples=samples, **given)
            for panel, axis in zip(_PANELS, axes, strict=True):
                panel(axis, values, bands, color, name)
        _label(axes, unit)
        if len(series) > 1:
            axes[2].legend(loc="best", handlelength=1.4)
    return figure


def _standard(values: Any, name: str) -> np.ndarray:
    """The series over its standard deviation, its own scale kept where it can be of log returns."""
    r = diagnostics.checks.varying(values, name, 1)
    if len(r) < _SHORTEST:
        raise InputError(f"{name} has {len(r)} samples: this picture needs {_SHORTEST} or more.")
    return r if r.std() <= 0.1 else 0.01 * r / r.std()


def _lags(r: np.ndarray) -> list[int]:
    return [2**k for k in range(int(np.log2(len(r) / 32)) + 1)]


def _histogram(axis: Any, r: np.ndarray, bands: Any, color: str, name: str) -> None:
    """Draw one curve per lag, each two decades below the one before."""
    lags, edges = (1, 4, 16, 64), np.linspace(-8, 8, 33)
    estimate = bands(lambda r: diagnostics.increment_histogram(r, lags, edges).density)
    held = diagnostics.increment_histogram(r, lags, edges)
    first = not axis.lines
    for number, lag in enumerate(lags):
        down = 100.0**-number
        if first:
            axis.plot(held.centers, held.gaussian * down, color=INK, lw=0.6, ls=":")
            axis.text(8.2, 1e-3 * down, f"lag {lag}", va="center")
        _band(axis, held.centers, _scaled(estimate, number, down), color, name, floor=0.6 / len(r) * down)
    axis.set(yscale="log", xlim=(-8, 8), ylim=(1e-4 * 100.0 ** -(len(lags) - 1), 1.5), yticks=[1, 1e-3, 1e-6, 1e-9])


def _scaled(estimate: diagnostics.Estimate, row: Any, factor: float) -> diagnostics.Estimate:
    parts = (estimate.value, estimate.error, estimate.low, estimate.high)
    return diagnostics.Estimate(*(part[row] * factor for part in parts))


def _structure(axis: Any, r: np.ndarray, bands: Any, color: str, name: str) -> None:
    """S_q over that of a Gaussian walk of the same variance: 1 where there is no more to see than S_2 at lag 1."""
    orders, lags = (1, 2, 3, 4), _lags(r)
    moments = np.array([np.sqrt(2 / np.pi), 1, np.sqrt(8 / np.pi), 3])[:, None]  # of |z|^q, z standard normal
    walk = moments * np.array(lags, float) ** (np.array(orders)[:, None] / 2)
    estimate = bands(lambda r: diagnostics.path_structure_functions(r / r.std(), orders, lags) / walk)
    for number, (order, dash) in enumerate(zip(orders, _DASHES, strict=True)):
        _band(axis, lags, _scaled(estimate, number, 1.0), color, f"q = {order}", floor=1e-2, dash=dash)
    _gaussian(axis, 1)
    drawn = np.concatenate([line.get_ydata() for line in axis.lines])  # not the bands, which reach 0 at long lags
    axis.set(xscale="log", yscale="log", ylim=(0.6 * drawn.min(), 1.5 * drawn.max()))
    plain_ticks(axis.yaxis, *axis.get_ylim())
    _first_legend(axis)


def _kurtosis(axis: Any, r: np.ndarray, bands: Any, color: str, name: str) -> None:
    lags = _lags(r)
    _band(axis, lags, bands(diagnostics.path_kurtosis, lags=lags), color, name)
    _gaussian(axis, 3)
    axis.set(xscale="log")


def _volatility(axis: Any, r: np.ndarray, bands: Any, color: str, name: str) -> None:
    count = min(100, len(r) // 4)
    estimate = bands(diagnostics.volatility_autocorrelation, lags=count)
    _band(axis, np.arange(1, count + 1), estimate, color, name)
    _gaussian(axis, 0)
    axis.set(xscale="log")


def _leverage(axis: Any, r: np.ndarray, bands: Any, color: str, name: str) -> None:
    """Summed up to the lag: single lags are drowned in noise."""
    count = min(50, len(r) // 4)
    estimate = bands(lambda r: np.cumsum(diagnostics.leverage(r, count)))
    _band(axis, np.arange(1, count + 1), estimate, color, name)
    _gaussian(axis, 0)


def _smile(axis: Any, r: np.ndarray, bands: Any, color: str, name: str) -> None:
    points, maturities = np.linspace(-2, 2, 9), (5, 60)
    estimate = bands(lambda r: diagnostics.smile(r, maturities, points) / r.std())
    for number, (maturity, dash) in enumerate(zip(maturities, _DASHES, strict=False)):
        _band(axis, points, _scaled(estimate, number, 1.0), color, f"T = {maturity}", dash=dash)
    _gaussian(axis, 1)
    _first_legend(axis)


_PANELS = (_histogram, _structure, _kurtosis, _volatility, _leverage, _smile)


def _band(
    axis: Any, x: Any, estimate: Any, color: str, label: str, floor: float | None = None, dash: str = "-"
) -> None:
    """A curve and its band; on a logarithmic axis both end at `floor`, where there is nothing."""
    value, low, high = estimate.value, estimate.low, estimate.high
    if floor is not None:
        value, low = np.where(value > 0, value, np.nan), np.maximum(low, floor)
        high = np.maximum(high, floor)
    axis.fill_between(x, low, high, color=color, alpha=0.18, lw=0)
    axis.plot(x, value, color=color, lw=1.1, ls=dash, label=label)


def _gaussian(axis: Any, value: int | float) -> None:
    """Draw a line where Gaussian independent returns are."""
    axis.axhline(value, color=INK, lw=0.6, ls=":", zorder=0)


def _first_legend(axis: Any) -> None:
    """Names of the dashes, once."""
    if axis.get_legend() is None:
        axis.legend(loc="best", handlelength=2.2, labelspacing=0.2)


def _label(axes: np.ndarray, unit: str) -> None:
    lag = f"lag ({unit})"
    titles = (
        ("increments at lags (densities, each /100)", "increment / std"),
        ("structure functions / Gaussian walk's", lag),
        ("kurtosis of increments", lag),
        (r"volatility autocorrelation $\rho(\tau)$", lag),
        (r"leverage $L$, summed up to the lag", lag),
        ("average smile, implied / std", r"moneyness $\ln K\,/\,\sigma\sqrt{T}$"),
    )
    for axis, (title, below) in zip(axes, titles, strict=True):
        axis.set(title=title, xlabel=below)
        if axis.get_xscale() == "log":
            plain_ticks(axis.xaxis, *axis.get_xlim())
