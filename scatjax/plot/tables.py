"""Pictures of coefficients, by kind."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..diagnostics.spectrum import radial_spectrum
from ..errors import InputError
from .banks import draw_tiles, filters_of, scales_of
from .canvas import ACCENT, INK, PALE, as_picture, new_figure, palette, planes, style
from .fields import draw_field, frequency_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..coefficients import Coefficients


def coefficients(c: "Coefficients") -> "Figure":
    """Picture of coefficients, one panel per kind: against the scale, one line per angle, or in the table's order.

    **Arguments**

    - `c`: moments, (*batch, path); a batch is averaged.

    >>> from scatjax.coefficients import Coefficients, Table
    >>> import jax.numpy as jnp
    >>> len(coefficients(Coefficients(jnp.arange(3.0), Table(kind=["a", "a", "b"]))).axes)
    2
    """
    columns = min(len(c.kinds), 3)
    with style():
        figure = new_figure(2.9 * columns, 2.1 * -(-len(c.kinds) // columns))
        _panels(figure, c, columns)
    return figure


def analysis(x: Any, filters: Any, c: "Coefficients", colormap: str | None = None) -> "Figure":
    """Picture of a field, the tiles of its bank, and its coefficients: what `scatjax analyze` draws."""
    x = as_picture(x, "x")
    psi, phi = filters_of(filters)
    rows = -(-len(c.kinds) // 3)
    with style():
        figure = new_figure(8.7, 2.9 + 2.1 * rows)
        top, bottom = figure.subfigures(2, 1, height_ratios=[2.9, 2.1 * rows])  # type: ignore[misc]
        left, middle, right = top.subfigures(1, 3, width_ratios=[1.15, 1, 1.15])  # type: ignore[misc]
        draw_field(left, x, "field", colormap)
        draw_tiles(middle.add_subplot(), psi, phi, scales_of(filters, len(psi)))
        axis = right.add_subplot()
        for plane, color in planes(x):
            axis.loglog(*radial_spectrum(plane), color=color, lw=1.2)
        frequency_ticks(axis)
        _panels(bottom, c, min(len(c.kinds), 3))
    return figure


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
    colors = palette(np.unique(angles))
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
