"""The emulated APIs, independent of each other."""
