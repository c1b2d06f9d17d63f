"""What even the smallest command needs to know of the product: its version, and its port."""

__version__ = "0.1.0"

DEFAULT_PORT = 2547
"""C-L-I-Q on a phone's keys."""

DEFAULT_TLS_PORT = 2548
DEFAULT_PROXY_PORT = 2549
