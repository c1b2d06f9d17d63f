"""The vocabulary of an API: operations, scopes, refusals. Imports nothing of the package."""
