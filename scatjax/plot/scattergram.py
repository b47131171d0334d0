"""Series in time and frequency: the scalogram, and scattering over time, in seconds and Hz.

Cells are drawn where the coefficients are, at the step of their own scale: nothing is resampled, so a coarse cell is a
slow coefficient. Without a `sampling_rate` time is in samples and frequency in cycles per sample.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, check_finite
from ..operators import Off, Scattering
from ..wavelets import FilterBank
from .canvas import ACCENT, INK, new_figure, plain_ticks, style, units

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..coefficients import Coefficients

Rows = dict[int, tuple[float, float]]  # by band: its lowest and highest frequency


def scalogram(
    x: Any, bank: FilterBank, sampling_rate: int | float | None = None, decibels: int | float | None = None
) -> "Figure":
    r"""Picture of a series and its moduli $|x\star\psi_\lambda|(t)$ over time (s) and frequency (Hz, logarithmic).

    **Arguments**

    - `x`: (N,), real, N of the bank.
    - `bank`: a bank of series.
    - `sampling_rate`: in Hz; None: time in samples, frequency in cycles per sample.
    - `decibels`: None draws the moduli, a number d draws $20\log_{10}$ of them from d below the largest.

    **Errors** InputError for anything but one real finite series, a bank of images, a rate or range not positive.

    >>> from scatjax.wavelets import morlet
    >>> figure = scalogram(np.sin(np.arange(1024.0)), morlet((1024,), J=5, Q=4), sampling_rate=8000)
    >>> [axis.get_ylabel() for axis in figure.axes[:2]]
    ['x', 'frequency (Hz)']
    """
    rate, per = units(sampling_rate)
    series = _series(x, bank)
    layers = Scattering(bank, order=1, averaging=Off())(series.astype(bank.dtype))[1:]
    edges = _edges(bank.table["xi"] * rate)
    with style():
        figure = new_figure(7.0, 3.9)
        top, axis = figure.subplots(2, 1, sharex=True, height_ratios=[1, 3.2])
        top.plot(np.arange(len(series)) / rate, series, color=INK, lw=0.5)
        top.set(ylabel="x", xlim=(0, len(series) / rate))
        shown, limits = _levels([np.asarray(c.values) for c in layers], decibels)
        for c, values in zip(layers, shown, strict=True):
            times = _kept(bank, bank.grids[int(c.table["j1"][0])][0]) / rate
            mesh = _mesh(axis, times, len(series) / rate, edges, c.table["n1"], values, limits)
        _log_axis(axis, edges, f"frequency ({per})")
        axis.set(xlabel=_time(sampling_rate), title=rf"$|x\star\psi_\lambda|$, {len(bank.table)} bands")
        _bar(figure, mesh, axis, decibels)
    return figure


def scattering(
    c: "Coefficients",
    operator: Scattering,
    sampling_rate: int | float | None = None,
    first: int | float | Sequence[int | float] | None = None,
    decibels: int | float | None = None,
) -> "Figure":
    r"""Picture of a series' scattering over time: $S_1(t, \lambda_1)$, and $S_2(t, \lambda_1, \cdot)$ of chosen bands.

    Order 2 is over its own frequency, that of the modulation.

    **Arguments**

    - `c`: what `operator` made of one real series, or a pointwise change of it.
    - `operator`: a `Scattering` of series with `Local` averaging.
    - `sampling_rate`, `decibels`: as of `scalogram`.
    - `first`: the frequencies (Hz) whose nearest bands are shown at order 2, by default the one with the largest mean
      there.

    **Errors** InputError for coefficients that are not this operator's over time, or a rate or range not positive.

    >>> from scatjax.wavelets import morlet
    >>> S = Scattering(morlet((1024,), J=5, Q=4))
    >>> figure = scattering(S(np.sin(np.arange(1024.0))), S, sampling_rate=8000, first=[1000, 2000])
    >>> [axis.get_ylabel() for axis in figure.axes[:3]]
    ['frequency (Hz)', 'modulation (Hz)', 'modulation (Hz)']
    """
    rate, per = units(sampling_rate)
    values, times = _over_time(c, operator)
    kinds, table = c.table["kind"], c.table
    order1, parents = np.flatnonzero(kinds == "S1"), _parents(c, operator, values, rate, first)
    end, images = operator.shape[0] / rate, [order1, *(table.rows(kind="S2", xi1=xi) for xi in parents)]
    with style():
        figure = new_figure(7.0, 2.6 + 1.6 * len(parents))
        axes = figure.subplots(len(images), 1, sharex=True, squeeze=False, height_ratios=[2.2, *[1.5] * len(parents)])
        for number, (axis, rows) in enumerate(zip(axes[:, 0], images, strict=True)):
            xi = np.array(table["xi2" if number else "xi1"][rows]) * rate
            edges = _edges(xi)
            shown, limits = _levels([values[rows]], decibels)
            mesh = _mesh(axis, times / rate, end, edges, np.arange(len(rows)), shown[0], limits)
            _log_axis(axis, edges, f"modulation ({per})" if number else f"frequency ({per})")
            below = f"order 2 of the band at {parents[number - 1] * rate:.4g} {per}" if number else "order 1"
            axis.set(title=f"{below}, {len(rows)} bands")
            _bar(figure, mesh, axis, decibels)
        _marks(axes[0, 0], parents * rate)
        axes[-1, 0].set(xlabel=_time(sampling_rate), xlim=(0, end))
    return figure


def _time(sampling_rate: int | float | None) -> str:
    return "time (samples)" if sampling_rate is None else "time (s)"


def _series(x: Any, bank: FilterBank) -> np.ndarray:
    x = np.asarray(x)
    if bank.dimension != 1:
        raise InputError(f"the bank is of fields {bank.shape}: a scalogram is of a series, use morlet((N,), Q=8).")
    if np.iscomplexobj(x) or x.shape != bank.shape:
        raise InputError(f"x is {x.dtype} {x.shape}: a scalogram is drawn of one real series of shape {bank.shape}.")
    check_finite(x, "x")
    return x.astype(float)


def _kept(bank: FilterBank, grid: int) -> np.ndarray:
    """Times, in samples of the series, of the samples of a grid of the torus that `Off` keeps."""
    ((start, stop),) = bank.domain.inside((grid,))
    return np.arange(start, stop) * bank.domain.padded[0] / grid - bank.domain.widths[0][0]


def _over_time(c: "Coefficients", operator: Scattering) -> tuple[np.ndarray, np.ndarray]:
    """Values (path, time), and the times in samples."""
    is_series = isinstance(operator, Scattering) and operator.bank.dimension == 1
    if not is_series or not len(places := operator.pool.places(operator.bank.domain.padded[0])):
        raise InputError("scattering over time is of sj.Scattering on a bank of series with averaging=Local(T).")
    times = places - operator.bank.domain.widths[0][0]
    values = np.asarray(getattr(c, "values", c))
    if values.shape != (len(operator.table), len(times)) or getattr(c, "table", None) != operator.table:
        raise InputError(
            f"the coefficients are {values.shape}, this operator's of one real series {len(operator.table), len(times)}"
            ": draw operator(x) of one x, shape (N,)."
        )
    check_finite(values, "the coefficients")
    return values, times


def _parents(c: "Coefficients", operator: Scattering, values: np.ndarray, rate: float, first) -> np.ndarray:
    """Center frequencies of the first bands whose second order is drawn."""
    if operator.order < 2 or not len(second := c.table.rows(kind="S2")):
        if first is not None:
            raise InputError(f"first={first!r}, but these coefficients have no order 2: build Scattering(order=2).")
        return np.zeros(0)
    centers, group = np.unique(c.table["xi1"][second], return_inverse=True)
    if first is None:
        means = np.bincount(group, values[second].mean(1)) / np.bincount(group)
        return centers[[int(means.argmax())]]
    wanted = np.atleast_1d(np.asarray(first, float)) / rate
    if wanted.ndim != 1 or not len(wanted) or not (wanted > 0).all():
        raise InputError(f"first={first!r} must be positive frequencies, of bands of order 1 that have children.")
    return centers[np.abs(np.log(centers[None] / wanted[:, None])).argmin(1)]


def _edges(centers: np.ndarray) -> Rows:
    """(low, high) of each row: halfway to its neighbors on a logarithmic axis."""
    if not (np.isfinite(centers).all() and (centers > 0).all()):
        raise InputError("some bands have no center frequency: this picture has a logarithmic axis of frequencies.")
    order = np.argsort(centers)
    logs = np.log(centers[order])
    middle = (logs[1:] + logs[:-1]) / 2
    ends = (middle[0] - logs[0], logs[-1] - middle[-1]) if len(middle) else (np.log(2) / 2,) * 2
    bounds = np.exp(np.r_[logs[0] - ends[0], middle, logs[-1] + ends[1]])
    return {int(row): (bounds[at], bounds[at + 1]) for at, row in enumerate(order)}


def _levels(groups: list[np.ndarray], decibels: int | float | None) -> tuple[list[np.ndarray], tuple[float, float]]:
    """Values that are drawn of each group, and the limits of color that all share."""
    every = np.concatenate([group.ravel() for group in groups]).astype(float)
    largest = every.max(initial=0.0)
    if decibels is None:
        low, high = np.quantile(every, [0.002, 0.998])
        low = 0.0 if low > -1e-2 * largest else low  # moduli begin at 0, logarithms do not
        return groups, (float(low), float(high if high > low else low + 1))
    if not 0 < decibels < np.inf:
        raise InputError(f"decibels={decibels!r} must be a positive range, such as 60, or None: no logarithm.")
    if every.min() < -1e-2 * abs(largest):
        raise InputError("these coefficients have negative values, so no decibels: leave decibels out.")
    unit = largest if largest > 0 else 1.0
    to_decibels = lambda group: 20 * np.log10(np.maximum(group.astype(float), 10 ** (-decibels / 20) * unit) / unit)
    return [to_decibels(group) for group in groups], (-float(decibels), 0.0)


def _mesh(axis: Any, times: np.ndarray, end: float, edges: Rows, rows, values: np.ndarray, limits) -> Any:
    """Cells around the times, the last one up to the end, one row of them per band; neighbors in frequency touch."""
    order = sorted(range(len(rows)), key=lambda at: edges[int(rows[at])])
    step = times[1] - times[0] if len(times) > 1 else 2 * times[0]  # one cell: the whole series
    across = np.r_[times - step / 2, max(times[-1] + step / 2, end)]
    up = [edges[int(rows[at])][0] for at in order] + [edges[int(rows[order[-1]])][1]]
    return axis.pcolormesh(across, up, values[order], cmap="magma", vmin=limits[0], vmax=limits[1], rasterized=True)


def _log_axis(axis: Any, edges: Rows, label: str) -> None:
    low, high = min(low for low, _ in edges.values()), max(high for _, high in edges.values())
    axis.set(yscale="log", ylabel=label)
    plain_ticks(axis.yaxis, low, high)
    axis.set_ylim(low, high)


def _bar(figure: Any, mesh: Any, axis: Any, decibels: int | float | None) -> None:
    bar = figure.colorbar(mesh, ax=axis, pad=0.01, aspect=24)
    bar.outline.set_visible(False)
    if decibels is not None:
        bar.set_label("dB")


def _marks(axis: Any, centers: np.ndarray) -> None:
    """A pointer at each band whose second order is drawn below."""
    for center in centers:
        axis.plot(-0.006, center, ">", color=ACCENT, ms=4, mew=0, clip_on=False, transform=axis.get_yaxis_transform())
