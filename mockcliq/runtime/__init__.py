"""What a world does in memory: clock, limiter, faults, journal. Pure and synchronous; no web framework, no SQL."""
