"""The command line with a stand-in for the verb: outputs, exit codes, one-line errors, signals."""

import functools
import io
import json
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import scatjax.synthesis
from scatjax import cli
from scatjax.cli import pictures
from scatjax.coefficients import Coefficients
from scatjax.errors import InputError, Status
from scatjax.run import Run, load
from scatjax.samplers.progress import Progress

CONFIG = """
name = "tiny"
[field]
source = "{source}"
[bank]
kind = "morlet"
J = 2
[moments]
kind = "spectra"
isotropic = true
[synthesis]
num_samples = 2
max_steps = 7
[fast]
synthesis.max_steps = 3
"""


@functools.wraps(scatjax.synthesize)
def draw(key, phi, target, *, num_samples, max_steps, report, tolerance, **options):
    """A stand-in for sj.synthesize: the target and noise, two reports, the second sample at the step limit."""
    for step in (1, max_steps):
        left, energy = np.array([0.1 / step, np.nan]), np.array([1.0, np.nan])
        measures = {"relative residual": left, "energy": energy}
        report(Progress(step, max_steps, measures, Status.running, 1.0 * step, 65.0))
    status = jax.vmap(lambda good: Status.where(good, Status.converged, draw.bad))(jnp.array([True, draw.good]))
    fields = np.stack([target] * num_samples)
    return types.SimpleNamespace(
        fields=fields, residual=np.full(num_samples, 1e-4), steps=np.full(num_samples, max_steps), status=status,
        evaluations=np.full(num_samples, max_steps),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCATJAX_CACHE", "off")
    draw.good, draw.bad = True, Status.step_limit
    monkeypatch.setattr(scatjax.synthesis, "synthesize", draw)


@pytest.fixture
def config(tmp_path, rng):
    np.save(tmp_path / "x.npy", rng.normal(size=(16, 16)).astype("float32"))
    path = tmp_path / "c.toml"
    path.write_text(CONFIG.format(source="x.npy"))
    return str(path)


def error_of(capsys) -> str:
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1, error
    return error


def test_synthesize_writes_a_whole_run(config, tmp_path, capsys):
    assert cli.main(["synthesize", config, "--seed", "5"]) == 0
    out = tmp_path / "runs" / "tiny-001"
    printed = capsys.readouterr()
    assert "step 7/7  relative residual 1.4e-02  1:05 left" in printed.err
    assert "sample 1: relative residual 1.00e-04 after 7 steps, converged" in printed.out
    with np.load(out / "samples" / "unit_000000.npz", allow_pickle=False) as stored:
        assert stored["fields"].shape == (2, 16, 16)
        assert stored["status"].tolist() == ["converged", "converged"]
    metrics = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [m["step"] for m in metrics] == [1, 7] and metrics[0]["energy"] == [1.0, None]
    facts = json.loads((out / "provenance.json").read_text())
    assert facts["status"] == "done" and facts["seed"] == 5 and facts["samples"] == {"converged": 2}
    assert (out / "pictures" / "samples.png").read_bytes().startswith(b"\x89PNG")
    assert load(Run, out / "config.resolved.toml").seed == 5


def test_the_resolved_config_gives_the_same_samples(config, tmp_path):
    assert cli.main(["synthesize", config, "--fast", "--set", "output.pictures=false"]) == 0
    assert cli.main(["synthesize", "runs/tiny-001/config.resolved.toml"]) == 0
    first, second = (tmp_path / f"runs/tiny-00{i}/samples/unit_000000.npz" for i in (1, 2))
    assert first.read_bytes() == second.read_bytes()
    assert load(Run, tmp_path / "runs/tiny-001/config.resolved.toml").verb.max_steps == 3


def test_samples_that_did_not_converge_are_kept_and_give_3(config, tmp_path, capsys):
    draw.good = False
    assert cli.main(["synthesize", config, "--out", "out"]) == cli.NOT_CONVERGED == 3
    assert "step_limit: The step limit was reached" in capsys.readouterr().err
    assert (tmp_path / "out" / "samples" / "unit_000000.npz").exists()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_keep_the_best_fields(config, tmp_path, monkeypatch, number, code):
    @functools.wraps(scatjax.synthesize)
    def interrupted(*arguments, **options):
        try:
            os.kill(os.getpid(), number)
            signal.pause()
        except KeyboardInterrupt:
            draw.good, draw.bad = False, Status.interrupted
            return draw(*arguments, **options)

    monkeypatch.setattr(scatjax.synthesis, "synthesize", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    assert cli.main(["synthesize", config, "--out", "out"]) == code
    assert (tmp_path / "out" / "samples" / "unit_000000.npz").exists()
    assert json.loads((tmp_path / "out" / "provenance.json").read_text())["status"] == "interrupted"
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_before_anything_is_kept(config, monkeypatch, capsys, tmp_path):
    @functools.wraps(scatjax.synthesize)
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(scatjax.synthesis, "synthesize", interrupted)
    assert cli.main(["synthesize", config, "--out", "out"]) == 130
    assert "stopped before" in capsys.readouterr().err
    assert json.loads((tmp_path / "out" / "provenance.json").read_text())["status"] == "interrupted"


def test_a_target_that_the_verb_refuses_leaves_no_folder(config, tmp_path, monkeypatch, capsys):
    @functools.wraps(scatjax.synthesize)
    def refuse(*arguments, **options):
        raise InputError("the target has zero variance")

    monkeypatch.setattr(scatjax.synthesis, "synthesize", refuse)
    assert cli.main(["synthesize", config, "--out", "out"]) == 2
    assert "zero variance" in error_of(capsys) and not (tmp_path / "out").exists()

    @functools.wraps(scatjax.synthesize)
    def fail_later(*arguments, report, **options):
        draw(*arguments, report=report, **options)
        raise InputError("the disk is full")

    monkeypatch.setattr(scatjax.synthesis, "synthesize", fail_later)
    assert cli.main(["synthesize", config, "--out", "out"]) == 2
    facts = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert (facts["status"], facts["error"]) == ("failed", "the disk is full")


@pytest.mark.parametrize(
    "words, message",
    {
        ("synthesize", "none.toml"): "none.toml: cannot be read",
        ("synthesize", "{c}", "--set", "bank.j=2"): "bank.j: unknown key; did you mean 'J'?",
        ("synthesize", "{c}", "--set", "bank.J=9"): "J=9 needs every side >= 512, got (16, 16): use J <= 4",
        ("synthesize", "{c}", "--set", "field.source=none.npy"): "none.npy",
        ("synthesize", "{c}", "--set", "field.stack=true"): "isotropic, ends and outer are options of images",
        ("synthesize", "{c}", "--seed", "-1"): "seed: expected 0 <= seed < 2**32, got -1",
        ("synthesize", "{c}", "--seed", "x"): "argument --seed: invalid int value: 'x'",
        ("synthesize", "{c}", "--out", "."): "is not empty and nothing is ever overwritten: choose another `--out`",
        ("synthesize",): "the following arguments are required: CONFIG.toml",
        ("sythesize", "{c}"): "invalid choice: 'sythesize'",
        ("analyze", "brik"): "did you mean 'brick'?",
        ("analyze", "x.npy", "--fast"): "--fast applies the table [fast] of a config",
        ("info", "--fast"): "--set, --seed and --fast change a config: name one",
    }.items(),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_2(config, capsys, words, message):
    assert cli.main([word.replace("{c}", config) for word in words]) == cli.BAD_INPUT == 2
    assert message in error_of(capsys)


def test_missing_extras_are_named_and_other_import_errors_are_not_hidden(config, capsys, monkeypatch):
    from scatjax.errors import missing_extra
    from scatjax.run import assemble

    def needs(error):
        def make_target(config):
            raise error

        monkeypatch.setattr(assemble, "make_target", make_target)

    needs(missing_extra("h5py", "io"))
    assert cli.main(["synthesize", config]) == 2
    assert 'pip install "scatjax[io]"' in error_of(capsys)
    needs(ImportError("a bug"))
    with pytest.raises(ImportError, match="a bug"):
        cli.main(["synthesize", config])


def test_without_matplotlib_the_picture_is_images_only(config, monkeypatch, tmp_path):
    monkeypatch.setattr(pictures.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["synthesize", config, "--out", "out"]) == 0
    data = (tmp_path / "out" / "pictures" / "samples.png").read_bytes()
    width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
    assert (width, height) == (16 * 3 + 4 * 2, 16)


COLOR = """
name = "color"
[field]
source = "c.npy"
[bank]
kind = "morlet"
J = 2
[moments]
kind = "{kind}"
pairs = "{pairs}"
[synthesis]
num_samples = 2
[output]
match_histogram = {match}
"""


@pytest.mark.parametrize("drawn", [True, False], ids=["matplotlib", "plain"])
def test_color_from_file_to_picture(tmp_path, rng, monkeypatch, drawn):
    if not drawn:
        monkeypatch.setattr(pictures.importlib.util, "find_spec", lambda name: None)
    x = rng.uniform(size=(3, 16, 16)).astype("float32")
    np.save(tmp_path / "c.npy", x)
    path = tmp_path / "color.toml"
    path.write_text(COLOR.format(kind="rectifiers", pairs="alpha_color", match="true"))
    assert cli.main(["synthesize", str(path), "--set", "moments.scale_steps=0", "--out", "out"]) == 0
    with np.load(tmp_path / "out" / "samples" / "unit_000000.npz", allow_pickle=False) as stored:
        fields = stored["fields"]
    assert fields.shape == (2, 3, 16, 16) and np.array_equal(fields[0], scatjax.fields.match_histogram(x, x))
    assert (tmp_path / "out" / "pictures" / "samples.png").read_bytes().startswith(b"\x89PNG")
    assert cli.main(["analyze", str(path), "--set", "moments.scale_steps=0", "--out", "seen"]) == 0
    assert (tmp_path / "seen" / "pictures" / "analysis.png").exists()


def test_two_maps_have_a_picture_each(tmp_path, rng):
    np.save(tmp_path / "c.npy", rng.normal(size=(2, 16, 16)).astype("float32"))
    path = tmp_path / "cross.toml"
    text = COLOR.format(kind="phase_harmonics", pairs="pywph_cross", match="false")
    path.write_text(text.replace("morlet", "bump_steerable"))
    assert cli.main(["synthesize", str(path), "--out", "out"]) == 0
    made = sorted(p.name for p in (tmp_path / "out" / "pictures").iterdir())
    assert made == ["samples_0.png", "samples_1.png"]


def test_analyze_prints_a_table_and_writes_coefficients(config, tmp_path, capsys):
    assert cli.main(["analyze", "x.npy", "--set", 'bank={kind="morlet", J=2}', "--out", "out"]) == 0
    printed = capsys.readouterr().out
    assert "C11" in printed and "FilterBank(Morlet, shape=(16, 16), J=2" in printed
    c = Coefficients.load(tmp_path / "out" / "coefficients.npz")
    assert {"log P00", "C01", "C11"} <= set(c.kinds) and c.values.ndim == 1
    assert (tmp_path / "out" / "pictures" / "analysis.png").exists()
    assert cli.main(["analyze", config]) == 0
    assert (tmp_path / "runs" / "tiny-analysis-001" / "coefficients.npz").exists()


def test_info(config, capsys):
    assert cli.main(["info"]) == 0
    printed = capsys.readouterr().out
    assert f"scatjax           {scatjax.__version__}" in printed and "x64" in printed
    assert cli.main(["info", config]) == 0
    printed = capsys.readouterr().out
    assert "moments" in printed and "2 samples of 7 steps" in printed


def test_the_progress_line_is_rewritten_in_place_on_a_terminal():
    from scatjax.run.report import Report

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    report, measures = Report(Terminal()), {"relative residual": np.array([0.5]), "energy": np.array([0.1])}
    for step in (1, 2):
        report(Progress(step, 3, measures, Status.running, 1.0, 65.0))
    report.close()
    erase, line = "\r\x1b[K", "step {}/3  relative residual 5.0e-01  1:05 left"
    assert report.stream.getvalue() == erase + line.format(1) + erase + line.format(2) + "\n"


def test_the_cache_is_chosen_by_the_environment(monkeypatch, tmp_path):
    assert cli.cache_folder() is None
    monkeypatch.setenv("SCATJAX_CACHE", str(tmp_path / "cache"))
    assert cli.cache_folder() == tmp_path / "cache" and (tmp_path / "cache").is_dir()
    monkeypatch.delenv("SCATJAX_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cli.cache_folder() == tmp_path / "xdg" / "scatjax" / "compiled"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SCATJAX_CACHE", str(tmp_path / "file" / "below"))
    assert cli.cache_folder() is None


@pytest.mark.slow
def test_a_true_run_is_reproduced_bit_for_bit_and_stops_at_sigterm(tmp_path):
    """In its own process: two equal runs give equal files; SIGTERM gives 143 with the best fields so far kept."""
    root = Path(scatjax.__file__).parents[1]
    command = [sys.executable, "-m", "scatjax", "synthesize", str(root / "configs" / "quickstart.toml"), "--fast"]
    environment = os.environ | {"SCATJAX_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(root)}
    for out in "ab":
        subprocess.run([*command, "--out", out], cwd=tmp_path, env=environment, check=True, capture_output=True)
    first, second = ((tmp_path / out / "samples" / "unit_000000.npz").read_bytes() for out in "ab")
    assert first == second

    endless = ["--set", "synthesis.max_steps=1000000", "--set", "synthesis.tolerance=0", "--out", "c"]
    process = subprocess.Popen([*command, *endless], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    metrics = tmp_path / "c" / "metrics.jsonl"
    until = time.monotonic() + 120
    while not metrics.exists() and time.monotonic() < until:
        time.sleep(0.1)
    process.terminate()
    assert process.wait(60) == cli.TERMINATED
    with np.load(tmp_path / "c" / "samples" / "unit_000000.npz", allow_pickle=False) as stored:
        assert set(stored["status"]) == {"interrupted"} and np.isfinite(stored["fields"]).all()
    assert json.loads((tmp_path / "c" / "provenance.json").read_text())["status"] == "interrupted"
