"""The headers of requests: a client sends the same ones again and again, and they are kept once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mockcliq.short_cache import short_cache

_Sent = tuple[tuple[bytes, bytes], ...]

_LONGEST_KEPT = 4096
"""The bytes of the longest headers that are kept for the next request."""

_MOST_KEPT = 128

_HEADER_BYTES = 192
"""What a header takes beside its texts, about."""


class Headers(_Sent):
    """The headers of a request in their order, with names in lower case.

    Attributes:
        by_name: The values; several lines of one name are joined by commas.
        size: What they take, in bytes, about.
    """

    by_name: Mapping[bytes, bytes]
    size: int

    @classmethod
    def of(cls, sent: Iterable[Iterable[bytes]]) -> Headers:
        """These headers: the same object as for the last request, if they are the same and not too long."""
        return _headers(tuple(map(tuple, sent)))  # type: ignore[arg-type]  # each is a name and a value


def _size(sent: _Sent) -> int:
    return sum(len(name) + len(value) + _HEADER_BYTES for name, value in sent)


@short_cache(_MOST_KEPT, _LONGEST_KEPT, _size)
def _headers(sent: _Sent) -> Headers:
    headers = Headers(sent)
    headers.by_name = _by_name(sent)
    headers.size = _size(sent)
    return headers


def _by_name(sent: _Sent) -> Mapping[bytes, bytes]:
    by_name = dict(sent)
    if len(by_name) < len(sent):
        for name in by_name:
            by_name[name] = b", ".join(value for key, value in sent if key == name)
    return by_name
