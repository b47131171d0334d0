"""Every verb has its command: denoise, recover and invert from a config to a folder, and what is bad is one line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import scatjax as sj
from scatjax import cli
from scatjax.errors import InputError
from scatjax.run import Run, dump, kind, load, loads
from scatjax.run.assemble import completed, make_target
from scatjax.run.kinds import KINDS

ROOT = Path(sj.__file__).parents[1]
BUMPS = '[bank]\nkind = "bump_steerable"\nJ = 2\nL = 4\n[moments]\nkind = "phase_harmonics"\n'
CONFIGS = {
    "denoise": BUMPS + '[noise]\nkind = "white"\nstd = 0.5\n[denoise]\nnum_noises = 2\nmax_steps = 3\n',
    "recover": BUMPS + 'pairs = "mallat_zhang_rochette"\n[recover]\nnum_samples = 2\nmax_steps = 3\n',
    "invert": '[bank]\nkind = "morlet"\nJ = 2\nL = 2\n[operator]\nkind = "scattering"\norder = 1\n'
    "[invert]\nmax_steps = 3\nnum_samples = 2\n",
}


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path, rng):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCATJAX_CACHE", "off")
    np.save("x.npy", rng.normal(size=(16, 16)).astype("float32"))
    for verb, text in CONFIGS.items():
        Path(f"{verb}.toml").write_text(f'name = "{verb}"\nfield = {{source = "x.npy"}}\n[output]\n' + text)
    return tmp_path


def error_of(capsys) -> str:
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1, error
    return error


@pytest.mark.parametrize("verb", CONFIGS)
def test_a_verb_writes_a_whole_run_that_its_resolved_config_repeats(verb, capsys):
    assert cli.main([verb, f"{verb}.toml", "--out", "a"]) in (cli.DONE, cli.NOT_CONVERGED)
    printed = capsys.readouterr().out
    assert "sample 0: relative residual" in printed
    with np.load("a/samples/unit_000000.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    count = 1 if verb == "denoise" else 2
    assert arrays["fields"].shape == (count, 16, 16) and len(arrays["status"]) == count
    own = {"denoise": {"floor"}, "recover": {"psnr", "shifts"}, "invert": set()}[verb]
    assert own == set(arrays) - {"fields", "residual", "status", "steps", "evaluations"}
    facts = json.loads(Path("a/provenance.json").read_text())
    assert facts["status"] == "done" and {"samples/unit_000000.npz", "pictures/samples.png"} <= set(facts["outputs"])
    assert Path("a/metrics.jsonl").exists()
    config = load(Run, "a/config.resolved.toml")
    assert config.verb.kind == verb and (config.noise is not None) == (verb == "denoise")
    assert cli.main(["run", "a/config.resolved.toml", "--out", "b"]) in (cli.DONE, cli.NOT_CONVERGED)
    first, second = (Path(out, "samples/unit_000000.npz").read_bytes() for out in "ab")
    assert first == second
    assert Path("a/config.resolved.toml").read_text() == Path("b/config.resolved.toml").read_text()


def test_the_numbers_are_those_of_the_verb_in_python():
    """The command is the call."""
    import jax

    assert cli.main(["denoise", "denoise.toml", "--out", "a", "--seed", "4"]) == cli.NOT_CONVERGED
    x = np.load("x.npy")
    phi = sj.PhaseHarmonics(sj.wavelets.bump_steerable(x.shape, J=2, L=4), sj.pairs.pywph(J=2, L=4))
    r = sj.denoise(jax.random.key(4), phi, x, sj.White(std=0.5), num_noises=2, max_steps=3, report=None)
    with np.load("a/samples/unit_000000.npz", allow_pickle=False) as stored:
        np.testing.assert_allclose(stored["fields"], r.fields, atol=1e-5)
        np.testing.assert_allclose(stored["floor"], r.floor, rtol=1e-5)


def test_a_config_of_no_verb_is_of_the_command(capsys):
    text = Path("recover.toml").read_text()
    Path("plain.toml").write_text(text[: text.index("[recover]")])
    words = ["--set", "recover.num_samples=1", "--set", "recover.max_steps=2", "--out"]
    assert cli.main(["recover", "plain.toml", *words, "a"]) == cli.NOT_CONVERGED
    config = load(Run, "a/config.resolved.toml")
    assert (config.verb.kind, config.solver.memory, config.start.mean) == ("recover", 100, 0.5)


def test_denoise_with_gaps_and_a_stack_of_draws(rng):
    x = np.load("x.npy")
    x[3, 4] = np.nan
    np.save("gaps.npy", x)
    np.save("draws.npy", rng.normal(size=(4, 16, 16)).astype("float32"))
    noise = 'noise={kind="stack", source="draws.npy"}'
    words = ["--set", "field.source=gaps.npy", "--set", "field.mask=gaps", "--set", noise, "--out", "a"]
    classes = ["--set", 'moments.classes=["S11", "S00"]', "--set", "denoise.max_steps=2"]
    assert cli.main(["denoise", "denoise.toml", *words, *classes]) in (0, 3)
    with np.load("a/samples/unit_000000.npz", allow_pickle=False) as stored:
        assert np.isfinite(stored["fields"]).all()
    assert set(json.loads(Path("a/provenance.json").read_text())["inputs"]) == {"gaps.npy", "draws.npy"}


def test_info_and_analyze_take_configs_of_any_verb(capsys):
    for verb in CONFIGS:
        assert cli.main(["info", f"{verb}.toml"]) == 0
        printed = capsys.readouterr().out
        assert "samples of 3 steps" in printed and "one gradient" in printed
    assert cli.main(["analyze", "recover.toml", "--out", "a"]) == 0


def test_a_verb_from_outside_has_its_command(tmp_path, capsys):
    """A module that `--import` imports; its keyword-only arguments are its table."""
    Path("my_verbs.py").write_text(
        "import types, jax.numpy as jnp\n"
        "from scatjax.errors import Status\n"
        "from scatjax.run import kind\n"
        "@kind('verb', 'repeat')\n"
        "def repeat(key, target, *, num_samples: int = 1, gain: float = 2.0, report=None):\n"
        "    fields = gain * jnp.stack([target] * num_samples)\n"
        "    numbers = jnp.zeros(num_samples)\n"
        "    status = Status.where(numbers == 0, Status.converged, Status.running)\n"
        "    return types.SimpleNamespace(fields=fields, residual=numbers, status=status, steps=numbers.astype(int))\n"
    )
    start = 'field = {source = "x.npy"}\nbank = {kind = "morlet", J = 2}\n'
    Path("r.toml").write_text(start + "[repeat]\nnum_samples = 2\n")
    sys.path.insert(0, str(tmp_path))
    try:
        assert cli.main(["repeat", "r.toml", "--out", "a", "--import", "my_verbs"]) == 0
        assert cli.main(["run", "r.toml", "--out", "b", "--set", "repeat.gain=3"]) == 0
        assert cli.main(["repeat", "r.toml", "--set", "repeat.gian=3"]) == 2
    finally:
        sys.path.remove(str(tmp_path))
        KINDS["verb"].pop("repeat", None)
    assert "repeat.gian: unknown key; did you mean 'gain'?" in capsys.readouterr().err
    with np.load("b/samples/unit_000000.npz", allow_pickle=False) as stored:
        assert np.array_equal(stored["fields"], np.stack([3 * np.load("x.npy")] * 2))


def test_a_verb_that_asks_for_what_no_run_has(capsys):
    @kind("verb", "strange")
    def strange(key, telescope, *, num_samples: int = 1):
        raise AssertionError

    try:
        assert cli.main(["strange", "invert.toml", "--set", "strange.num_samples=1"]) == 2
        assert "is of one verb" in error_of(capsys)
        Path("s.toml").write_text('field = {source = "x.npy"}\nbank = {kind = "morlet", J = 2}\n[strange]\n')
        assert cli.main(["run", "s.toml", "--out", "a"]) == 2
        assert "strange: 'strange' needs telescope, which this run does not have" in error_of(capsys)
        assert not Path("a").exists()
    finally:
        KINDS["verb"].pop("strange")


@pytest.mark.parametrize(
    "words, message",
    {
        ("denoise", "invert.toml"): "invert: this table is of `scatjax invert`: run that, or write [denoise]",
        ("synthesize", "denoise.toml"): "denoise.toml: denoise: this table is of `scatjax denoise`",
        ("denoise", "denoise.toml", "--set", "synthesis.max_steps=3"): "synthesis: stands beside [denoise]",
        ("denoise", "denoise.toml", "--set", "noise.kind=whit"): "noise.kind: got 'whit'; did you mean 'white'?",
        ("denoise", "denoise.toml", "--set", "noise.sdt=1"): "noise.sdt: unknown key; did you mean 'std'?",
        ("denoise", "denoise.toml", "--set", "noise.std=-1"): "noise.std: std=-1.0 must be 0 or positive",
        ("denoise", "denoise.toml", "--set", "noise.std=a"): "noise.std: expected float, got 'a'",
        ("denoise", "denoise.toml", "--set", "noise={}"): "noise.kind: missing key; use one of 'white', 'stack'",
        ("denoise", "denoise.toml", "--set", 'noise={kind="white"}'): "noise is zero, or the same everywhere",
        ("denoise", "denoise.toml", "--set", 'noise={kind="stack", source="none.npy"}'): "noise.source: source = "
        "'none.npy' cannot be used",
        ("denoise", "denoise.toml", "--set", 'noise={kind="stack", source="x.npy"}'): "noise has shape (16, 16)",
        ("denoise", "denoise.toml", "--set", 'noise={kind="stack"}'): "noise.source: missing key",
        ("denoise", "denoise.toml", "--set", "denoise.num_noise=3"): "denoise.num_noise: unknown key; did you mean "
        "'num_noises'?",
        ("denoise", "denoise.toml", "--set", "denoise.num_noises=1"): "denoise.num_noises: expected a number >= 2",
        ("denoise", "denoise.toml", "--set", "denoise.num_noises=a"): "denoise.num_noises: expected int, got 'a'",
        ("denoise", "denoise.toml", "--set", "denoise.max_steps=0"): "denoise.max_steps: expected a number >= 1, got 0",
        ("denoise", "denoise.toml", "--set", "denoise.tolerance=-1"): "denoise.tolerance: expected a number >= 0",
        ("denoise", "denoise.toml", "--set", "denoise=3"): "denoise: expected table, got 3",
        ("denoise", "denoise.toml", "--set", "field.stack=true"): "bank.kind: 'bump_steerable' is of images",
        ("denoise", "plain.toml"): "noise: missing table: `scatjax denoise` takes noise out of a field, say which",
        ("run", "both.toml"): "invert: stands beside [recover]: a config is of one verb",
        ("recover", "recover.toml", "--set", 'noise={kind="white"}'): "noise: `scatjax recover` takes none",
        ("recover", "recover.toml", "--set", 'operator={kind="scattering"}'): "operator: `scatjax recover` takes none",
        ("recover", "recover.toml", "--set", "recover.lanes=0"): "recover.lanes: expected a number >= 1, got 0",
        ("recover", "recover.toml", "--set", "recover.shape=[8, 8]"): "recover.shape: unknown key",
        ("recover", "recover.toml", "--set", 'start={kind="given", source="no.npy"}'): "start.source: source =",
        ("recover", "recover.toml", "--set", 'start={kind="given", source="short.npy"}'): "start has shape (8, 8)",
        ("recover", "recover.toml", "--set", 'variable={kind="fixed", source="short.npy"}'): "mask has shape",
        ("invert", "invert.toml", "--set", "operator.kind=scatering"): "operator.kind: got 'scatering'; did you mean",
        ("invert", "invert.toml", "--set", "operator.order=-1"): "operator.order: order=-1 must be",
        ("invert", "invert.toml", "--set", "operator.averaging={kind='lokal'}"): "operator.averaging.kind: got 'lokal'",
        ("invert", "invert.toml", "--set", "operator.averaging=mean", "--set", "operator.stride=2"): "stride=2: a mean",
        ("invert", "invert.toml", "--set", "invert.tolerance=[1, 2]"): "invert.tolerance: expected float",
        ("invert", "invert.toml", "--set", "field.mask=gaps", "--set", "field.source=gaps.npy"): "takes no gaps",
        ("run", "none.toml"): "none.toml: cannot be read",
        ("run", "invert.toml", "--import", "no_such_module"): "--import no_such_module: no such module",
        ("run", "invert.toml", "--import", ""): "--import",
        ("run", "invert.toml", "--import", ".relative"): "not the name of a module",
        ("run", "invert.toml", "--import", "mine.py"): "no such module",
        ("run",): "the following arguments are required: CONFIG.toml",
    }.items(),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_bad_input_is_one_line_and_2(capsys, words, message):
    Path("plain.toml").write_text('field = {source = "x.npy"}\nbank = {kind = "morlet", J = 2}\n')
    Path("both.toml").write_text('field = {source = "x.npy"}\n[recover]\n[invert]\n')
    np.save("short.npy", np.ones((8, 8), "float32") + np.eye(8, dtype="float32"))
    gaps = np.load("x.npy")
    gaps[0, 0] = np.nan
    np.save("gaps.npy", gaps)
    assert cli.main([*words, "--out", "out"]) == cli.BAD_INPUT == 2
    assert message in error_of(capsys)
    assert not Path("out").exists()


def test_what_the_verb_refuses_leaves_no_folder(monkeypatch, capsys):
    import functools

    import scatjax.synthesis

    @functools.wraps(sj.invert)
    def refuse(*arguments, **options):
        raise InputError("the values are of another field")

    monkeypatch.setattr(scatjax.synthesis, "invert", refuse)
    assert cli.main(["invert", "invert.toml", "--out", "out"]) == 2
    assert error_of(capsys) == "error: the values are of another field\n" and not Path("out").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.stem)
def test_resolved_configs_load_back(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = load(Run, path, fast=True)
    config = completed(config, make_target(config).ndim - (path.stem == "texture_color"))
    text = dump(config)
    assert loads(Run, text) == config and dump(loads(Run, text)) == text
    assert path.stem not in KINDS["verb"] or config.verb.kind == path.stem


def test_help_and_a_misspelt_table_are_answered_by_a_process():
    Path("bad.toml").write_text('field = {source = "x.npy"}\n[denoize]\n')
    helped = (["--help"], 0, "{synthesize,denoise,recover,invert,run,analyze,info}")
    for words, code, text in (helped, (["run", "bad.toml"], 2, "did you mean 'denoise'?")):
        environment = {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", "PATH": "/usr/bin:/bin"}
        command = [sys.executable, "-m", "scatjax", *words]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == code and text in done.stdout + done.stderr


def test_no_room_is_imported_before_a_config_is_read():
    """A misspelt table answers at once."""
    Path("bad.toml").write_text('field = {source = "x.npy"}\n[denoize]\n')
    code = """
import sys
from scatjax import cli
assert cli.main(["run", "bad.toml"]) == 2
rooms = {"fields", "domains", "wavelets", "operators", "moments", "energies", "samplers", "synthesis", "plot"}
print(sorted(room for room in rooms if f"scatjax.{room}" in sys.modules))  # old paths below them are there always
"""
    environment = {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
