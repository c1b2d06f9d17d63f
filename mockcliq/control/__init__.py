"""The control API, below ``/_mockcliq``: exempt from tokens, limits and the journal, so that it always works."""

CONTROL_PATH = "/_mockcliq"
"""Where it stands, below the path that the application is mounted below."""
