"""What an API promises: operations, scopes, refusals. Knows no server, and imports nothing of ours."""
