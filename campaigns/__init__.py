"""Campaigns: audiences, copy, sending, statistics. Talks to chats through the Messenger protocol."""
