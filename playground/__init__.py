"""A Telegram Bot API on localhost, with a web chat page."""
