"""What the operations' own rules refuse."""

from __future__ import annotations

from mockcliq.contract.refusals import CliqError


class UnknownMessage(CliqError):
    """400: the message to pin is not in the chat."""

    status = 400
    reason = "unknown_message; have=id={message}; need=the id of a message in chat {chat}"


class ExpiryInThePast(CliqError):
    """400: the pin would have expired before it began."""

    status = 400
    reason = "expiry_in_the_past; have=expiry_time={expiry_time}; need=a time after {now}"


class OneToOneChat(CliqError):
    """400: nobody can leave a chat of two."""

    status = 400
    reason = "one_to_one_chat; have=chat {chat} of type dm; need=a group chat or a channel"
