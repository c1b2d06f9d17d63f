"""HTTP: the server, its protocols, and what ends them."""
