"""Puts what mammoth passes over into what it reads of Word, and takes out what is hidden."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, tostring

from defusedxml import ElementTree

from retrieval.parsers.formulas import Linear

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_V = "{urn:schemas-microsoft-com:vml}"
_STRICT = {
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}": _W,
    "{http://purl.oclc.org/ooxml/officeDocument/math}": _M,
}
# Parts with text that mammoth reads.
_PARTS = ("document", "footnotes", "endnotes")
# Stand for their contents.
_TRANSPARENT = (f"{_W}fldSimple", f"{_W}dir", f"{_W}bdo", f"{_M}oMathPara")
# Pictures of data and embedded files, of which no text is read.
_OBJECTS = ("}chart", "}relIds", "}OLEObject", "}altChunk")


class Prepared:
    """`data` is the document as mammoth shall read it; `hidden` counts runs of hidden text, and
    `objects` charts and embedded files.
    """

    def __init__(self, package: zipfile.ZipFile) -> None:
        """Raises KeyError, ParseError or BadZipFile for a broken one."""
        self.hidden = self.objects = 0
        styles = _Styles(package)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as copy:
            for name in package.namelist():
                data = package.read(name)
                folder, _, part = name.rpartition("/")
                if folder == "word" and part.removesuffix(".xml").rstrip("0123456789") in _PARTS:
                    root = ElementTree.fromstring(data)
                    self._prepare(root, styles)
                    data = tostring(root)
                copy.writestr(name, data)
        self.data = file.getvalue()

    def _prepare(self, root: Element, styles: "_Styles") -> None:
        for element in list(root.iter()):
            for strict, usual in _STRICT.items():
                if element.tag.startswith(strict):
                    element.tag = usual + element.tag.removeprefix(strict)
            self.objects += element.tag.endswith(_OBJECTS)
        contents = set(_contents(root, styles))
        # What stands inside others comes first, since it may be moved out.
        for parent in reversed(list(root.iter())):
            children: list[Element] = []
            for child in parent:
                if child in contents:
                    continue
                if styles.hides(child, parent):
                    self.hidden += _has_text(child)
                    continue
                children += _usual(child)
            parent[:] = children
            if parent.tag == f"{_W}tbl":
                styles.mark_head(parent)


def _usual(child: Element) -> Iterable[Element]:
    """What mammoth reads in the place of an element."""
    if child.tag in _TRANSPARENT:
        return list(child)
    if child.tag == f"{_M}oMath":
        return [_run(_formula(child))]
    if child.tag == f"{_W}ruby":
        return [
            part for base in child.iter(f"{_W}rubyBase") for run in base for part in _texts(run)
        ]
    if child.tag in (f"{_W}cr", f"{_W}br"):
        return [Element(f"{_W}br")]
    if child.tag == f"{_W}ptab":
        return [Element(f"{_W}tab")]
    if child.tag == f"{_MC}AlternateContent":
        return [_alternative(child)]
    if child.tag == f"{_W}drawing" and any(True for _ in child.iter(f"{_W}txbxContent")):
        return [_text_box(child)]
    return [child]


def _texts(run: Element) -> Iterator[Element]:
    """The content of a run that stands inside a run."""
    return (part for part in run if part.tag != f"{_W}rPr")


def _run(text: str) -> Element:
    run = Element(f"{_W}r")
    part = Element(f"{_W}t")
    part.text = f" {text} "
    run.append(part)
    return run


def _alternative(choice: Element) -> Element:
    """mammoth takes the fallback, which may lack the text box that the first choice has."""
    fallback = choice.find(f"{_MC}Fallback")
    boxed = list(choice.iter(f"{_W}txbxContent"))
    if boxed and (fallback is None or fallback.find(f".//{_W}txbxContent") is None):
        return _text_box(choice)
    return choice


def _text_box(around: Element) -> Element:
    picture, shape, box = Element(f"{_W}pict"), Element(f"{_V}shape"), Element(f"{_V}textbox")
    box.extend(around.iter(f"{_W}txbxContent"))
    shape.append(box)
    picture.append(shape)
    return picture


def _children(node: Element) -> list[Element]:
    if node.tag == f"{_M}nary":
        sign = node.find(f"{_M}naryPr/{_M}chr")
        first = Element(f"{_M}t")
        first.text = sign.get(f"{_M}val", "∫") if sign is not None else "∫"
        return [first, *node]
    return list(node)


_formula: Linear[Element] = Linear(
    lambda node: node.tag.rpartition("}")[2], _children, lambda node: node.text or ""
)


def _has_text(element: Element) -> bool:
    return any((text.text or "").strip() for text in element.iter(f"{_W}t"))


def _contents(root: Element, styles: "_Styles") -> Iterator[Element]:
    """Tables of contents: blocks that say so, paragraphs in their styles, runs of their field."""
    for block in root.iter(f"{_W}sdt"):
        gallery = block.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
        if gallery is not None and gallery.get(f"{_W}val") == "Table of Contents":
            yield block
    # For each open field, whether it is such a table.
    fields: list[bool] = []
    for element in root.iter():
        if styles.is_contents(element) or _makes_contents(element.get(f"{_W}instr")):
            yield element
        elif element.tag == f"{_W}r":
            for part in element:
                kind = part.get(f"{_W}fldCharType")
                if kind == "begin":
                    fields.append(False)
                elif kind == "end" and fields:
                    fields.pop()
                elif part.tag == f"{_W}instrText" and fields and _makes_contents(part.text):
                    fields[-1] = True
            if any(fields) and element.find(f"{_W}t") is not None:
                yield element


def _makes_contents(instruction: str | None) -> bool:
    return (instruction or "").split()[:1] == ["TOC"]


class _Styles:
    """What the document's styles say that mammoth doesn't ask."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._hiding: set[str] = set()
        self._contents: set[str] = set()
        self._heading_tables: set[str] = set()
        name = "word/styles.xml"
        if name not in package.namelist():
            return
        root = ElementTree.fromstring(package.read(name))
        for style in root.iter(f"{_W}style"):
            style_id = style.get(f"{_W}styleId", "")
            title = style.find(f"{_W}name")
            called = (title.get(f"{_W}val", "") if title is not None else "").lower()
            if _is_on(style.find(f"{_W}rPr/{_W}vanish")):
                self._hiding.add(style_id)
            if called.startswith(("toc ", "toc heading", "contents ", "table of figures")):
                self._contents.add(style_id)
            kinds = {part.get(f"{_W}type") for part in style.iter(f"{_W}tblStylePr")}
            if "firstRow" in kinds:
                self._heading_tables.add(style_id)

    def is_contents(self, element: Element) -> bool:
        style = _style(element, "pPr", "pStyle")
        return style in self._contents or (style[:3] == "TOC" and style[3:].isdigit())

    def hides(self, child: Element, parent: Element) -> bool:
        """Whether a run or a row of a table is hidden."""
        if child.tag == f"{_W}tr":
            return _is_on(child.find(f"{_W}trPr/{_W}hidden"))
        if child.tag != f"{_W}r":
            return False
        own = child.find(f"{_W}rPr/{_W}vanish")
        if own is not None:
            return _is_on(own)
        return (
            _style(child, "rPr", "rStyle") in self._hiding
            or _style(parent, "pPr", "pStyle") in self._hiding
        )

    def mark_head(self, table: Element) -> None:
        """Marks the first row as a head where the table's style prints it as one."""
        look = table.find(f"{_W}tblPr/{_W}tblLook")
        row = table.find(f"{_W}tr")
        if (
            look is None
            or row is None
            or _style(table, "tblPr", "tblStyle") not in (self._heading_tables)
        ):
            return
        bits = look.get(f"{_W}val", "0")
        first = look.get(f"{_W}firstRow")
        if first in ("1", "true", "on") or (first is None and int(bits, 16) & 0x20):
            properties = row.find(f"{_W}trPr")
            if properties is None:
                properties = Element(f"{_W}trPr")
                row.insert(0, properties)
            properties.append(Element(f"{_W}tblHeader"))


def _style(element: Element, properties: str, kind: str) -> str:
    found = element.find(f"{_W}{properties}/{_W}{kind}")
    return found.get(f"{_W}val", "") if found is not None else ""


def _is_on(switch: Element | None) -> bool:
    return switch is not None and switch.get(f"{_W}val", "1") not in ("0", "false", "off")
