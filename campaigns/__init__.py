"""Campaigns: audiences, copy, sending, statistics. Reaches chats by a Messenger protocol."""
