"""Pictures: a field, samples beside their target, a filter bank, coefficients by kind. Needs the extra `plot`.

Every function returns a matplotlib Figure that belongs to nobody (no pyplot, no global state); `save` writes it whole
or not at all. Target and samples share one scale of gray, so that a wrong contrast is seen and not hidden.
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

INK, ACCENT, PALE = "#1a1a1a", "#d1495b", "#e8e6e1"  # the target; the samples; grounds
STYLE: dict[Any, Any] = {
    "font.size": 8, "axes.titlesize": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4, "ytick.minor.width": 0.4,
    "legend.frameon": False, "axes.edgecolor": INK, "axes.titlelocation": "left",
}  # fmt: skip


def field(x: Any, title: str = "", colormap: str | None = None) -> "Figure":
    """One image (y, x) with its color bar; `colormap` None: gray, or blue to red around 0 if x has both signs.

    >>> len(field(np.eye(8)).axes)
    2
    """
    x = _image(x, "x")
    with _style():
        figure = _figure(3.8, 3.2)
        _field(figure, x, title, colormap)
    return figure


def comparison(target: Any, samples: Any, most: int = 4, colormap: str = "gray") -> "Figure":
    """Target and samples side by side in one scale of gray; below them their power spectra and their histograms.

    **Arguments** `target`: (y, x); `samples`: (sample, y, x), of any sides: the first `most` are shown, and all but
    those that hold NaN enter the curves.

    >>> len(comparison(np.eye(16), np.stack([np.eye(16)] * 2)).axes)
    5
    """
    target, samples = _image(target, "target"), np.asarray(samples, dtype=float)
    samples = samples[None] if samples.ndim == 2 else samples
    if samples.ndim != 3:
        raise InputError(f"samples has shape {samples.shape}, expected (sample, y, x) or (y, x).")
    shown = [target, *samples[:most]]
    with _style():
        figure = _figure(2.0 * max(len(shown), 3), 4.9)
        top, bottom = figure.subfigures(2, 1, height_ratios=[2.4, 2.5])  # type: ignore[misc]
        for number, image in enumerate(shown):
            axis = top.add_subplot(1, len(shown), number + 1)
            axis.imshow(np.nan_to_num(image), cmap=colormap, interpolation="nearest", **_limits(target))
            _bare(axis, f"sample {number - 1}" if number else "target")
        left, right = bottom.subplots(1, 2, width_ratios=[1.15, 1])
        good = samples[np.isfinite(samples).all((1, 2))]
        _spectra(left, target, good)
        _histograms(right, target, good)
    return figure


def bank(filters: Any) -> "Figure":
    """Any filter bank of images: its tiles in the Fourier plane, its Littlewood–Paley sum, one wavelet of each scale.

    **Arguments** `filters`: a bank that offers `filters()` -> (band, y, x), `low_pass()` -> (y, x) and a `table`.

    >>> from scatjax.wavelets import shannon
    >>> len(bank(shannon((16, 16), J=2, L=4)).axes)
    6
    """
    psi, phi = _filters(filters)
    scales = _scales(filters, len(psi))
    count = int(scales.max()) + 1
    with _style():
        figure = _figure(7.4, 5.0)
        top, bottom = figure.subfigures(2, 1, height_ratios=[3.3, 7.4 / max(count + 1, 5)])  # type: ignore[misc]
        left, right = top.subplots(1, 2)
        _tiles(left, psi, phi, scales)
        _littlewood_paley(right, psi, phi)
        _wavelets(bottom.subplots(1, max(count + 1, 2)), psi, phi, scales)
    return figure


def coefficients(c: "Coefficients") -> "Figure":
    """Coefficients by kind, one panel each: against the scale, one line an angle, or all of them in the table's order.

    **Arguments** `c`: moments, (*batch, path); a batch is averaged.

    >>> from scatjax.coefficients import Coefficients, Table
    >>> import jax.numpy as jnp
    >>> len(coefficients(Coefficients(jnp.arange(3.0), Table(kind=["a", "a", "b"]))).axes)
    2
    """
    columns = min(len(c.kinds), 3)
    with _style():
        figure = _figure(2.9 * columns, 2.1 * -(-len(c.kinds) // columns))
        _panels(figure, c, columns)
    return figure


def analysis(x: Any, filters: Any, c: "Coefficients", colormap: str | None = None) -> "Figure":
    """A field, the tiles of the bank that measured it, and its coefficients: what `scatjax analyze` draws."""
    x = _image(x, "x")
    psi, phi = _filters(filters)
    rows = -(-len(c.kinds) // 3)
    with _style():
        figure = _figure(8.7, 2.9 + 2.1 * rows)
        top, bottom = figure.subfigures(2, 1, height_ratios=[2.9, 2.1 * rows])  # type: ignore[misc]
        left, middle, right = top.subfigures(1, 3, width_ratios=[1.15, 1, 1.15])  # type: ignore[misc]
        _field(left, x, "field", colormap)
        _tiles(middle.add_subplot(), psi, phi, _scales(filters, len(psi)))
        axis = right.add_subplot()
        axis.loglog(*radial_spectrum(x), color=INK, lw=1.2)
        _frequencies(axis)
        _panels(bottom, c, min(len(c.kinds), 3))
    return figure


def save(figure: "Figure", path: str | os.PathLike) -> Path:
    """Write a figure as PNG, whole or not at all; an existing file is refused."""
    buffer = io.BytesIO()
    with _style():
        figure.savefig(buffer, format="png", dpi=160, facecolor="white", metadata={"Software": "scatjax"})
    return write_atomic(path, buffer.getvalue())


def radial_spectrum(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""$|\nu|$ in cycles per pixel and $\langle|\hat x|^2\rangle/N$, mean removed, in rings that widen with $|\nu|$.

    >>> frequency, power = radial_spectrum(np.random.default_rng(0).standard_normal((64, 64)))
    >>> bool(abs(np.log(power[-1])) < 0.2)
    True
    """
    side = min(x.shape)
    frequency = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, x.shape), indexing="ij", sparse=True)).ravel()
    edges = (np.unique(np.round(np.geomspace(1, side / 2 + 1, 24))) - 0.5) / side
    ring = np.digitize(frequency, edges)
    power = np.abs(np.fft.fft2(x - x.mean())).ravel() ** 2 / x.size
    total = lambda v: np.bincount(ring, v, minlength=len(edges) + 1)[1 : len(edges)]
    count = total(np.ones_like(frequency))
    filled = count > 0
    return total(frequency)[filled] / count[filled], total(power)[filled] / count[filled]


