"""What the accounts server refuses, in its own words: mostly an ``error`` in an answer whose status is 200."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from mockcliq.contract.refusals import Refusal


class AccountsError(Refusal):
    """A refusal of the accounts server; ``error`` is its word for it."""

    status = 200
    error: ClassVar[str]

    @property
    def document(self) -> Mapping[str, str]:
        """That word."""
        return {"error": self.error}


class UnknownClient(AccountsError):
    """Nobody registered the client."""

    error = "invalid_client"
    reason = "unknown_client; have=client_id {client}; need=a client of GET /_mockcliq/clients"


class WrongSecret(AccountsError):
    """The client's secret is another."""

    error = "invalid_client_secret"
    reason = "wrong_client_secret; have={secret}; need=the secret of client {client}"


class NoRedirectUriGiven(AccountsError):
    """There is nowhere to send the user back to."""

    error = "invalid_redirect_uri"
    reason = "redirect_uri_missing; have=no redirect_uri; need={need}"


class UnusableRedirectUri(AccountsError):
    """Nobody can be sent there."""

    error = "invalid_redirect_uri"
    reason = "redirect_uri_unusable; have={uri}; need={need}"


class UnregisteredRedirectUri(AccountsError):
    """The client did not register it."""

    error = "invalid_redirect_uri"
    reason = "redirect_uri_unregistered; have={uri}; need=one that client {client} registered: {registered}"


class OtherRedirectUri(AccountsError):
    """The code was sent somewhere else."""

    error = "invalid_redirect_uri"
    reason = "redirect_uri_differs; have={uri}; need={expected}, where the code was sent"


class UnknownResponseType(AccountsError):
    """The client wants something else than a code."""

    error = "unsupported_response_type"
    reason = "response_type; have={response_type}; need=code"


class InvalidScope(AccountsError):
    """The scopes cannot be read, or there are none."""

    error = "invalid_scope"
    reason = "invalid_scope; have={scope}; need=1 to 100 names such as ZohoCliq.Chats.READ, separated by commas"


class AccessDenied(AccountsError):
    """Nobody gives the consent that is asked for."""

    error = "access_denied"
    reason = "access_denied; have={user}; need=an active user of this world, by id or e-mail address"


class UnknownGrantType(AccountsError):
    """There is no such way to a token."""

    error = "unsupported_grant_type"
    reason = "grant_type; have={grant_type}; need=authorization_code, refresh_token or client_credentials"


class UnreadableForm(AccountsError):
    """The body is not what its content type says."""

    error = "invalid_request"
    reason = "unreadable_form; have={error}; need=application/x-www-form-urlencoded or multipart/form-data"


class UnknownCode(AccountsError):
    """Nobody gave the code to this client."""

    error = "invalid_code"
    reason = "unknown_code; have={code}; need=a code that was given to client {client}"


class UsedCode(AccountsError):
    """A code is good once."""

    error = "invalid_code"
    reason = "code_used; have={code}; need=a code that was not used before"


class ExpiredCode(AccountsError):
    """The code's two minutes are over, by the world's clock."""

    error = "invalid_code"
    reason = "code_expired; have={code}, expired at {expired}; need=a code that is valid at {now}"


class UnknownRefreshToken(AccountsError):
    """Nobody gave the refresh token to this client, or it was revoked."""

    error = "invalid_code"
    reason = "unknown_refresh_token; have={token}; need=a refresh token that was given to client {client}"


class UnknownTokenToRevoke(AccountsError):
    """There is nothing to revoke."""

    status = 400
    error = "invalid_token"
    reason = "unknown_token; have={token}; need=a token or refresh token of this server"


class TooManyRequests(AccountsError):
    """The documented limit of the accounts server, where it is on."""

    status = 400
    error = "Access Denied"
    reason = "token_limit; have={have} within {window_s} s; need=at most {limit}, the next at {until}"

    @property
    def document(self) -> Mapping[str, str]:
        """The documented body."""
        return {
            "error_description": ("You have made too many requests continuously. Please try again after some time."),
            "error": self.error,
            "status": "failure",
        }
