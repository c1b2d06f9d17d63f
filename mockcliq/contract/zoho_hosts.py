"""Zoho's hosts that lead to the mock: one list, for certificates, the proxy and what clients are patched for.

Source: Zoho's documentation of its data centres. Canada's has a domain of its own, beside the usual one.
"""

from __future__ import annotations

_DATA_CENTRES = ("com", "eu", "in", "com.au", "jp", "ca", "sa", "uk", "com.cn")

_API_DOMAINS = {
    **{f"accounts.zoho.{each}": f"www.zohoapis.{each}" for each in _DATA_CENTRES},
    "accounts.zohocloud.ca": "www.zohoapis.ca",
}
"""The accounts server of each data centre, and the host of its APIs."""

ZOHO_HOSTS = (
    *(f"cliq.zoho.{each}" for each in _DATA_CENTRES),
    "cliq.zohocloud.ca",
    *_API_DOMAINS,
    *(f"www.zohoapis.{each}" for each in _DATA_CENTRES),
)
"""Cliq, the accounts server and the APIs of every data centre."""


def api_domain(accounts_host: str) -> str | None:
    """The URL that a data centre's accounts server sends clients to; None for a host that is none."""
    host = _API_DOMAINS.get(accounts_host)
    return None if host is None else f"https://{host}"
