"""The commands, a file each: a verb of a config, the measurement of a field, the machine and what a run would cost."""
