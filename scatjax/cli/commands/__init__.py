"""The commands, one per file: a verb of a config, the measurement of a field, the machine and what a run would cost."""
