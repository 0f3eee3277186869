"""The size of a picture, read from its header."""

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from playground.errors import bad_request

FORMATS = ("PNG", "GIF", "JPEG", "WEBP")


def image_size(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels of a PNG, GIF, JPEG or WebP. Raises ApiError 400 for others."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            return image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None
