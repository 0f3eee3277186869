"""What any face of the product may ask for: no Telegram, no words for users."""
