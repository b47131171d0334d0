"""Errors at the border say what is wrong and what to do; files are written whole or not at all."""

import os
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.errors import (
    ConfigError,
    InputError,
    Status,
    Success,
    check_finite,
    check_real,
    check_shape,
    did_you_mean,
    missing_extra,
)
from scatjax.files import npz_bytes, write_atomic
from scatjax.synthesis.result import status_names


def test_errors_are_value_errors():
    assert issubclass(InputError, ValueError) and issubclass(ConfigError, InputError)


def test_did_you_mean():
    assert did_you_mean("morlett", ["morlet", "shannon"]) == "; did you mean 'morlet'?"
    assert did_you_mean("xyz", ["morlet"]) == "" and did_you_mean("a", []) == ""


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_real_dtypes(dtype):
    assert check_real(np.zeros(2, dtype)) == dtype and check_real(np.ones(2, dtype).tolist()) == "float64"


@pytest.mark.parametrize(
    "x", [np.zeros(2, int), np.zeros(2, bool), [1, 2], jnp.zeros(2, jnp.bfloat16), np.zeros(2, np.float16)]
)
def test_other_dtypes_are_refused(x):
    """bfloat16 too: there is no FFT of it."""
    with pytest.raises(InputError, match=r"mine has dtype .*: convert it to float32 first, mine.astype"):
        check_real(x, "mine")


def test_complex_is_refused():
    with pytest.raises(InputError, match=r"x is complex \(complex64\): pass its real and imaginary parts"):
        check_real(np.zeros(2, np.complex64))


def test_shapes():
    check_shape(np.zeros((5, 2, 3)), (2, 3))
    check_shape(np.zeros(()), ())
    for x in (np.zeros((3, 2)), np.zeros(3), np.zeros((2, 3, 1))):
        with pytest.raises(InputError, match=r"y has shape \(.*\), expected \(..., 2, 3\) for y x: crop or pad"):
            check_shape(x, (2, 3), "y", "for y x")


def test_finite():
    x = np.zeros((2, 3))
    check_finite(x)
    x[1, 2], x[1, 1] = np.inf, np.nan
    with pytest.raises(
        InputError, match=r"x holds 2 values that are NaN or Inf, the first at index \(1, 1\): fill them"
    ):
        check_finite(x)
    with pytest.raises(InputError, match="at index ()"):
        check_finite(np.float64("nan"))
    with pytest.raises(InputError, match=r"x is empty \(shape \(0, 3\)\): pass at least one sample"):
        check_finite(np.zeros((0, 3)))


def test_missing_extra():
    assert str(missing_extra("h5py", "io")) == 'this needs h5py: pip install "scatjax[io]"'


def test_status_survives_vmap():
    """One status a lane, chosen by where, named on the host."""
    chosen = jax.jit(jax.vmap(lambda bad: Status.where(bad, Status.not_finite, Status.converged)))(
        np.array([True, False])
    )
    assert status_names(chosen) == ["not_finite", "converged"] and chosen.success.tolist() == [False, True]
    names = set(Status.values)
    assert names >= {
        "converged", "running", "step_limit", "line_search_failed", "stalled", "not_finite", "interrupted"
    }  # fmt: skip
    assert all(len(Status[getattr(Status, name)]) > 10 for name in names - {"converged"})
    assert Status[Status.converged] == "" and [name for name in names if getattr(Status, name).success] == ["converged"]


def test_a_kernels_own_endings_compare_with_the_others():
    class Own(Status):
        tuned = Success("The chain was tuned as asked.")

    assert bool(Own.tuned == Status.tuned) and not bool(Own.tuned == Status.converged)
    assert bool(Status.tuned.success) and Status[Status.tuned] == "The chain was tuned as asked."
    assert jax.jit(lambda status: Status.where(jnp.asarray(True), Status.tuned, status))(Status.running) == Own.tuned
    with pytest.raises(AttributeError, match="there is no Status 'convergd'; did you mean 'converged'"):
        Status.convergd  # noqa: B018
    with pytest.raises(InputError, match="Status.running exists and says 'The run goes on.': choose another name"):
        type("Again", (Status,), {"running": "It goes on."})


def test_npz_bytes_refuses_objects():
    with pytest.raises(ValueError, match="Object arrays"):
        npz_bytes({"a": np.array([None])})


def test_write_atomic(tmp_path):
    path = write_atomic(tmp_path / "a.bin", b"one")
    assert path.read_bytes() == b"one"
    with pytest.raises(InputError, match=r"a.bin exists and nothing is ever overwritten"):
        write_atomic(path, b"two")
    assert path.read_bytes() == b"one"
    write_atomic(str(path), b"two", overwrite=True)
    assert path.read_bytes() == b"two" and os.listdir(tmp_path) == ["a.bin"]


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match=r"cannot write .*a.bin \(3 bytes\): No such file or directory"):
        write_atomic(tmp_path / "none" / "a.bin", b"one")


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    """Flushing fails: the old content stays, no temporary file is left."""
    path = write_atomic(tmp_path / "a.bin", b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_atomic(path, b"new", overwrite=True)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.bin"]


def test_a_kill_before_the_rename_leaves_the_old_file(tmp_path, monkeypatch):
    """The new content is complete before it takes the name."""
    path, seen = write_atomic(tmp_path / "a.bin", b"old"), []
    rename = os.replace

    def watch(source, target):
        seen.append((Path(source).read_bytes(), path.read_bytes()))
        rename(source, target)

    monkeypatch.setattr(os, "replace", watch)
    write_atomic(path, b"new", overwrite=True)
    assert seen == [(b"new", b"old")] and path.read_bytes() == b"new"


@pytest.mark.parametrize("word", ["names", "where", "values"])
def test_a_status_is_no_member_of_the_class(word):
    with pytest.raises(InputError, match="choose another name"):
        type(Status)("Mine", (Status,), {word: "A text: a remedy."})