def _field(figure: Any, x: np.ndarray, title: str, colormap: str | None) -> None:
    axis = figure.add_subplot()
    colormap = colormap or ("RdBu_r" if x.min() < 0 < x.max() else "gray")
    picture = axis.imshow(x, cmap=colormap, interpolation="nearest", **_limits(x))
    _bare(axis, title)
    figure.colorbar(picture, ax=axis, shrink=0.85).outline.set_visible(False)


def _spectra(axis: Any, target: np.ndarray, samples: np.ndarray) -> None:
    frequency, own = radial_spectrum(target)
    for number, sample in enumerate(samples):
        label = "" if number else "samples"
        axis.loglog(*radial_spectrum(sample), color=ACCENT, lw=0.8, alpha=0.7, label=label)
    axis.loglog(frequency, own, color=INK, lw=1.4, label="target", zorder=3)
    positive = own[own > 0]
    if len(positive):  # a sample that went astray must not flatten the target's curve
        axis.set_ylim(positive.min() / 10, positive.max() * 10)
    _frequencies(axis)
    axis.legend(loc="lower left")


def _frequencies(axis: Any) -> None:
    axis.set(title="power spectrum", xlabel="cycles per pixel")
    low, high = axis.get_xlim()
    ticks = [m * 10.0**e for e in range(-5, 0) for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.tick_params(axis="x", which="minor", labelbottom=False)


def _histograms(axis: Any, target: np.ndarray, samples: np.ndarray) -> None:
    low, high = np.quantile(target, [0.0005, 0.9995])
    margin = 0.25 * (high - low) or 1.0
    edges = np.linspace(low - margin, high + margin, 61)
    centers = (edges[1:] + edges[:-1]) / 2
    density = lambda v: np.histogram(v, edges)[0] / (v.size * (edges[1] - edges[0]))
    axis.fill_between(centers, density(target), color=INK, alpha=0.12, lw=0, step="mid")
    for number, sample in enumerate(samples):
        label = "" if number else "samples"
        axis.step(centers, density(sample), where="mid", color=ACCENT, lw=0.8, alpha=0.7, label=label)
    axis.step(centers, density(target), where="mid", color=INK, lw=1.2, label="target")
    axis.set(title="histogram", xlabel="value", xlim=(edges[0], edges[-1]), ylim=(0, None), yticks=[])
    axis.spines["left"].set_visible(False)


def _tiles(axis: Any, psi: np.ndarray, phi: np.ndarray, scales: np.ndarray) -> None:
    wy, wx = (np.fft.fftshift(np.fft.fftfreq(n, 1 / (2 * np.pi))) for n in phi.shape)
    psi, phi = np.abs(psi), np.abs(phi)
    for band, color in zip(psi, _colors(scales), strict=True):
        axis.contour(wx, wy, np.fft.fftshift(band), [band.max() / 2], colors=[color], linewidths=0.8)
    if phi.max() > 0:
        axis.contour(wx, wy, np.fft.fftshift(phi), [phi.max() / 2], colors=[INK], linewidths=0.8, linestyles="--")
    axis.set(title=f"{len(psi)} bands at half maximum", xlabel=r"$\omega_x$", ylabel=r"$\omega_y$")
    axis.set(xlim=(-np.pi, np.pi), ylim=(-np.pi, np.pi), aspect="equal")
    _pi_ticks(axis)


def _littlewood_paley(axis: Any, psi: np.ndarray, phi: np.ndarray) -> None:
    mirrored = np.roll(psi[:, ::-1, ::-1], 1, (1, 2))  # psi(-w): a real field has power at both
    total = np.fft.fftshift(phi**2 + (psi**2 + mirrored**2).sum(0) / 2)
    picture = axis.imshow(total, origin="lower", extent=(-np.pi, np.pi) * 2, cmap="viridis", vmin=0)
    axis.set(title=f"Littlewood–Paley sum, {total.min():.2f} to {total.max():.2f}", xlabel=r"$\omega_x$")
    axis.figure.colorbar(picture, ax=axis, shrink=0.85).outline.set_visible(False)
    _pi_ticks(axis)


def _wavelets(axes: Any, psi: np.ndarray, phi: np.ndarray, scales: np.ndarray) -> None:
    """The real part in space of one band of each scale, angles in turn, then the low-pass; windows grow by 2^j."""
    most = int(scales.max())
    for axis, scale in zip(axes[:-1], range(most + 1), strict=False):
        bands = np.flatnonzero(scales == scale)
        _wavelet(axis, psi[bands[scale % len(bands)]], 5 * 2**scale, f"j = {scale}")
    _wavelet(axes[-1], phi, 5 * 2**most, "low pass")


def _wavelet(axis: Any, band: np.ndarray, half: int, title: str) -> None:
    wave = np.fft.fftshift(np.fft.ifft2(band).real)
    cy, cx = (n // 2 for n in wave.shape)
    wave = wave[max(cy - half, 0) : cy + half + 1, max(cx - half, 0) : cx + half + 1]
    most = np.abs(wave).max() or 1.0
    axis.imshow(wave, cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest")
    _bare(axis, f"{title}, {wave.shape[1]} px")


def _panels(figure: Any, c: "Coefficients", columns: int) -> None:
    if c.sites:
        raise InputError(f"the coefficients have {c.sites} axes of sites: this picture is of moments: take means.")
    values = np.asarray(c.values)
    values = values.reshape(-1, values.shape[-1]).mean(0)
    rows = -(-len(c.kinds) // columns)
    for number, kind in enumerate(c.kinds):
        held = c.table.rows(kind=kind)
        axis = figure.add_subplot(rows, columns, number + 1)
        _panel(axis, values[held], c.table.take(held).columns)
        axis.set_title(f"{kind}  ({len(held)})" if len(held) > 1 else f"{kind} = {values[held[0]]:.4g}")


def _panel(axis: Any, values: np.ndarray, columns: dict[str, np.ndarray]) -> None:
    holds = lambda name: name in columns and bool(np.all(columns[name] >= 0))
    imaginary = columns["part"] == "im" if "part" in columns else np.zeros(len(values), bool)
    if holds("j1") and not holds("j2") and not imaginary.any():
        _against_scale(axis, values, columns)
        return
    index, small = np.arange(len(values)), len(values) <= 40
    outer = next((name for name in ("j1", "j2") if holds(name)), None)
    for label, rows, color in (("real", ~imaginary, INK), ("imaginary", imaginary, ACCENT)):
        if small:
            axis.vlines(index[rows], 0, values[rows], color=color, lw=1.0)
        size = 4 if small else 1.5
        axis.plot(index[rows], values[rows], ".", color=color, ms=size, mew=0, label=label, rasterized=True)
    if imaginary.any():
        axis.legend(loc="best", handletextpad=0.0, markerscale=2)
    axis.axhline(0, color=INK, lw=0.4, zorder=0)
    if len(values) == 1:
        axis.set_xticks([])
    if outer is not None:
        _stripes(axis, columns[outer], imaginary, outer)


def _against_scale(axis: Any, values: np.ndarray, columns: dict[str, np.ndarray]) -> None:
    angles = columns.get("l1", np.zeros(len(values), int))
    colors = _colors(np.unique(angles))
    for color, angle in zip(colors, np.unique(angles), strict=True):
        rows = angles == angle
        label = f"$l = {angle}$" if angle >= 0 else ""
        axis.plot(columns["j1"][rows], values[rows], "o-", color=color, ms=2.5, lw=0.8, label=label)
    axis.set(xlabel="scale j", xticks=np.unique(columns["j1"]))
    if 1 < len(colors) <= 4:
        axis.legend(loc="best", handlelength=1.2, labelspacing=0.2)


def _stripes(axis: Any, scale: np.ndarray, imaginary: np.ndarray, name: str) -> None:
    """Grounds that alternate with the outer scale, so that rows in the table's order can be read."""
    starts = np.flatnonzero(np.r_[True, (np.diff(scale) != 0) | (np.diff(imaginary.astype(int)) != 0)])
    if len(starts) > 24:
        return
    ends = np.r_[starts[1:], len(scale)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if number % 2:
            axis.axvspan(start - 0.5, end - 0.5, color=PALE, lw=0, zorder=-1)
    wide = (ends - starts) > 0.06 * len(scale)
    axis.set_xticks((starts + ends - 1)[wide] / 2, [str(scale[start]) for start in starts[wide]])
    axis.tick_params(axis="x", length=0)
    axis.set(xlabel=f"rows, by {name}", xlim=(-0.5, len(scale) - 0.5))


def _filters(filters: Any) -> tuple[np.ndarray, np.ndarray]:
    psi, phi = np.asarray(filters.filters()), np.asarray(filters.low_pass())
    if psi.ndim != 3:
        raise InputError(f"the filters have shape {psi.shape}: this picture is for banks of images, (band, y, x).")
    return psi, phi


def _scales(filters: Any, count: int) -> np.ndarray:
    columns = getattr(filters.table, "columns", {})
    column = next((columns[name] for name in ("j", "j1") if name in columns and len(columns[name]) == count), None)
    return np.zeros(count, int) if column is None else np.asarray(column) - np.min(column)


def _colors(numbers: np.ndarray) -> np.ndarray:
    import matplotlib

    return matplotlib.colormaps["plasma"](0.82 * (numbers - numbers.min()) / max(np.ptp(numbers), 1))


def _limits(x: np.ndarray) -> dict[str, Any]:
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
    axis.set(xticks=[], yticks=[])
    axis.set_title(title, loc="center")
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
