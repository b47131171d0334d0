"""Tables of a config: which keys a kind has, the choice that a table is, and the objects that only configs ask for."""
