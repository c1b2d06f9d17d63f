"""A program whose calls to Zoho's hosts come here, with nothing in it changed: its environment, and its process."""
