"""The output folder: names that are free, files that are whole, nothing overwritten, JSON without NaN."""

import hashlib
import json

import numpy as np
import pytest

from scatjax.errors import InputError
from scatjax.run import Field, Folder, Run, dump, load, provenance


def test_numbers_go_on_after_the_largest(tmp_path):
    (tmp_path / "runs" / "a-007").mkdir(parents=True)
    (tmp_path / "runs" / "a-b-012").mkdir()
    assert Folder(None, "a", tmp_path / "runs").path.name == "a-008"
    assert Folder(None, "b", tmp_path / "runs").path.name == "b-001"


def test_a_folder_with_contents_or_a_file_is_refused(tmp_path):
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "x").write_text("mine")
    with pytest.raises(InputError, match="is not empty and nothing is ever overwritten: choose another `--out`"):
        Folder(tmp_path / "used")
    with pytest.raises(InputError, match="is a file: choose another `--out`"):
        Folder(tmp_path / "used" / "x")
    with pytest.raises(InputError, match="choose another `--out`"):
        Folder(tmp_path / "used" / "x" / "below")
    assert (tmp_path / "used" / "x").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert Folder(tmp_path / "empty").path == tmp_path / "empty"


def test_a_whole_run(tmp_path):
    config, folder = Run(Field("brick"), seed=3), Folder(tmp_path / "out")
    folder.start(dump(config), provenance(dump(config), 3, {"brick": np.ones(3)}, ["scatjax", "synthesize"]))
    before = json.loads((folder.path / "provenance.json").read_text())
    assert before["status"] == "running" and "finished" not in before
    folder.metrics(step=1, energy=np.array([1.0, np.inf]))
    folder.metrics(step=2, energy=np.array([0.5, np.nan]))
    path = folder.samples(0, fields=np.zeros((2, 4, 4)), residual=np.zeros(2))
    folder.finish("done", seconds=1.5)

    assert load(Run, folder.path / "config.resolved.toml") == config
    lines = [json.loads(line) for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    assert lines == [{"step": 1, "energy": [1.0, None]}, {"step": 2, "energy": [0.5, None]}]
    after = json.loads((folder.path / "provenance.json").read_text())
    assert (after["status"], after["seed"], after["seconds"]) == ("done", 3, 1.5)
    assert set(after["outputs"]) == {"config.resolved.toml", "samples/unit_000000.npz"}
    assert after["outputs"]["samples/unit_000000.npz"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert {"jax", "numpy", "scatjax", "python"} <= set(after["versions"])
    assert after["devices"]["platform"] == "cpu"
    with np.load(path, allow_pickle=False) as stored:
        assert stored["fields"].shape == (2, 4, 4)


def test_equal_samples_are_equal_files(tmp_path):
    arrays = {"fields": np.arange(8.0).reshape(2, 2, 2)}
    first, second = (Folder(tmp_path / name).samples(0, **arrays).read_bytes() for name in "ab")
    assert first == second


def test_samples_are_never_overwritten(tmp_path):
    folder = Folder(tmp_path / "out")
    folder.samples(0, fields=np.zeros(1))
    with pytest.raises(InputError, match="nothing is ever overwritten"):
        folder.samples(0, fields=np.ones(1))
