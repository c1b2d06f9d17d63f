"""A world's state in memory: clock, limiter, faults, journal. Synchronous; no web framework, no SQL."""
