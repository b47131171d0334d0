"""Moment maps of one formula each: marginals, rings of the spectrum, increments, scattering means."""
