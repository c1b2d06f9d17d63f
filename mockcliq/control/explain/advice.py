"""What to change, for each rule that refuses a call."""

from __future__ import annotations

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "unknown_path": "No operation has this path. Compare it with nearest_route; a trailing slash makes another path.",
    "unknown_world": "The path names a world that is not there. Take the base_url of a world of GET /_mockcliq/worlds.",
    "method_not_allowed": "The path is right and the method is not. Use the method of nearest_route.",
    "malformed_request": "What came is no HTTP. Speak HTTP/1.1, without TLS.",
    "head_too_large": "The first line and the headers are more than is read of them. Send shorter or fewer ones.",
    "request_unfinished": "A request began and did not end. Send as many bytes as Content-Length says.",
    "preferred": "The call asked for this answer itself. Leave its Prefer header out.",
    "injected_fault": "A fault rule did this. Take the rule away (DELETE {control}/faults), or let the client retry.",
    "token_missing": "Send a header Authorization: Bearer TOKEN, with the token given here.",
    "token_scheme": "Send the token as Authorization: Bearer TOKEN, or Authorization: Zoho-oauthtoken TOKEN.",
    "token_unknown": "This server never issued that token, or a reset took it back. Use the token given here.",
    "token_expired": "The token's time is over by the world's clock. Refresh it, or use the token given here.",
    "token_revoked": "The token was revoked. Use the token given here, or mint one by POST {control}/tokens.",
    "user_not_active": "The token's user was deactivated. Call with the token given here, which is an active user's.",
    "scope_missing": "The token lacks the operation's scope. Ask for that scope, or use the token given here.",
    "rate_limited": (
        "The user made more calls than the threshold allows. Wait until lock_ends, or skip the time by"
        " POST {control}/clock/advance; DELETE {control}/limits ends the lock at once."
    ),
    "not_acceptable": "The Accept header excludes JSON, and there is nothing else. Accept application/json.",
    "invalid_input": "A parameter or the body is not as the operation wants it. Send what need says.",
    "body_too_large": "The body is larger than what is read of one. Send less.",
    "unknown_chat": "No chat has this id. Compare it with nearest_chat; GET {control}/chats has all of them.",
    "not_a_participant": "The caller is not, or no longer, in this chat. Use the token given here, or another chat.",
    "unknown_message": "The message is not in this chat. Pin one that is, by its id from the chat itself.",
    "expiry_in_the_past": "The pin would be over before it began. Send a later expiry_time, by the world's clock.",
    "one_to_one_chat": "Nobody can leave a chat of two. Leave a group chat or a channel.",
    "unknown_client": "No client has registered so. Use 1000.MOCKCLIQ, or register yours by POST {control}/clients.",
    "wrong_client_secret": "The client's secret is another. GET {control}/clients has it.",
    "redirect_uri_missing": "Say in redirect_uri where the user is sent back to.",
    "redirect_uri_unusable": "Nobody can be sent there. Give a whole http or https URI, or one of an app's own scheme.",
    "redirect_uri_unregistered": "The client registered other places. Use one of them, or a client that has none.",
    "redirect_uri_differs": "Redeem the code with the redirect_uri that it was asked for with.",
    "response_type": "Ask with response_type=code, the only one there is.",
    "invalid_scope": "Ask for scopes by their names, separated by commas, such as ZohoCliq.Chats.READ.",
    "access_denied": "Choose an active user of this world; GET {control}/users has them.",
    "grant_type": "Ask by one of the three grants that need names.",
    "unreadable_form": "Send the parameters in the query, as a form, or as multipart/form-data with its boundary.",
    "unknown_code": "This client was given no such code in this world. Begin again at /oauth/v2/auth.",
    "code_used": "A code is good once. Use the refresh token that came for it, or begin again at /oauth/v2/auth.",
    "code_expired": "A code is good for two minutes of the world's clock. Redeem it sooner, or begin again.",
    "unknown_refresh_token": "It was revoked, a reset took it back, or it is another client's. Log in again.",
    "unknown_token": "There is nothing to revoke under that name; it may have been revoked already.",
    "token_limit": (
        "The documented limits of the accounts server are on. Keep a token for as long as it is good, skip the time by"
        " POST {control}/clock/advance, or start the server without MOCKCLIQ_TOKEN_LIMIT."
    ),
    "unforeseen_error": "This is a bug of MockCliq. Please report it with the traceback in the server's log.",
}
"""By the rule's name in ``X-Mockcliq-Reason``; ``{control}`` stands for where the world's control API is."""

OTHERWISE = "Send what need says."
