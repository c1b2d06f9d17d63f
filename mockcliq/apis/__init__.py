"""The emulated APIs; none knows another."""
