"""The accounts server, below ``/oauth/v2``: where a client gets the tokens that the Chats API asks for."""
