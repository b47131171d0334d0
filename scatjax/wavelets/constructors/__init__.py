"""Constructors of banks, one per family: `morlet(shape, J=…, …)` and its siblings, of images and of series.

One signature for every family: names, defaults and words of the arguments that they share stand in `shared`, and
`help(sj.wavelets.morlet)` lists them; `shape` says the dimension. A new constructor is one function in `images` (also
where the family has series) or `series`: it takes the shared arguments that its family has, makes one family per layer,
and hands them to `shared.bank`.
"""
