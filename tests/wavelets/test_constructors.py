"""One signature for every constructor of banks: names, defaults and order of the arguments that they share."""

import inspect

import pytest

from scatjax import wavelets
from scatjax.wavelets.constructors import images, series
from scatjax.wavelets.constructors.shared import ARGUMENTS, PERIODIC

MODULES = (images, series)
CONSTRUCTORS = {
    name: function
    for module in MODULES
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
}
DEFAULTS = {
    "shape": (inspect.Parameter.empty,),
    "J": (None,),
    "L": (None, 4, 8),  # None where series have none
    "Q": (None, 8),  # 8 where a family is of sounds
    "constants": (None,),
    "oversampling": (2, "full"),  # Haar's wavelets are held by no coarser grid
    "boundary": (PERIODIC,),
    "dtype": (None,),
    "T": (None,),
    "full_band": (False,),
    "tight": (False,),
}
OWN = {"morlet_hz": {"f_min", "f_max", "sampling_rate"}, "profile": {"function", "low_pass", "xi"}}
EXPECTED = "battle_lemarie bump bump_cheng bump_steerable gabor gaussian_steerable haar meyer morlet morlet_hz profile"


def test_all_are_seen():
    assert sorted(CONSTRUCTORS) == [*EXPECTED.split(), "scatnet", "shannon", "shannon_steerable"]
    assert all(getattr(wavelets, name) is function for name, function in CONSTRUCTORS.items())


def check(name, function):
    """The law: known names, their defaults, booleans by keyword, the others in the order of `ARGUMENTS`."""
    parameters = inspect.signature(function).parameters
    shared = {key: value for key, value in parameters.items() if key not in OWN.get(name, set())}
    for key, parameter in shared.items():
        assert key in ARGUMENTS, f"{name} has an argument {key!r} that no other has: use one of {list(ARGUMENTS)}"
        assert any(parameter.default is d or parameter.default == d for d in DEFAULTS[key]), f"{name}({key}=...)"
        if isinstance(parameter.default, bool):
            assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, f"{name}: {key} is a boolean"
    positional = [key for key, value in shared.items() if value.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert positional == [key for key in ARGUMENTS if key in positional], f"{name}: {positional}"
    assert {"shape", "oversampling", "boundary", "dtype", "T"} <= set(shared), f"{name} lacks what all banks have"


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_names_and_defaults(name):
    check(name, CONSTRUCTORS[name])


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_every_argument_is_documented(name):
    """One line per argument, with the words that all constructors share."""
    text = CONSTRUCTORS[name].__doc__
    for key in inspect.signature(CONSTRUCTORS[name]).parameters:
        assert f"- `{key}`" in text or f", `{key}`: " in text, f"{name}: {key}"
        assert key not in ARGUMENTS or f"- `{key}`: {ARGUMENTS[key]}\n" in text
    assert text.count("**Arguments**") == 1 and text.index("**Arguments**") < text.index(">>>")


def test_it_can_fail():
    def other(shape, J=None, oversampling=2, boundary=PERIODIC, dtype=None, T=None): ...

    check("other", other)

    def renamed(shape, octaves=None, oversampling=2, boundary=PERIODIC, dtype=None, T=None): ...

    def moved(shape, oversampling=2, J=None, boundary=PERIODIC, dtype=None, T=None): ...

    def default(shape, J=3, oversampling=2, boundary=PERIODIC, dtype=None, T=None): ...

    for wrong, message in ((renamed, "that no other has"), (moved, "moved"), (default, r"default\(J=")):
        with pytest.raises(AssertionError, match=message):
            check(wrong.__name__, wrong)
