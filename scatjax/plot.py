"""Pictures: a field, samples beside their target, a filter bank, coefficients by kind. Needs the extra `plot`.

Every function returns a matplotlib Figure that belongs to nobody (no pyplot, no global state); `save` writes it whole
or not at all. One gray scale for target and samples, so that a wrong contrast is seen and not hidden.
"""

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import InputError, check_finite, missing_extra
from .files import write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .coefficients import Coefficients

INK, ACCENT = "#1a1a1a", "#d1495b"  # the target; the samples
STYLE = {
    "font.size": 8, "axes.titlesize": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "legend.frameon": False, "axes.edgecolor": INK,
}  # fmt: skip


def field(x: Any, title: str = "") -> "Figure":
    """One image (y, x) with its color bar.

    >>> len(field(np.eye(8)).axes)
    2
    """
    x = _image(x, "x")
    with _style():
        figure = _figure(3.8, 3.2)
        axis = figure.add_subplot()
        picture = axis.imshow(x, cmap="gray" if x.min() >= 0 else "RdBu_r", **_limits(x))
        _bare(axis, title)
        figure.colorbar(picture, ax=axis, shrink=0.85).outline.set_visible(False)
    return figure


def comparison(target: Any, samples: Any, most: int = 4) -> "Figure":
    """Target and samples side by side in one gray scale; below them their power spectra and their histograms.

    **Arguments** `target`: (y, x); `samples`: (sample, y, x), the first `most` are shown and all enter the curves.

    >>> len(comparison(np.eye(16), np.stack([np.eye(16)] * 2)).axes)
    5
    """
    target = _image(target, "target")
    samples = np.asarray(samples, dtype=float)
    samples = samples[None] if samples.ndim == 2 else samples
    shown = [target, *samples[:most]]
    with _style():
        width = 2.1 * max(len(shown), 3)
        figure = _figure(width, 2.3 + 2.5)
        top, bottom = figure.subfigures(2, 1, height_ratios=[2.3, 2.5])
        limits = _limits(target)
        for i, image in enumerate(shown):
            axis = top.add_subplot(1, len(shown), i + 1)
            axis.imshow(np.nan_to_num(image), cmap="gray", **limits)
            _bare(axis, "target" if i == 0 else f"sample {i}")
        left, right = bottom.subplots(1, 2)
        good = samples[np.isfinite(samples).all((1, 2))]  # a lane that ended in NaN has no curve
        _spectra(left, target, good)
        _histograms(right, target, good)
    return figure


def bank(filters: Any) -> "Figure":
    """Any filter bank in the Fourier plane: contours of each band at half of its maximum, and the Littlewood–Paley sum.

    **Arguments** `filters`: a bank that offers `filters()` -> (band, y, x), `low_pass()` -> (y, x) and a `table`.
    """
    psi, phi = np.abs(np.asarray(filters.filters())), np.abs(np.asarray(filters.low_pass()))
    if psi.ndim != 3:
        raise InputError(f"the filters have shape {psi.shape}: this picture is for banks of images, (band, y, x).")
    scales = _scales(filters, len(psi))
    with _style():
        figure = _figure(7.4, 3.4)
        left, right = figure.subplots(1, 2)
        _contours(left, psi, phi, scales)
        total = np.fft.fftshift(phi**2 + 0.5 * (psi**2 + _mirrored(psi) ** 2).sum(0))
        picture = right.imshow(total, origin="lower", extent=(-np.pi, np.pi) * 2, cmap="viridis", vmin=0)
        right.set(title=rf"Littlewood–Paley sum, {total.min():.2f} to {total.max():.2f}", xlabel=r"$\omega_x$")
        figure.colorbar(picture, ax=right, shrink=0.85).outline.set_visible(False)
        _pi_ticks(right)
    return figure


