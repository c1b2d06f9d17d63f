"""The control API, below ``/_mockcliq``: exempt from tokens, limits and the journal."""

CONTROL_PATH = "/_mockcliq"
"""The path of the control API, below the application's mount path."""
