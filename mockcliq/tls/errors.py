"""Why TLS cannot be spoken: for all who start a server, most of which have none."""


class TlsUnusable(Exception):
    """TLS cannot be spoken with these settings; the message is one line that says what to change."""


class TlsMissing(TlsUnusable):
    """The packages are not installed."""

    def __init__(self) -> None:
        super().__init__("TLS needs packages that are not installed: pip install 'mockcliq[tls]'")
