"""ZIP packages (DOCX, EPUB), opened with a look at what they would unpack to."""

import io
import zipfile

from retrieval.sections import DocumentError

MAX_UNPACKED = 200 * 1024 * 1024
MAX_FILES = 10_000


def open_package(data: bytes, kind: str) -> zipfile.ZipFile:
    """Raises DocumentError for what is no ZIP file, is encrypted, or would unpack to too much.

    zipfile never unpacks more of a file than the size that is declared for it and summed up here.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DocumentError("broken", kind=kind) from error
    files = package.infolist()
    unpacked = sum(file.file_size for file in files)
    if unpacked > MAX_UNPACKED or len(files) > MAX_FILES:
        raise DocumentError("unpacked", limit=MAX_UNPACKED // 1024 // 1024)
    if any(file.flag_bits & 1 for file in files):
        raise DocumentError("locked")
    return package
