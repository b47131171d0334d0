"""Strict flags, quick compilation, one key per test with its seed printed, and float64 where a test asks for it."""

import jax
import jaxtyping
import numpy as np
import pytest

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_disable_most_optimizations", True)


@pytest.fixture
def rng(request) -> np.random.Generator:
    """A NumPy generator whose seed is the test's name: the same for every run, other for every test."""
    seed = sum(map(ord, request.node.name))
    print(f"seed {seed}")
    return np.random.default_rng(seed)


@pytest.fixture
def x64():
    """float64 inside one test."""
    with jax.enable_x64(True):
        yield


@pytest.fixture
def unchecked():
    """Without the run-time type checker: what a user sees who passes an argument of the wrong type."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(autouse=True)
def _quick_programs(request):
    """Programs that LLVM does not optimize: most tests run theirs once, and two thirds of the time went to compiling.

    Those marked `slow` or `optimized` get the programs that ship, as do configs and notebooks in `.ci/run`.
    """
    ships = any(request.node.get_closest_marker(name) for name in ("optimized", "slow"))
    jax.config.update("jax_disable_most_optimizations", not ships)
    yield
    jax.config.update("jax_disable_most_optimizations", True)


@pytest.fixture(autouse=True, scope="module")
def _free_compiled_programs():
    yield
    jax.clear_caches()