def coefficients(c: "Coefficients") -> "Figure":
    """Coefficients by kind, one panel each: stems for few, all of them in table order for many."""
    kinds = c.kinds
    columns = min(len(kinds), 3)
    rows = -(-len(kinds) // columns)
    with _style():
        figure = _figure(2.9 * columns, 2.1 * rows)
        for i, kind in enumerate(kinds):
            axis = figure.add_subplot(rows, columns, i + 1)
            values = np.asarray(c[kind])
            _panel(axis, values if values.ndim == 1 else values.reshape(-1, values.shape[-1]).mean(0), kind)
    return figure


def save(figure: "Figure", path: str | os.PathLike) -> Path:
    """Write a figure as PNG, whole or not at all; an existing file is refused."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160, facecolor="white")
    return write_atomic(path, buffer.getvalue())


def radial_spectrum(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""$|k|$ in cycles per box and $\langle|\hat x(k)|^2\rangle/N$ in rings of width one that widen with |k|.

    >>> k, power = radial_spectrum(np.random.default_rng(0).standard_normal((64, 64)))
    >>> bool(abs(np.log(power[-1])) < 0.2)
    True
    """
    ky, kx = (np.fft.fftfreq(n, 1 / n) for n in x.shape)
    k = np.hypot(ky[:, None], kx[None, :])
    edges = np.unique(np.round(np.geomspace(1, min(x.shape) / 2 + 1, 24))) - 0.5
    ring = np.digitize(k.ravel(), edges)
    power = np.abs(np.fft.fft2(x - x.mean())).ravel() ** 2 / x.size
    count = np.bincount(ring, minlength=len(edges) + 1)[1:-1]
    mean = lambda v: np.bincount(ring, v, minlength=len(edges) + 1)[1:-1] / np.maximum(count, 1)
    return mean(k.ravel()), mean(power)


def _spectra(axis: Any, target: np.ndarray, samples: np.ndarray) -> None:
    k, own = radial_spectrum(target)
    curves = np.array([radial_spectrum(s)[1] for s in samples])
    tiny = own.max() * 1e-12
    for number, curve in enumerate(curves):
        axis.loglog(k, curve + tiny, color=ACCENT, lw=0.8, alpha=0.7, label="" if number else "samples")
    axis.loglog(k, own + tiny, color=INK, lw=1.4, label="target", zorder=3)
    axis.set(title="power spectrum", xlabel="|k|, cycles per box")
    axis.legend(loc="lower left")


def _histograms(axis: Any, target: np.ndarray, samples: np.ndarray) -> None:
    low, high = np.quantile(target, [0.0005, 0.9995])
    margin = 0.25 * (high - low) or 1.0
    edges = np.linspace(low - margin, high + margin, 61)
    centers = (edges[1:] + edges[:-1]) / 2
    density = lambda v: np.histogram(v, edges)[0] / (v.size * (edges[1] - edges[0]))
    axis.fill_between(centers, density(target), color=INK, alpha=0.15, lw=0, step="mid")
    for number, sample in enumerate(samples):
        axis.step(centers, density(sample), where="mid", color=ACCENT, lw=0.8, alpha=0.7, label="" if number else "samples")
    axis.step(centers, density(target), where="mid", color=INK, lw=1.2, label="target")
    axis.set(title="histogram", xlabel="value", xlim=(edges[0], edges[-1]), ylim=(0, None), yticks=[])
    axis.spines["left"].set_visible(False)


def _contours(axis: Any, psi: np.ndarray, phi: np.ndarray, scales: np.ndarray) -> None:
    import matplotlib

    size_y, size_x = phi.shape
    wy, wx = (np.fft.fftshift(np.fft.fftfreq(n, 1 / (2 * np.pi))) for n in (size_y, size_x))
    colors = matplotlib.colormaps["plasma"](np.linspace(0, 0.85, int(scales.max()) + 1))
    for band, scale in zip(psi, scales, strict=True):
        if band.max() > 0:
            axis.contour(wx, wy, np.fft.fftshift(band), [band.max() / 2], colors=[colors[int(scale)]], linewidths=0.8)
    if phi.max() > 0:
        axis.contour(wx, wy, np.fft.fftshift(phi), [phi.max() / 2], colors=[INK], linewidths=0.8, linestyles="--")
    axis.set(title=f"{len(psi)} bands at half maximum; dashed: low pass", xlabel=r"$\omega_x$", ylabel=r"$\omega_y$")
    axis.set(xlim=(-np.pi, np.pi), ylim=(-np.pi, np.pi), aspect="equal")
    _pi_ticks(axis)


def _panel(axis: Any, values: np.ndarray, kind: str) -> None:
    index = np.arange(len(values))
    parts = [("", values.real, INK)] + ([("im", values.imag, ACCENT)] if np.iscomplexobj(values) else [])
    for label, part, color in parts:
        if len(values) <= 40:
            axis.vlines(index, 0, part, color=color, lw=1.0)
        axis.plot(index, part, ".", color=color, ms=4 if len(values) <= 40 else 2, label=label or "re")
    if len(parts) == 2:
        axis.legend(loc="best", handletextpad=0.1)
    axis.axhline(0, color=INK, lw=0.4)
    axis.set_title(f"{kind}  ({len(values)})")
    axis.ticklabel_format(axis="y", scilimits=(-2, 3))


def _scales(filters: Any, count: int) -> np.ndarray:
    columns = getattr(filters.table, "columns", {})
    column = next((columns[name] for name in ("j", "j1") if name in columns and len(columns[name]) == count), None)
    return np.zeros(count, int) if column is None else np.asarray(column) - np.min(column)


def _mirrored(psi: np.ndarray) -> np.ndarray:
    return np.roll(psi[:, ::-1, ::-1], 1, (1, 2))  # psi(-w): a real field has power at both


def _limits(x: np.ndarray) -> dict[str, float]:
    low, high = np.quantile(x, [0.002, 0.998])
    if x.min() < 0 < x.max():
        high = max(abs(low), abs(high))
        low = -high
    return {"vmin": float(low), "vmax": float(high if high > low else low + 1)}


def _image(x: Any, name: str) -> np.ndarray:
    array = np.asarray(x, dtype=float)
    if array.ndim != 2:
        raise InputError(f"{name} has shape {array.shape}: a picture is drawn of one image, (y, x).")
    check_finite(array, name)
    return array


def _bare(axis: Any, title: str) -> None:
    axis.set(xticks=[], yticks=[], title=title)
    for spine in axis.spines.values():
        spine.set_visible(False)


def _pi_ticks(axis: Any) -> None:
    axis.set_xticks([-np.pi, 0, np.pi], [r"$-\pi$", "0", r"$\pi$"])
    axis.set_yticks([-np.pi, 0, np.pi], [r"$-\pi$", "0", r"$\pi$"])


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _style() -> Any:
    try:
        import matplotlib
    except ImportError:
        raise missing_extra("matplotlib", "plot") from None
    return matplotlib.rc_context(STYLE)
