"""Pictures of a field, and of samples beside their target with spectra and histograms."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..diagnostics.spectrum import radial_spectrum
from ..errors import InputError
from .canvas import ACCENT, as_picture, bare, new_figure, paint, planes, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def field(x: Any, title: str = "", colormap: str | None = None) -> "Figure":
    """Picture of one image (y, x) with its color bar.

    **Arguments**

    - `x`: (y, x), or RGB (3, y, x), which is drawn in its own colors.
    - `title`: what stands above it.
    - `colormap`: None: gray, or blue to red around 0 if x has both signs.

    >>> len(field(np.eye(8)).axes)
    2
    """
    x = as_picture(x, "x")
    with style():
        figure = new_figure(3.8, 3.2)
        draw_field(figure, x, title, colormap)
    return figure


def comparison(target: Any, samples: Any, most: int = 4, colormap: str = "gray") -> "Figure":
    """Picture of target and samples in one scale of gray; below them their power spectra and their histograms.

    **Arguments**

    - `target`: (y, x), or (3, y, x) of RGB, whose curves are drawn by channel.
    - `samples`: (sample, ...), of any sides; all but those that hold NaN enter the curves.
    - `most`: how many samples are shown.
    - `colormap`: of gray images.

    >>> len(comparison(np.eye(16), np.stack([np.eye(16)] * 2)).axes)
    5
    """
    target, samples = as_picture(target, "target"), np.asarray(samples, dtype=float)
    samples = samples[None] if samples.ndim == target.ndim else samples
    if samples.ndim != target.ndim + 1 or samples.shape[1:-2] != target.shape[:-2]:
        raise InputError(f"samples has shape {samples.shape}, expected (sample, [3], y, x) as the target.")
    shown = [target, *samples[:most]]
    with style():
        figure = new_figure(2.0 * max(len(shown), 3), 4.9)
        top, bottom = figure.subfigures(2, 1, height_ratios=[2.4, 2.5])  # type: ignore[misc]
        for number, image in enumerate(shown):
            axis = top.add_subplot(1, len(shown), number + 1)
            paint(axis, image, target, colormap)
            bare(axis, f"sample {number - 1}" if number else "target")
        left, right = bottom.subplots(1, 2, width_ratios=[1.15, 1])
        good = samples[np.isfinite(samples).all(tuple(range(1, samples.ndim)))]
        _spectra(left, target, good)
        _histograms(right, target, good)
    return figure




def draw_field(figure: Any, x: np.ndarray, title: str, colormap: str | None) -> None:
    """Draw an image and, if it is gray, its color bar."""
    axis = figure.add_subplot()
    colormap = colormap or ("RdBu_r" if x.min() < 0 < x.max() else "gray")
    picture = paint(axis, x, x, colormap)
    bare(axis, title)
    if x.ndim == 2:
        figure.colorbar(picture, ax=axis, shrink=0.85).outline.set_visible(False)


def _curves(target: np.ndarray, samples: np.ndarray) -> list[tuple[np.ndarray, str, np.ndarray, str]]:
    """Target and samples with their colors, one entry per channel."""
    gray = target.ndim == 2
    each = [samples] if gray else np.moveaxis(samples, 1, 0)
    return [(x, color, y, ACCENT if gray else color) for (x, color), y in zip(planes(target), each, strict=True)]


def _spectra(axis: Any, target: np.ndarray, samples: np.ndarray) -> None:
    lowest, highest = np.inf, 0.0
    for channel, (x, ink, drawn, accent) in enumerate(_curves(target, samples)):
        frequency, own = radial_spectrum(x)
        for number, sample in enumerate(drawn):
            label = "" if number or channel else "samples"
            axis.loglog(*radial_spectrum(sample), color=accent, lw=0.8, alpha=0.7, label=label)
        axis.loglog(frequency, own, color=ink, lw=1.4, label="" if channel else "target", zorder=3)
        positive = own[own > 0]
        if len(positive):
            lowest, highest = min(lowest, positive.min()), max(highest, positive.max())
    if highest > 0:  # a sample that went astray must not flatten the target's curve
        axis.set_ylim(lowest / 10, highest * 10)
    frequency_ticks(axis)
    axis.legend(loc="lower left")


def frequency_ticks(axis: Any) -> None:
    """Title, label and ticks at 1, 2, 5 of each decade of a radial spectrum."""
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
    for channel, (x, ink, drawn, accent) in enumerate(_curves(target, samples)):
        axis.fill_between(centers, density(x), color=ink, alpha=0.12, lw=0, step="mid")
        for number, sample in enumerate(drawn):
            label = "" if number or channel else "samples"
            axis.step(centers, density(sample), where="mid", color=accent, lw=0.8, alpha=0.7, label=label)
        axis.step(centers, density(x), where="mid", color=ink, lw=1.2, label="" if channel else "target")
    axis.set(title="histogram", xlabel="value", xlim=(edges[0], edges[-1]), ylim=(0, None), yticks=[])
    axis.spines["left"].set_visible(False)
