r"""Scattering spectra of series on one page: sparsity, variance, phase-modulus and envelope cross-spectra.

Morel et al. 2022 (arXiv 2204.10177) read a process in four pictures: $\Phi_1^2(j)$, low where it is intermittent
($\pi/4$: Gaussian); $\Phi_2(j)$, its power law; $\Phi_3(a)$, whose modulus is skewness and whose phase asymmetry in
time; $\Phi_4(a, b)$ times $2^{-b}$, the dependence of envelopes, with a phase where volatility knows the arrow of time.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, check_finite
from .canvas import INK, SERIES, named, new_figure, palette, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..coefficients import Table

Cells = dict[tuple[int, ...], np.ndarray]  # indices -> complex values, (draw,)
Groups = dict[tuple[int, ...], np.ndarray]  # lags -> complex values, (draw, scale)

_COLUMNS = {
    "Phi1": ("j1",), "Phi2": ("j1",), "Phi3": ("j1", "j2"), "Phi4": ("j1", "j2", "j3"),
    "Phi3(a)": ("a",), "Phi4(a,b)": ("a", "b"),
}  # fmt: skip
_NOISE = (0.005, 0.1)  # the peer's limits of |Phi3|, 2^-b |Phi4| below which a phase is noise, where no error is known


@dataclasses.dataclass(frozen=True, eq=False)
class _Curve:
    """Means at lags (n, 1 or 2), their errors along the modulus and across it, their spread over scales."""

    lags: np.ndarray
    mean: np.ndarray
    along: np.ndarray
    across: np.ndarray
    spread: np.ndarray

    @property
    def weight(self) -> np.ndarray:
        return 2.0 ** -self.lags[:, 1] if self.lags.shape[1] > 1 else np.ones(len(self.lags))


def scattering_spectra(c: Any, resampled: Any = None) -> "Figure":
    r"""Picture of the scattering spectra of series: $\Phi_1^2$, $\Phi_2$, $\Phi_3(a)$, $\Phi_4(a, b)$.

    **Arguments**

    - `c`: `sj.ScatteringSpectra` of a series, or several by name, drawn over each other, with a panel of envelopes
      each; leading axes are samples: their mean is drawn with its standard error.
    - `resampled`: `phi(diagnostics.resamples(r))`, by the same names: the spread over its leading axes is the error of
      one path.

    Pale bands are the spread over scales j of what is averaged at one lag: 0 for a self-similar process. Phases are
    drawn where the modulus exceeds two errors.

    **Errors** InputError for coefficients over time, of several channels, or without the kinds of series.

    >>> from scatjax.coefficients import Coefficients, Table
    >>> import jax.numpy as jnp
    >>> table = Table(kind=["Phi1", "Phi2", "Phi3"], j1=[0, 0, 0], j2=[-1, -1, 0], part=["re"] * 3)
    >>> len(scattering_spectra(Coefficients(jnp.array([0.9, 1.0, 0.5]), table)).axes)
    6
    """
    models = {name: _read(held, name or "c") for name, held in named(c, "c").items()}
    given = {} if resampled is None else named(resampled, "resampled")
    draws = {name: _read(held, name or "resampled") for name, held in given.items()}
    if extra := set(draws) - set(models):
        raise InputError(f"resampled holds {sorted(extra)}, c holds {sorted(models)}: use the same names.")
    with style():
        figure = new_figure(2.75 * (2 + len(models)), 4.6)
        axes = figure.subplots(2, 2 + len(models))
        for number, (name, cells) in enumerate(models.items()):
            curves = {kind: _curve(cells, draws.get(name), kind) for kind in ("Phi1", "Phi2", "Phi3", "Phi4")}
            shift = 0.1 * (number - (len(models) - 1) / 2)
            _marginals(axes[:, 0], curves, SERIES[number], name, shift)
            _skewness(axes[:, 1], curves["Phi3"], SERIES[number], shift)
            _envelopes(axes[:, 2 + number], curves["Phi4"], name)
        _finish(axes)
    return figure


def _read(c: Any, name: str) -> dict[str, Cells]:
    """The kinds of one model, by their indices."""
    if c.sites:
        raise InputError(f"{name} has {c.sites} axes of sites: this picture is of moments: take means over time.")
    values = np.asarray(c.values, dtype=float)
    check_finite(values, name)
    values = values.reshape(-1, values.shape[-1])
    cells = {kind: _cells(c.table, values, kind, name) for kind in _COLUMNS if kind in c.kinds}
    if not {"Phi1", "Phi2"} <= set(cells):
        raise InputError(f"{name} holds the kinds {c.kinds}, no Phi1 and Phi2: draw sj.ScatteringSpectra of a series.")
    return cells


def _cells(table: "Table", values: np.ndarray, kind: str, name: str) -> Cells:
    cells: Cells = {}
    seen = set()
    for row in table.rows(kind=kind):
        index = tuple(int(table[column][row]) for column in _COLUMNS[kind])
        part = str(table["part"][row]) if "part" in table.columns else "re"
        if (index, part) in seen:
            raise InputError(f"{name} holds {kind} at {index} twice: select one channel, or one pair of them.")
        seen.add((index, part))
        cells[index] = cells.get(index, 0) + values[:, row] * (1j if part == "im" else 1)
    return cells


def _groups(cells: Mapping[str, Cells], kind: str) -> Groups:
    """Values that are averaged at each lag: a = jl - jr, b = jl - j; the low-pass, which has no lag, is left out."""
    invariant = {"Phi3": "Phi3(a)", "Phi4": "Phi4(a,b)"}.get(kind, "")
    if invariant in cells:
        return {index: z[:, None] for index, z in sorted(cells[invariant].items())}
    groups: dict[tuple[int, ...], list[np.ndarray]] = {}
    for index, z in sorted(cells.get(kind, {}).items()):
        if kind in ("Phi1", "Phi2"):
            groups[index] = [z]
        elif index[-1] < len(cells["Phi1"]):
            lag = (index[1] - index[0], *(index[1] - j for j in index[2:]))
            groups.setdefault(lag, []).append(z)
    return {lag: np.stack(group, axis=1) for lag, group in sorted(groups.items())}


def _curve(cells: Mapping[str, Cells], resampled: Mapping[str, Cells] | None, kind: str) -> _Curve:
    """The means at all lags, with errors of resamples, or of the mean of samples; NaN for one path alone."""
    groups = _groups(cells, kind)
    if not groups:
        return _Curve(np.zeros((0, 1)), *[np.zeros(0)] * 4)
    z = np.stack([group.mean(1) for group in groups.values()], axis=1)
    mean, draws, divisor = z.mean(0), z, np.sqrt(len(z))
    if resampled is not None:
        others = _groups(resampled, kind)
        if set(others) != set(groups):
            raise InputError(f"the resamples hold other {kind} than c: measure them with the same map.")
        draws, divisor = np.stack([group.mean(1) for group in others.values()], axis=1), 1.0
    turned = (draws - draws.mean(0)) * np.exp(-1j * np.angle(mean))
    error = lambda part: part.std(0, ddof=1) / divisor if len(part) > 1 else np.full(len(mean), np.nan)
    spread = np.array([np.std(group.mean(0)) for group in groups.values()])
    return _Curve(np.array(list(groups)), mean, error(turned.real), error(turned.imag), spread)


def _marginals(axes: np.ndarray, curves: Mapping[str, _Curve], color: str, name: str, shift: float) -> None:
    first, second = curves["Phi1"], curves["Phi2"]
    value = first.mean.real
    _line(axes[0], first.lags[:, 0] + shift, value**2, 2 * np.abs(value) * first.along, color, name)
    scale, power = second.lags[:, 0], second.mean.real
    band = scale < len(value)
    _line(axes[1], scale[band] + shift, power[band], second.along[band], color, name)
    if not band.all() and power[~band].min() > 0:
        _line(axes[1], scale[~band] + shift, power[~band], second.along[~band], color, "", marker="D")


def _skewness(axes: np.ndarray, curve: _Curve, color: str, shift: float) -> None:
    a, modulus = curve.lags[:, 0], np.abs(curve.mean)
    _line(axes[0], a + shift, modulus, curve.along, color, "", curve.spread)
    _line(axes[1], a + shift, *_phase(curve, _NOISE[0]), color, "")


def _envelopes(axes: np.ndarray, curve: _Curve, name: str) -> None:
    title = f" of {name}" if name else ""
    axes[0].set_title(rf"$|\Phi_4|(a,b)\,2^{{-b}}${title}")
    axes[1].set_title(rf"$\arg\,\Phi_4(a,b)${title}")
    if not len(curve.mean):
        return
    phase, phase_error = _phase(curve, _NOISE[1])
    lags = np.unique(curve.lags[:, 0])
    for a, color in zip(lags, palette(lags), strict=True):
        held = curve.lags[:, 0] == a
        b, weight = curve.lags[held, 1], curve.weight[held]
        modulus, error, spread = (part[held] * weight for part in (np.abs(curve.mean), curve.along, curve.spread))
        _line(axes[0], b, modulus, error, color, f"{a}", spread)
        if a:
            _line(axes[1], b, phase[held], phase_error[held], color, "")


def _phase(curve: _Curve, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Phases and their errors, NaN where the modulus is below two errors: a phase of nothing is drawn nowhere."""
    modulus = np.abs(curve.mean)
    seen = modulus >= np.where(np.isfinite(curve.along), 2 * curve.along, noise / curve.weight)
    error = np.arctan(curve.across / np.maximum(modulus, 1e-300))
    return np.where(seen, np.angle(curve.mean), np.nan), np.where(seen, error, np.nan)


