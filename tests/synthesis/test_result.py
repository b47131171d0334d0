"""What a run says while it goes on, and what it leaves behind."""

import io

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import scatjax
from scatjax.errors import InputError, Status
from scatjax.samplers.progress import clock
from scatjax.synthesis import Progress, ProgressLine, Synthesis


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self):
        return True


def progress(step=20, left=75.0, residual=(0.5, 0.25), **kw):
    return Progress(step, 200, {"relative residual": np.array(residual), "energy": np.zeros(2)}, None, 2.0, left, **kw)


def test_one_line_rewritten_in_place():
    stream = Terminal()
    line = ProgressLine(stream)
    line(progress())
    line(progress(200, float("inf")))
    first, second = stream.getvalue().split("\r\x1b[K")[1:]
    assert (
        first == "step 20/200  relative residual 5.0e-01  1:15 left"
        and second == "step 200/200  relative residual 5.0e-01\n"
    )


def test_a_run_that_ends_early_ends_the_line():
    stream = Terminal()
    ProgressLine(stream)(progress(30, float("inf")))
    assert stream.getvalue().endswith("5.0e-01\n")


def test_one_line_a_chunk_elsewhere():
    stream = io.StringIO()
    line = ProgressLine(stream)
    line(progress(stage=2, stages=3))
    line(progress(40, 3675.0, residual=(np.nan, 0.1)))
    line(progress(60, 1.0, residual=(np.inf, np.nan)))
    assert stream.getvalue().splitlines() == [
        "[2/3] step 20/200  relative residual 5.0e-01  1:15 left",
        "step 40/200  relative residual 1.0e-01  1:01:15 left",
        "step 60/200  relative residual nan  0:01 left",
    ]


def test_silent_where_nobody_watches(capsys):
    """The default writes to a terminal only; pytest's stderr is none."""
    ProgressLine()(progress())
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("seconds, shown", [(0, "0:00"), (59.6, "1:00"), (3600, "1:00:00"), (float("nan"), "-:--")])
def test_clock(seconds, shown):
    assert clock(seconds) == shown


@pytest.fixture
def result():
    """Two samples, one of which was lost."""
    status = jax.vmap(lambda bad: Status.where(bad, Status.not_finite, Status.converged))(jnp.array([False, True]))
    numbers = jnp.array([3, 7], jnp.int32)
    return Synthesis(jnp.ones((2, 4, 5)), jnp.array([1e-3, jnp.inf]), status, numbers, numbers + 1, jax.random.key(5))


def test_printing(result):
    assert str(result).splitlines() == [
        "Synthesis of 2 fields (4, 5)",
        "  0: relative residual 1.00e-03 after 3 steps, converged",
        "  1: relative residual inf after 7 steps, not_finite",
    ]


def test_save(result, tmp_path):
    """No pickle; the key comes back; nothing is overwritten unless asked for."""
    path = tmp_path / "r.npz"
    result.save(path)
    with np.load(path, allow_pickle=False) as stored:
        assert set(stored) == {"fields", "residual", "steps", "evaluations", "status", "version", "key"}
        assert np.array_equal(stored["fields"], result.fields) and stored["status"].tolist() == result.statuses()
        assert stored["steps"].tolist() == [3, 7] and stored["evaluations"].tolist() == [4, 8]
        assert str(stored["version"]) == scatjax.__version__
        assert jax.random.wrap_key_data(jnp.asarray(stored["key"])) == result.key
    with pytest.raises(InputError, match="nothing is ever overwritten"):
        result.save(path)
    result.save(str(path), overwrite=True)
