"""Pictures of a run: of images the fields, their spectra and histograms, of series their statistics and dashboard.

With matplotlib (extra `plot`); without it images alone are drawn, and a series has none.
"""

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError

if TYPE_CHECKING:
    from ..coefficients import Coefficients
    from ..run import Folder, Model

_SHORTEST = 256  # samples that the statistics of a series need


def of_samples(folder: "Folder", model: "Model", samples: np.ndarray) -> list[Path]:
    """Target and samples, as the moment map sees them; images by their values, series by statistics and spectra."""
    if not model.is_series:
        target, colormap = model.one, model.config.output.colormap
        images = model.restored(samples)
        images = images.reshape(-1, *target.shape[:-2], *images.shape[-2:])
        return [_images(folder, *views, colormap) for views in _views(target, images, "samples")]
    good = [x for x in samples if np.isfinite(x).all() and x.min() < x.max()]
    return _of_series(folder, model, good[:1], "samples")


def of_analysis(folder: "Folder", model: "Model", c: "Coefficients") -> list[Path]:
    """A field, its bank and its coefficients; a series by its statistics and its spectra."""
    if model.is_series:
        return _of_series(folder, model, [], "analysis")
    colormap, paths = model.config.output.colormap, []
    for image, _, name in _views(model.one, model.one[None], "analysis"):
        path = folder.place(f"pictures/{name}.png")
        if _has_matplotlib():
            from .. import plot

            plot.save(plot.analysis(image, model.bank, c, colormap=colormap), path)
        else:
            from .. import fields

            fields.write_png(path, image, colormap=_png_colormap(colormap) if image.ndim == 2 else None)
        paths.append(folder.add(path))
    return paths


def _views(target: np.ndarray, samples: np.ndarray, name: str) -> list[tuple[np.ndarray, np.ndarray, str]]:
    """Target, samples and a name for each picture: one of gray or RGB, one per channel of other fields."""
    target = np.where(np.isnan(target), np.nanmean(target), target)
    if target.ndim == 2 or len(target) == 3:
        return [(target, samples, name)]
    return [(x, samples[:, channel], f"{name}_{channel}") for channel, x in enumerate(target)]


def _of_series(folder: "Folder", model: "Model", samples: list[np.ndarray], name: str) -> list[Path]:
    """`NAME.png`, the statistics of target and first sample, and `spectra.png`, their scattering spectra."""
    if not _has_matplotlib():
        print('no pictures: those of series need matplotlib: pip install "scatjax[plot]"', file=sys.stderr)
        return []
    from .. import plot

    target = model.target[0] if model.config.field.stack else model.target
    shown = dict(zip(("target", "sample"), [target, *samples], strict=False))
    figures = {"spectra": _dashboard(model, shown)}
    gaps = None if model.mask is None else ~model.mask
    drawn = {label: longest_run(x, gaps if label == "target" else None) for label, x in shown.items()}
    if model.config.output.differences:
        drawn = {label: np.diff(x) for label, x in drawn.items()}
    if min(map(len, drawn.values())) >= _SHORTEST and all(x.min() < x.max() for x in drawn.values()):
        figures[name] = plot.time_series(drawn)
    return [folder.add(plot.save(f, folder.place(f"pictures/{label}.png"))) for label, f in figures.items()]


def _dashboard(model: "Model", shown: dict[str, np.ndarray]):
    """The four spectra of each series; where an octave has several wavelets, the target's coefficients by kind."""
    import equinox as eqx

    from .. import plot

    maps = {label: model.phi if x.shape == model.phi.shape else model.phi.at(x.shape) for label, x in shown.items()}
    spectra = {label: eqx.filter_jit(maps[label])(x) for label, x in shown.items()}
    try:
        return plot.scattering_spectra(spectra)
    except InputError:
        return plot.coefficients(spectra["target"])


def longest_run(x: np.ndarray, gaps: np.ndarray | None) -> np.ndarray:
    """The longest stretch of a series without a gap.

    >>> longest_run(np.arange(6.0), np.array([False, True, False, False, False, True]))
    array([2., 3., 4.])
    """
    if gaps is None:
        return x
    ends = np.flatnonzero(np.concatenate([[True], gaps, [True]]))  # place 0 is before the first sample
    widest = int(np.diff(ends).argmax())
    return x[ends[widest] : ends[widest + 1] - 1]


def _images(folder: "Folder", target: np.ndarray, samples: np.ndarray, name: str, colormap: str) -> Path:
    """Target and samples: with matplotlib also their spectra and histograms, else the images alone."""
    path = folder.place(f"pictures/{name}.png")
    if _has_matplotlib():
        from .. import plot

        return folder.add(plot.save(plot.comparison(target, samples, colormap=colormap), path))
    from .. import fields

    color = target.ndim == 3
    low, high = (0.0, 1.0) if color else np.quantile(target, [0.002, 0.998])
    shown = None if color else _png_colormap(colormap)
    fields.write_png(path, strip(target, samples), colormap=shown, limits=(float(low), float(high)))
    return folder.add(path)


def strip(target: np.ndarray, samples: np.ndarray, most: int = 4, gap: int = 4) -> np.ndarray:
    """Target and samples side by side on one canvas, gaps at the target's largest value; channels stay in front.

    >>> strip(np.zeros((8, 8)), np.ones((2, 8, 8))).shape
    (8, 32)
    """
    images = [target, *np.nan_to_num(samples[:most])]
    height = max(image.shape[-2] for image in images)
    fill = target.max()
    whole = [(0, 0)] * (target.ndim - 2)
    columns = [np.pad(i, (*whole, (0, height - i.shape[-2]), (0, gap)), constant_values=fill) for i in images]
    return np.concatenate(columns, axis=-1)[..., : -gap or None]


def _has_matplotlib() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def _png_colormap(name: str) -> str | None:
    return None if name == "gray" else name