def _line(axis: Any, x: Any, y: Any, error: Any, color: Any, label: str, spread: Any = None, marker: str = "o") -> None:
    if spread is not None and np.any(spread > 0):
        axis.fill_between(x, np.maximum(y - spread, 0), y + spread, color=color, alpha=0.15, lw=0)
    axis.plot(x, y, marker=marker, ms=2.5, lw=1.0, color=color, label=label or None, ls="-" if len(x) > 1 else "")
    if np.isfinite(error).any():
        axis.errorbar(x, y, yerr=np.nan_to_num(error), fmt="none", ecolor=color, elinewidth=0.8, capsize=1.8)


def _finish(axes: np.ndarray) -> None:
    """Titles, labels, lines of a Gaussian, legends, limits that panels of one kind share."""
    axes[0, 0].set(title=r"sparsity $\Phi_1^2$", xlabel="scale j", ylim=(0, max(1.0, axes[0, 0].get_ylim()[1])))
    axes[0, 0].axhline(np.pi / 4, color=INK, lw=0.6, ls=":", zorder=0, label="Gaussian")
    axes[0, 0].legend(loc="best", handlelength=1.2)
    axes[1, 0].set(title=r"variance $\Phi_2$ (diamond: low-pass)", xlabel="scale j")
    axes[1, 0].set_yscale("log", base=2)
    axes[0, 1].set(title=r"$|\Phi_3|(a)$", xlabel="lag a of scales", ylim=(0, max(0.1, axes[0, 1].get_ylim()[1])))
    axes[1, 1].set(title=r"$\arg\,\Phi_3(a)$", xlabel="lag a of scales", xlim=axes[0, 1].get_xlim())
    top = max([0.1, *(axis.get_ylim()[1] for axis in axes[0, 2:])])
    for above, below in axes[:, 2:].T:
        above.set(xlabel="lag b of scales", ylim=(0, top))
        below.set(xlabel="lag b of scales", xlim=above.get_xlim())
    for axis in axes.flat:
        axis.xaxis.get_major_locator().set_params(integer=True)
    _turns([axes[1, 1]])
    _turns(axes[1, 2:])
    if axes[0, -1].get_legend_handles_labels()[0]:
        axes[0, -1].legend(title="a", loc="upper left", bbox_to_anchor=(1, 1), handlelength=1.0, labelspacing=0.2)


def _turns(axes: Sequence[Any] | np.ndarray) -> None:
    """Ticks at parts of a turn, in the smallest of three ranges that holds every phase."""
    drawn = np.concatenate([np.abs(line.get_ydata()) for axis in axes for line in axis.lines] or [np.zeros(1)])
    largest = drawn[np.isfinite(drawn)].max(initial=0.0)
    part = next((part for part in (4, 2) if largest <= np.pi / part), 1)
    names = {4: (r"$-\pi/4$", "0", r"$\pi/4$"), 2: (r"$-\pi/2$", "0", r"$\pi/2$"), 1: (r"$-\pi$", "0", r"$\pi$")}
    for axis in axes:
        axis.set_ylim(-1.08 * np.pi / part, 1.08 * np.pi / part)
        axis.set_yticks([-np.pi / part, 0, np.pi / part], names[part])
        axis.axhline(0, color=INK, lw=0.6, ls=":", zorder=0)
