"""The version, for who needs no more of the package."""

__version__ = "0.1.0"
