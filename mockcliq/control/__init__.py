"""The control API, below ``/_mockcliq``: exempt from tokens, limits and the journal, so that it always works."""
