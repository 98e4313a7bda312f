"""An SVG of Vega's with nothing in it that no reader sees, a third of the size.

Each mark of Vega's has all its attributes, a place of its own and a dozen decimals. Here what is the default or invisible
goes, what all children of a group share is said once, and marks that follow each other and differ in their place alone
become one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE: Final = "http://www.w3.org/2000/svg"

_NUMBER: Final = re.compile(r"-?\d*\.\d+(?:e-?\d+)?")
_PLACES: Final = ("transform", "d", "x", "y", "x1", "y1", "x2", "y2", "width", "height")
_SHIFT: Final = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)")
_ORIGIN: Final = re.compile(r"M(-?[\d.]+),(-?[\d.]+)(?=[a-z])")
_ABSOLUTE: Final = re.compile(r"[A-Y]")

# Of inherited properties only: an opacity of a group is not that of each of its marks.
_INHERITED: Final = (
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray"),
    *("font-family", "font-size", "font-weight", "text-anchor"),
)
_DEFAULTS: Final = {"opacity": "1", "fill-opacity": "1", "stroke-opacity": "1", "y2": "0", "x2": "0"}
_UNSEEN: Final = ("role", "aria-roledescription", "aria-hidden", "pointer-events", "class", "version")


def slim(svg: str) -> str:
    """Return an SVG that looks the same to a tenth of a pixel.

    >>> slim('<svg xmlns="http://www.w3.org/2000/svg"><g><path transform="translate(1,2)" d="M0,0h9v9h-9Z" opacity="1"/></g></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg"><path d="M1,2h9v9h-9z" /></svg>'
    """
    root = ET.fromstring(svg.replace(f' xmlns="{NAMESPACE}"', ""))  # noqa: S314 (Vega wrote it)
    root.attrib = {name: root.attrib[name] for name in ("width", "height", "viewBox") if name in root.attrib}
    root[:] = _children(root)
    root.set("xmlns", NAMESPACE)
    return ET.tostring(root, encoding="unicode")


def _children(parent: ET.Element) -> list[ET.Element]:
    found: list[ET.Element] = []
    for child in parent:
        for each in _slimmed(child):
            if not (found and _joined(found[-1], each)):
                found.append(each)
    return found


def _slimmed(element: ET.Element) -> Iterable[ET.Element]:
    """Return what is left of an element: nothing, itself, or its children."""
    if element.get("display") == "none" or (element.tag == "path" and _is_invisible(element)):
        return []
    for name in _UNSEEN:
        element.attrib.pop(name, None)
    for name, value in [*element.attrib.items()]:
        if name in _PLACES:
            element.set(name, _NUMBER.sub(lambda found: _tenths(float(found[0])), value))
        elif name.startswith("{"):  # xlink:href, which is plain href today
            element.set(name.partition("}")[2], element.attrib.pop(name))
    for name, default in _DEFAULTS.items():
        if element.get(name) == default:
            del element.attrib[name]
    if element.get("transform") == "translate(0,0)":
        del element.attrib["transform"]
    _place(element)
    element[:] = _children(element)
    if element.tag != "g":
        return [element]
    _share(element)
    return list(element) if not element.attrib else [element] if len(element) else []


def _is_invisible(path: ET.Element) -> bool:
    """Whether a path is one of the frames that Vega puts around and over each group."""
    return path.get("class") in ("background", "foreground") and not (path.get("fill") or path.get("stroke"))


def _tenths(number: float) -> str:
    return f"{round(number, 1) + 0.0:g}"


def _place(element: ET.Element) -> None:
    """Write where a path is into the path itself, if all in it but its start is relative."""
    shift = _SHIFT.fullmatch(element.get("transform", ""))
    start = _ORIGIN.match(element.get("d", ""))
    if element.tag != "path" or not start:
        return
    path = element.get("d", "").replace("Z", "z")
    if _ABSOLUTE.search(path, 1):
        return
    if shift:
        x, y = (_tenths(float(shift[axis]) + float(start[axis])) for axis in (1, 2))
        path = f"M{x},{y}{path[start.end() :]}"
        del element.attrib["transform"]
    element.set("d", path)


def _share(group: ET.Element) -> None:
    """Say once, at the group, what each of its children says."""
    if len(group) < 2:
        return
    for name in _INHERITED:
        values = {child.get(name) for child in group}
        if len(values) == 1 and (value := values.pop()) is not None:
            group.set(name, value)
            for child in group:
                del child.attrib[name]


def _joined(before: ET.Element, path: ET.Element) -> bool:
    """Add a path to the one before it, if both are opaque, filled alike, and differ in their place alone."""
    if before.tag != "path" or path.tag != "path" or "stroke" in path.attrib or "fill" not in path.attrib:
        return False
    others = [{name: value for name, value in each.attrib.items() if name != "d"} for each in (before, path)]
    if others[0] != others[1] or any(name.endswith("opacity") or name == "transform" for name in others[0]):
        return False
    drawn, start = before.get("d", ""), _ORIGIN.match(path.get("d", ""))
    if not start or not drawn.endswith(path.get("d", "")[start.end() :]):
        return False
    before.set("d", drawn + path.get("d", ""))
    return True
