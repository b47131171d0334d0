"""The command line on series: a .csv goes in; paths, pictures and a summary come out, and what is bad is one line."""

import json

import numpy as np
import pytest

from scatjax import cli
from scatjax.cli import pictures
from scatjax.coefficients import Coefficients
from scatjax.fields import read

CONFIG = """
name = "tiny"
[field]
source = "x.csv"
column = "close"
log_returns = true
[bank]
kind = "battle_lemarie"
J = 4
[synthesis]
num_samples = 2
max_steps = 80
tolerance = 5e-2
fixed = 100
"""


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path, rng):
    """Prices of 257 days, two more columns, and a config for them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCATJAX_CACHE", "off")
    prices = 100 * np.exp(np.concatenate([[0], 0.01 * np.cumsum(rng.standard_t(4, size=256) + 0.1)]))
    rows = [f"{day},{2 * price:.4f},{price:.4f}" for day, price in enumerate(prices)]
    (tmp_path / "x.csv").write_text("day,open,close\n" + "\n".join(rows) + "\n")
    (tmp_path / "c.toml").write_text(CONFIG)
    return tmp_path


def error_of(capsys) -> str:
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1, error
    return error


def test_synthesize_from_a_table_to_a_table(folder, capsys):
    assert cli.main(["synthesize", "c.toml", "--out", "a"]) == 0
    printed = capsys.readouterr().out
    assert "x.csv 256, battle_lemarie J=4: " in printed and "sample 1: relative residual" in printed
    with np.load("a/samples/unit_000000.npz", allow_pickle=False) as stored:
        fields = stored["fields"]
        assert fields.shape == (2, 256) and set(stored["status"]) == {"converged"}

    returns = read("x.csv", column="close", log_returns=True).astype("float32")
    assert np.array_equal(fields[:, :100], np.stack([returns[:100]] * 2)), "the past is not kept to the bit"
    assert not np.isclose(fields[0, 100:], fields[1, 100:]).any() and not np.isclose(fields[0], returns)[100:].any()
    assert np.array_equal(np.load("a/samples/fields.npy"), fields)
    again = read("a/samples/paths.csv", column="sample_1")
    assert np.array_equal(again.astype("float32"), fields[1])
    first, names = (folder / "a/samples/paths.csv").read_text().splitlines()[:2]
    facts = json.loads((folder / "a/provenance.json").read_text())
    assert names == "time,sample_0,sample_1"
    assert first.startswith("# scatjax ") and facts["config_sha256"] in first and facts["inputs"]["x.csv"] in first
    written = {"samples/paths.csv", "samples/fields.npy", "pictures/samples.png", "pictures/spectra.png"}
    assert written < set(facts["outputs"])

    assert cli.main(["synthesize", "a/config.resolved.toml", "--out", "b"]) == 0
    for name in ("unit_000000.npz", "paths.csv"):
        assert (folder / "a/samples" / name).read_bytes() == (folder / "b/samples" / name).read_bytes(), name


def test_a_tolerance_that_is_not_met_keeps_the_best_path(folder, capsys):
    sets = ["--set", "synthesis.tolerance=1e-9", "--set", "synthesis.num_samples=1", "--set", "output.pictures=false"]
    left = []
    for steps in (3, 30):
        words = ["synthesize", "c.toml", "--out", str(steps), "--set", f"synthesis.max_steps={steps}", *sets]
        assert cli.main(words) == cli.NOT_CONVERGED
        assert "step_limit: The step limit was reached" in capsys.readouterr().err
        with np.load(f"{steps}/samples/unit_000000.npz", allow_pickle=False) as stored:
            assert np.isfinite(stored["fields"]).all() and stored["status"].tolist() == ["step_limit"]
            left.append(float(stored["residual"][0]))
    assert left[1] < 0.5 * left[0]


def test_a_chain_whose_solvers_have_their_own_tolerance(folder):
    solvers = "solver=[{kind='lbfgs'}, {kind='levenberg_marquardt', damping=1e-3}]"
    numbers = ["synthesis.tolerance=[5e-2, 1e-3]", "synthesis.max_steps=[80, 20]", "synthesis.num_samples=1"]
    sets = [word for item in [solvers, *numbers, "output.pictures=false"] for word in ("--set", item)]
    assert cli.main(["synthesize", "c.toml", "--out", "a", *sets]) == 0
    lines = [json.loads(line) for line in (folder / "a/metrics.jsonl").read_text().splitlines()]
    first = [line["residual"][0] for line in lines if line["solver"] == 0]
    second = [line["residual"][0] for line in lines if line["solver"] == 1]
    assert 1e-3 < first[-1] <= 5e-2 and second[-1] <= 1e-3


def test_analyze_prints_a_summary(folder, capsys):
    sets = ["--set", "field.column=close", "--set", "bank={kind='morlet', J=4}", "--set", "field.log_returns=true"]
    assert cli.main(["analyze", "x.csv", "--out", "a", *sets]) == 0
    printed = capsys.readouterr().out
    returns = read("x.csv", column="close", log_returns=True)
    centered = returns - returns.mean()
    kurtosis = (centered**4).mean() / (centered**2).mean() ** 2
    assert "T=256, J=4, " in printed and f"kurtosis {kurtosis:.3g}" in printed and "Phi4" in printed
    assert {"Phi1", "Phi2", "Phi3", "Phi4"} <= set(Coefficients.load("a/coefficients.npz").kinds)
    assert {path.name for path in (folder / "a/pictures").iterdir()} == {"analysis.png", "spectra.png"}


def test_analyze_with_gaps_several_wavelets_and_a_mirror(folder, capsys):
    lines = (folder / "x.csv").read_text().splitlines()
    lines[200] = "199,,"
    (folder / "gaps.csv").write_text("\n".join(lines) + "\n")
    sets = ["--set", "field.column=close", "--set", "bank={kind='morlet', J=4, Q=2, boundary='mirror'}"]
    assert cli.main(["analyze", "gaps.csv", *sets]) == 2
    message = error_of(capsys)
    assert "1 gaps (NaN), the first at index 199" in message and "field.mask = 'gaps'" in message
    assert cli.main(["analyze", "gaps.csv", "--out", "a", "--set", "field.mask=gaps", *sets]) == 0
    assert "SymmetricOn" in capsys.readouterr().out
    assert [path.name for path in (folder / "a/pictures").iterdir()] == ["spectra.png"]  # no run of 256 samples


def test_info_of_series(capsys):
    assert cli.main(["info", "c.toml"]) == 0
    printed = capsys.readouterr().out
    assert "x.csv (256,) float32" in printed and "2 samples of 80 steps" in printed


def test_without_matplotlib_a_series_has_no_picture(folder, monkeypatch, capsys):
    monkeypatch.setattr(pictures.importlib.util, "find_spec", lambda name: None)
    words = ["analyze", "x.csv", "--out", "a", "--set", "field.column=close", "--set", "bank={kind='morlet', J=2}"]
    assert cli.main(words) == 0
    assert 'pip install "scatjax[plot]"' in capsys.readouterr().err and not (folder / "a/pictures").exists()


@pytest.mark.parametrize(
    "words, message",
    {
        ("synthesize", "c.toml", "--set", "field.column=clos"): "did you mean 'close'? Its columns are 'day', 'open', "
        "'close'",
        ("synthesize", "c.toml", "--set", "field.source=back.csv"): "goes back in line 3, column 'day'",
        ("synthesize", "c.toml", "--set", "field.source=flat.csv"): "flat.csv is constant (0): a model needs a field",
        ("synthesize", "c.toml", "--set", "bank.J=9"): "J=9",
        ("synthesize", "c.toml", "--set", "bank={kind='bump_steerable'}"): "is of images and x.csv is a series: use",
        ("synthesize", "c.toml", "--set", "field={source='brick64'}"): "is of series and brick64 is an image: use",
        ("synthesize", "c.toml", "--set", "synthesis.fixed=256"): "expected at most 255 samples of 256",
        ("analyze", "x.csv", "--set", "field.column=volume"): "no column 'volume'",
        ("analyze", "x.csv"): "holds 2 columns of numbers ('open', 'close'): name one",
        ("info", "c.toml", "--set", "field.log_return=true"): "unknown key; did you mean 'log_returns'?",
    }.items(),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_2(folder, capsys, words, message):
    (folder / "back.csv").write_text("day,close\n2,1\n1,2\n3,4\n")
    (folder / "flat.csv").write_text("day,close\n" + "".join(f"{day},7.5\n" for day in range(300)))
    assert cli.main(list(words)) == 2
    assert message in error_of(capsys)
