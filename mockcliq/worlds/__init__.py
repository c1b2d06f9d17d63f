"""The worlds of a server: their registry, start-up, templates, data and credentials."""
