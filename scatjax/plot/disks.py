r"""The scattering disk: coefficients of one image as sectors of the Fourier plane (Bruna and Mallat 2013).

A path $\lambda_1 = (j_1, \theta_1)$ owns a sector: its ring is its octave of frequency, its middle the angle of its
wave vector; the disk of a real image is drawn twice, at $\theta$ and $\theta + \pi$. At order 2 the sector of
$\lambda_1$ is divided among its children, along the radius by $j_2$ (coarse inside), along the angle by $\theta_2$.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, check_finite
from .canvas import PALE, as_image, bare, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..coefficients import Coefficients

INNER = 0.6  # a ring's inner radius over its outer one; true octaves, 1/2, leave coarse scales too small to be read

TITLES = {"S1": "order 1, by scale and angle", "S2": "order 2, each sector by its second band"}


def disk(c: "Coefficients", x: Any = None) -> "Figure":
    """Picture of orders 1 and 2 of one image as disks, each with its own color bar, after the image, if given.

    The y axis points down, as in the image: a sector points across the edges that fill it.

    **Arguments**

    - `c`: `sj.Scattering(bank)(x)` of a bank of images, (path, *site), or a pointwise change of it
      (`jax.tree.map(jnp.log, c)`); sites are averaged.
    - `x`: the image (y, x), or None.

    **Errors** InputError for a batch, for coefficients that have no S1 with angles, or are not finite.

    >>> import scatjax as sj
    >>> S = sj.Scattering(sj.wavelets.morlet((32, 32), J=2, L=4))
    >>> [axis.get_title() for axis in disk(S(np.eye(32, dtype=np.float32))).axes[:2]]
    ['order 1, by scale and angle', 'order 2, each sector by its second band']
    """
    values, columns = _paths(c)
    kinds = columns["kind"]
    orders = [kind for kind in ("S1", "S2") if (kinds == kind).any()]
    panels = len(orders) + (x is not None)
    with style():
        figure = new_figure(3.3 * panels, 3.2)
        axes = figure.subplots(1, panels, squeeze=False)[0]
        if x is not None:
            _picture(axes[0], x)
        for axis, kind in zip(axes[panels - len(orders) :], orders, strict=True):
            _draw(figure, axis, values, columns, np.flatnonzero(kinds == kind))
            axis.set_title(TITLES[kind], loc="center")
    return figure


def _paths(c: "Coefficients") -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Means over the sites, (path,), and the columns of the table."""
    columns = getattr(getattr(c, "table", None), "columns", {})
    if "theta1" not in columns or not (columns["kind"] == "S1").any():
        raise InputError("a disk is drawn of S1 with angles: sj.Scattering(bank, order=2) of a bank of images.")
    values = np.asarray(c.values, dtype=float)
    if values.ndim != 1 + c.sites:
        raise InputError(f"the coefficients have shape {values.shape}: a disk is of one image, take one of the batch.")
    check_finite(values, "the coefficients")
    return values.reshape(len(values), -1).mean(1), columns


def _draw(figure: Any, axis: Any, values: np.ndarray, columns: dict[str, np.ndarray], rows: np.ndarray) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Circle

    sectors = _sectors(columns)
    wedges = [_wedge(bounds) for bounds in sectors[rows]]
    held = values[rows]
    if "sign1" not in columns:
        wedges += [_wedge(bounds + [0, 0, 180, 180]) for bounds in sectors[rows]]
        held = np.concatenate([held, held])
    axis.add_patch(Circle((0, 0), 1, color=PALE, lw=0))
    drawn = PatchCollection(wedges, cmap="magma", edgecolor="white", lw=0.25 if len(wedges) < 2000 else 0.05)
    drawn.set_array(held)
    drawn.set_clim(min(0.0, float(held.min())) if held.max() > 0 else float(held.min()), float(held.max()))
    axis.add_collection(drawn)
    axis.set(xlim=(-1.02, 1.02), ylim=(1.02, -1.02), aspect="equal", xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    figure.colorbar(drawn, ax=axis, shrink=0.75, aspect=24).outline.set_visible(False)


def _sectors(columns: dict[str, np.ndarray]) -> np.ndarray:
    """(inner radius, outer radius, first angle, last angle) of each row, in units of the disk and degrees."""
    j1, l1 = columns["j1"], columns["l1"]
    width = 180 / (l1.max() + 1)
    outer = INNER ** np.where(j1 < 0, 0, j1).astype(float)
    inner, start = INNER * outer, np.degrees(columns["theta1"]) - width / 2
    stop = start + width
    second = columns["kind"] == "S2"
    for j in np.unique(j1[second]):
        rows = second & (j1 == j)
        scales, angles = np.unique(columns["j2"][rows]), columns["l2"][second].max() + 1
        ring = np.searchsorted(scales, columns["j2"][rows]) / len(scales)  # the finest is outermost
        outer[rows], inner[rows] = outer[rows] * INNER**ring, outer[rows] * INNER ** (ring + 1 / len(scales))
        start[rows] += columns["l2"][rows] * width / angles
        stop[rows] = start[rows] + width / angles
    return np.stack([inner, outer, start, stop], 1)


def _wedge(bounds: np.ndarray) -> Any:
    from matplotlib.patches import Wedge

    inner, outer, start, stop = map(float, bounds)
    return Wedge((0, 0), outer, start, stop, width=outer - inner)


def _picture(axis: Any, x: Any) -> None:
    axis.imshow(as_image(x, "x"), cmap="gray", interpolation="nearest")
    bare(axis, "x")
