"""The data of a world: SQLModel on SQLite. Knows nothing of HTTP, nor of errors on the wire."""
