"""What every emulated request passes through, before and after its operation."""
