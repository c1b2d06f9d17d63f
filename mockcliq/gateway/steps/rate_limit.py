"""Rate limiting: the operation's threshold and its lock period."""

from __future__ import annotations

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.refusals import Refusal
from mockcliq.contract.timestamps import MS_PER_SECOND, iso_ms
from mockcliq.gateway.call import Authenticated
from mockcliq.gateway.rules import RATE_LIMITED


def limit_rate(call: Authenticated) -> None:
    """Refuse calls over the threshold, and all during the lock that follows, with 429."""
    operation = call.operation.id
    limiter, user = call.world.limiter, call.caller.id
    limit = limiter.limits.get(operation)
    if limit is None or not call.world.rate_limit:
        return
    lock = limiter.admit(user, operation, call.now)
    headers = call.server.settings.rate_limit_headers
    if headers == "x-ratelimit":
        call.extra_headers += _x_ratelimit(call, None if lock is None else lock.until)
    if lock is None:
        return
    if headers == "retry-after":
        call.extra_headers.append((b"retry-after", b"%d" % _seconds_until(lock.until, call.now)))
    raise Refusal(
        RATE_LIMITED,
        lock_ends=lock.until,
        user=user,
        operation=call.operation.label,
        until=iso_ms(lock.until),
        calls=limit.calls,
        window_s=limit.window_s,
    )


def _seconds_until(then: EpochMs, now: EpochMs) -> int:
    return -(-(then - now) // MS_PER_SECOND)


def _x_ratelimit(call: Authenticated, locked_until: EpochMs | None) -> list[tuple[bytes, bytes]]:
    limiter, user, operation, now = call.world.limiter, call.caller.id, call.operation.id, call.now
    usage = limiter.usage_of(user, operation, now)
    resets = locked_until or usage.frees_at or now
    return [
        (b"x-ratelimit-limit", b"%d" % limiter.limits[operation].calls),
        (b"x-ratelimit-remaining", b"%d" % usage.remaining),
        (b"x-ratelimit-reset", b"%d" % _seconds_until(resets, now)),
    ]
