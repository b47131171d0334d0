"""What the tests of the simulators share: many draws at once, and the p-value of a mean whose truth is known."""

import jax
import numpy as np
from scipy import stats

FALSE_ALARM = 1e-6  # of each comparison with a closed form, over seeds; the seeds are fixed


def draws(make, seed: int, count: int) -> np.ndarray:
    """`count` series of `make(key)`, jitted and mapped over keys."""
    return np.asarray(jax.jit(jax.vmap(make))(jax.random.split(jax.random.key(seed), count)))


def assert_means(values: np.ndarray, truth, name: str) -> None:
    """Means over axis 0 of independent rows equal the truth: the worst |t|, Bonferroni over the columns."""
    values = np.asarray(values, np.float64)
    values = values.reshape(len(values), -1)
    truth = np.broadcast_to(truth, values.shape[1:])
    t = (values.mean(0) - truth) / (values.std(0, ddof=1) / np.sqrt(len(values)))
    worst = int(np.abs(t).argmax())
    p = min(1.0, 2 * t.size * stats.t.sf(abs(t[worst]), len(values) - 1))
    assert p > FALSE_ALARM, f"{name}[{worst}] = {values.mean(0)[worst]:.5g}, expected {truth[worst]:.5g} (p = {p:.1e})"
