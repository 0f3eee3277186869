"""Rich messages (Bot API 10.1 to 10.3): read from blocks, HTML or Markdown, checked and counted.

Everything here works on Telegram's own JSON, never on aiogram's classes of rich text: those take
some 27 times longer for each level of nested formatting (3.31), half a minute for five levels.
"""
