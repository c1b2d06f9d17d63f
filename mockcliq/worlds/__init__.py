"""Worlds: what they are made from, what they hold, who may come in."""
