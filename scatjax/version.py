"""The version, for those who write it into what they make."""

__version__ = "0.1.0"
