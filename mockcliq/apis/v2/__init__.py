"""The emulated Chats API: its operations, and what goes in and comes out of them."""
