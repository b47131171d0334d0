r"""Jumps: signed Poisson jumps, and the self-exciting counts of Hawkes, as series of unit steps.

Choose `poisson_jumps` for a path that is neither Gaussian nor intermittent (independent increments, fat tails at small
scales only), `hawkes` for events that come in clusters. Both are exact, given at the resolution of one step; counts
are whole numbers in a floating dtype, as every field is.
"""

import functools

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from ...citations import cites
from ...errors import InputError
from .embedding import Number, length, number
from .gaussian_fields import floating

_MOST_EVENTS = 1e8  # a minute or so of the event loop: beyond it a slip in the units is likelier than patience
_MOST_RATE = 1e6  # jax.random.poisson in float32 keeps its law below


def poisson_jumps(key: Array, T: int, rate: Number, dtype: DTypeLike = float) -> Float[Array, "time"]:
    r"""Increments over unit steps of a compound Poisson process of jumps +1 and -1, equally likely; levels: `path`.

    $dX(t) = N^+_t - N^-_t$ with independent $N^\pm_t \sim \mathrm{Poisson}(\text{rate}/2)$ (a Skellam variable), exact:
    mean 0, variance `rate`, kurtosis $3 + 1/\text{rate}$, independent in time.

    **Arguments**

    - `T`: number of samples, static.
    - `rate`: mean number of jumps per step.

    **Errors** InputError for T < 2, rate < 0 or above 10^6, a dtype that is not floating.

    >>> dx = poisson_jumps(jax.random.key(0), 1000, rate=0.1)
    >>> dx.shape, bool((dx == jnp.round(dx)).all()), bool((dx == 0).mean() > 0.85)
    ((1000,), True, True)
    """
    remedy = f"is no rate of jumps: use 0 <= rate <= {_MOST_RATE:g} a step."
    rate = number("rate", rate, lambda n: 0 <= n <= _MOST_RATE, remedy)
    return _jumps(key, rate / 2, T=length(T), dtype=floating(dtype))


@cites("hawkes1971")
def hawkes(
    key: Array,
    T: int,
    mu: Number,
    alpha: Number,
    beta: Number,
    warmup: Number | None = None,
    dtype: DTypeLike = float,
) -> Float[Array, "time"]:
    r"""Events in each of T unit steps of a Hawkes process of exponential kernel, whose intensity is

    $$\lambda(t) = \mu + \alpha \sum_{t_i < t} e^{-\beta(t - t_i)}$$

    (Hawkes 1971, Biometrika 58, 83). One event causes $\alpha/\beta$ others on average: it must stay below 1. Waiting
    times are drawn exactly, without thinning (Dassios and Zhao 2013, Electron. Commun. Probab. 18, 62), one event at a
    time: since the intensity is Markov, each step goes on from the last one, and no list of events needs room. With
    $\kappa = \beta - \alpha$ the stationary mean is $\Lambda = \mu\beta/\kappa$ and, with
    $A = \alpha\Lambda(2\beta - \alpha)/(2\kappa^3)$, the variance is $\Lambda + 2A(e^{-\kappa} - 1 + \kappa)$, the
    covariance at lag k $A(e^\kappa + e^{-\kappa} - 2)e^{-\kappa k}$.

    **Arguments**

    - `T`: number of steps, static.
    - `mu`, `alpha`: events per step.
    - `beta`: inverse of the memory, in steps.
    - `warmup`: steps before the first that is kept, from an empty past, default $16/\kappa$: what is left of the empty
      past is $e^{-16}$ of the mean. With 0 the process begins at 0.

    **Errors** InputError for T < 2, mu <= 0, alpha < 0, beta <= alpha, warmup < 0, more than 10^8 events to expect, a
    dtype that is not floating.

    >>> n = hawkes(jax.random.key(0), 2000, mu=0.2, alpha=0.5, beta=1.0)
    >>> n.shape, bool(0.25 < n.mean() < 0.6)
    ((2000,), True)
    """
    T = length(T)
    mu = number("mu", mu, lambda n: n > 0, "is no background rate: use mu > 0 events a step.")
    alpha = number("alpha", alpha, lambda n: n >= 0, "is no excitation: use alpha >= 0 (0: a Poisson process).")
    stable = f"is not above alpha={alpha:g}: use alpha/beta < 1, or each event causes one or more and they never end."
    beta = number("beta", beta, lambda n: n > alpha, stable)
    gap = beta - alpha
    warmup = number("warmup", 16 / gap if warmup is None else warmup, lambda n: n >= 0, "must be 0 or more steps.")
    events = mu * beta / gap * (T + warmup)
    if events > _MOST_EVENTS:
        raise InputError(
            f"about {events:.2g} events are to be expected, more than {_MOST_EVENTS:.0e}: "
            f"use a smaller T, mu, alpha/beta or warmup, or shorter steps."
        )
    return _counts(key, mu, alpha, beta, warmup, T=T, dtype=floating(dtype))


@functools.partial(jax.jit, static_argnames=("T", "dtype"))
def _jumps(key, rate, *, T, dtype):
    up, down = jax.random.poisson(key, rate, (2, T))
    return (up - down).astype(dtype)


@functools.partial(jax.jit, static_argnames=("T", "dtype"))
def _counts(key, mu, alpha, beta, warmup, *, T, dtype):
    mu, alpha, beta, warmup = (jnp.asarray(n, dtype) for n in (mu, alpha, beta, warmup))
    before, after = jax.random.split(key)
    excess, _ = _advance(before, jnp.zeros((), dtype), warmup, mu, alpha, beta)

    def step(excess, i):
        return _advance(jax.random.fold_in(after, i), excess, jnp.ones((), dtype), mu, alpha, beta)

    _, counts = jax.lax.scan(step, excess, jnp.arange(T))
    return counts.astype(dtype)


def _advance(key: Array, excess: Array, duration: Array, mu: Array, alpha: Array, beta: Array) -> tuple[Array, Array]:
    r"""The excess $\lambda - \mu$ at the end of `duration`, and the number of events in it.

    The next event is the earlier of one of the background, rate mu, and one of the excess, whose probability to come
    after s is $\exp(-\frac{x}{\beta}(1 - e^{-\beta s}))$: it may never come (Dassios and Zhao 2013, Algorithm 3.1).
    """
    infinity = jnp.asarray(jnp.inf, excess.dtype)

    def draw(carry):
        key, excess, left, count = carry
        key, now = jax.random.split(key)
        own, background = jax.random.exponential(now, (2,), excess.dtype)
        spent = jnp.where(beta * own < excess, beta * own / excess, 0)
        wait = jnp.minimum(jnp.where(beta * own < excess, -jnp.log1p(-spent) / beta, infinity), background / mu)
        arrives = wait < left
        excess = excess * jnp.exp(-beta * jnp.minimum(wait, left)) + jnp.where(arrives, alpha, 0)
        return key, excess, jnp.where(arrives, left - wait, 0), count + arrives.astype(count.dtype)

    carry = key, excess, duration, jnp.zeros((), jnp.int32)
    _, excess, _, count = jax.lax.while_loop(lambda carry: carry[2] > 0, draw, carry)
    return excess, count
