"""A font that pictures can have Chinese in."""

from contextlib import suppress
from functools import cache
from pathlib import Path

from matplotlib.font_manager import FontProperties, findSystemFonts, get_font

# Parts of the names of files with Chinese glyphs, which are tried first.
CHINESE = ("cjk", "hans", "hei", "pingfang", "song", "wqy", "yahei")


@cache
def chinese_font() -> FontProperties | None:
    """A font of this system with Chinese glyphs.

    The system is asked, not Matplotlib's own list: that is kept from when it was first made, and
    doesn't have what was installed since.
    """

    def order(path: str) -> tuple[bool, bool, bool, str]:
        name = Path(path).name.lower()
        likely = any(part in name for part in CHINESE)
        return not likely, "bold" in name or "light" in name, "serif" in name, name

    for path in sorted(findSystemFonts(), key=order):
        with suppress(OSError, RuntimeError):  # some files are no fonts that it reads
            if get_font(path).get_char_index(ord("\N{CJK UNIFIED IDEOGRAPH-8F66}")):
                return FontProperties(fname=path)
    return None
