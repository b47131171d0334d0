"""Files of fields: readers, writers, their formats and tables."""
