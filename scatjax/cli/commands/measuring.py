"""`scatjax analyze`: a field, or that of a config, measured by its moment map."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError
from ..codes import DONE, Signals
from ..setup import load_config, overrides, start_jax

if TYPE_CHECKING:
    from ...coefficients import Coefficients
    from ...run import Model, Run


def analyze(arguments: argparse.Namespace, signals: Signals) -> int:
    """Measure a field: print a table of its coefficients, write them and pictures of field, bank and coefficients."""
    import equinox as eqx

    from ...run import Folder, dump, prepare, provenance
    from .. import pictures

    config = _field_or_config(arguments)
    start_jax(config)
    model = prepare(config)
    config, field = model.config, model.field
    coefficients = eqx.filter_jit(model.phi)(model.target)
    folder = Folder(arguments.out, f"{config.name}-analysis")
    text = dump(config)
    folder.start(text, provenance(text, config.seed, {config.field.source: field}))
    coefficients.save(folder.place("coefficients.npz"))
    paths = [folder.add(folder.place("coefficients.npz"))]
    values = _mean(coefficients) if config.field.stack else coefficients
    if config.output.pictures:
        paths += pictures.of_analysis(folder, model, values)
    mean, std = np.nanmean(field), np.nanstd(field)
    print(f"{config.field.source} {field.shape} {field.dtype}, mean {mean:.4g}, std {std:.4g}")
    if model.is_series:
        print(series_summary(model, coefficients))
    print(model.bank)
    print(table(values))
    folder.finish("done")
    print("\n".join(map(str, paths)))
    return DONE


def table(coefficients: "Coefficients") -> str:
    """One line per kind: rows, smallest, mean and largest value, and the mean modulus.

    >>> from scatjax.coefficients import Coefficients, Table
    >>> import jax.numpy as jnp
    >>> print(table(Coefficients(jnp.array([1.0, 3.0]), Table(kind=["S1", "S1"]))))
    kind          rows         min        mean         max    mean |.|
    S1               2           1           2           3           2
    """
    lines = [f"{'kind':<12}{'rows':>6}" + "".join(f"{name:>12}" for name in ("min", "mean", "max", "mean |.|"))]
    for kind in coefficients.kinds:
        values = np.asarray(coefficients.values)[coefficients.table.rows(kind=kind)]
        numbers = (values.min(), values.mean(), values.max(), np.abs(values).mean())
        lines.append(f"{kind:<12}{len(values):>6}" + "".join(f"{number:>12.4g}" for number in numbers))
    return "\n".join(lines)


def series_summary(model: "Model", coefficients: "Coefficients") -> str:
    """Length, scales, coefficients, what a Gaussian has 0 and 3 of (gaps left out), and the self-similarity score.

    >>> from scatjax.run import Field, Run, prepare
    >>> model = prepare(Run(Field("helium_jet")))
    >>> summary, floor = series_summary(model, model.phi(model.target)).split("; ")
    >>> print(summary)
    T=4096, J=9, 368 coefficients, skewness -0.115, kurtosis 2.58, self-similarity score 29.2 (0: alike at all scales
    >>> print(floor)
    white noise of this length: 7.82 +- 3)
    """
    from ... import diagnostics, moments

    known = model.field[~np.isnan(model.field)].astype(float)
    shape = f"skewness {diagnostics.skewness(known):.3g}, kurtosis {diagnostics.kurtosis(known):.3g}"
    line = f"T={model.field.shape[-1]}, J={model.bank.J}, {len(coefficients.table)} coefficients, {shape}"
    try:
        score = moments.self_similarity(coefficients)
    except InputError:  # few scales, several wavelets an octave: there is no score
        return line
    if np.isnan(score.floor):
        noise = moments.white_noise_scores(model.phi)
        floor = f"white noise of this length: {noise.mean():.3g} +- {noise.std():.2g}"
    else:
        floor = f"{score.floor:.3g} +- {score.error:.2g} by estimation alone"
    return f"{line}, self-similarity score {score.total:.3g} (0: alike at all scales; {floor})"


def _field_or_config(arguments: argparse.Namespace) -> "Run":
    from ...run import Run, config

    if arguments.source.endswith(".toml"):
        return load_config(arguments, arguments.source)
    if arguments.fast:
        raise InputError("--fast applies the table [fast] of a config: name one, or leave it out.")
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(arguments.source).stem).strip("-")[:60] or "field"
    tree = config.override({"field": {"source": arguments.source}, "name": name}, overrides(arguments))
    return config.build(Run, tree)


def _mean(c: "Coefficients") -> "Coefficients":
    from ...coefficients import Coefficients

    return Coefficients(c.values.mean(0), c.table, c.sites)
