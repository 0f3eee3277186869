"""Every word that users read, Chinese and English, and what is put into words and pictures."""
