"""The few forms of Home Assistant value templates that real kit announces; everything else is refused by name.

A template is configuration from the network, so none of it is ever evaluated: it is one expression, ``value`` or a
path into ``value_json``, with filters from a short list.
"""

import math
import re
from typing import Any

import msgspec

MAX_LENGTH = 400
MAX_FILTERS = 8

_WHOLE = re.compile(r"\s*\{\{-?\s*(?P<expression>[^{}]*?)\s*-?\}\}\s*", re.DOTALL)
_ROOT = re.compile(r"value_json|value")
_STEP = re.compile(
    r"\s*(?:\.(?P<name>[A-Za-z_]\w*)|\[\s*(?:'(?P<single>[^'\]]+)'|\"(?P<double>[^\"\]]+)\"|(?P<index>\d{1,4}))\s*\])"
)
_FILTER = re.compile(r"\s*\|\s*(?P<name>[a-z]+)\s*(?:\(\s*(?P<argument>[^()|]*?)\s*\))?")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")


class TemplateRefused(Exception):
    """The template is none of the forms this hub reads."""


class Unreadable(Exception):
    """The message does not hold what the template asks for; the device's state stays as it was."""


class Filter(msgspec.Struct, frozen=True):
    name: str
    argument: float | str | None = None


class Template(msgspec.Struct, frozen=True):
    """``{{ value }}`` or ``{{ value_json.a['b'][0] | float | round(1) }}``; no text around it."""

    json: bool = False
    path: tuple[str | int, ...] = ()
    filters: tuple[Filter, ...] = ()

    def read(self, payload: bytes) -> Any:
        """The value a message carries. Raises Unreadable; never anything else, whatever the bytes are."""
        value: Any
        if self.json:
            try:
                value = msgspec.json.decode(payload)
            except (msgspec.DecodeError, RecursionError) as error:
                raise Unreadable("not JSON") from error
            value = _walk(value, self.path, default=any(f.name == "default" for f in self.filters))
        else:
            try:
                value = payload.decode()
            except UnicodeDecodeError as error:
                raise Unreadable("not UTF-8") from error
        for step in self.filters:
            value = _apply(step, value)
        if value is _MISSING:
            raise Unreadable("missing")
        return value


PLAIN = Template()


class _Missing:
    """What a path leads to when the message has no such key; only ``default`` may turn it into something."""


_MISSING = _Missing()


def parse_template(text: str) -> Template:
    """Reads a template; raises TemplateRefused for every form this hub does not understand."""
    if len(text) > MAX_LENGTH:
        raise TemplateRefused("too long")
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        raise TemplateRefused("not a single {{ … }} expression")
    expression = whole["expression"]
    root = _ROOT.match(expression)
    if root is None:
        raise TemplateRefused("only value and value_json are known")
    at = root.end()
    path: list[str | int] = []
    while step := _STEP.match(expression, at):
        at = step.end()
        name = step["name"] or step["single"] or step["double"]
        path.append(name if step["index"] is None else int(step["index"]))
    filters: list[Filter] = []
    while found := _FILTER.match(expression, at):
        at = found.end()
        filters.append(_filter(found["name"], found["argument"]))
    if expression[at:].strip() or len(filters) > MAX_FILTERS:
        raise TemplateRefused(expression[at:].strip()[:40] or "too many filters")
    is_json = root[0] == "value_json"
    if path and not is_json:
        raise TemplateRefused("a path needs value_json")
    return Template(is_json, tuple(path), tuple(filters))


def rendered(value: Any) -> str:
    """As Home Assistant would write the value into text: booleans are ``True`` and ``False``, numbers stay short."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if value is None:
        return "None"
    return str(value)


def number(value: Any) -> float:
    """A finite number, or Unreadable (``unavailable``, ``nan``, lists and the like)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable("not a number")
    try:
        found = float(value)
    except (ValueError, OverflowError) as error:
        raise Unreadable("not a number") from error
    if not math.isfinite(found):
        raise Unreadable("not finite")
    return found


def _filter(name: str, argument: str | None) -> Filter:
    if name in {"int", "float", "round"}:
        if argument is None or argument == "":
            return Filter(name)
        if not _NUMBER.fullmatch(argument):
            raise TemplateRefused(f"{name}({argument[:20]})")
        if name == "round" and not (argument.isdigit() and int(argument) <= 6):
            raise TemplateRefused(f"round({argument[:20]})")
        return Filter(name, float(argument))
    if name == "default" and argument:
        if _NUMBER.fullmatch(argument):
            return Filter(name, float(argument))
        if text := _TEXT.fullmatch(argument):
            return Filter(name, text[1] if text[1] is not None else text[2])
    if name in {"lower", "upper", "trim"} and argument is None:
        return Filter(name)
    raise TemplateRefused(f"filter {name}")


def _walk(value: Any, path: tuple[str | int, ...], *, default: bool) -> Any:
    for step in path:
        in_object = isinstance(step, str) and isinstance(value, dict) and step in value
        in_list = isinstance(step, int) and isinstance(value, list) and step < len(value)
        if in_object or in_list:
            value = value[step]
        elif default:
            return _MISSING
        else:
            raise Unreadable(f"no {step}")
    return value


def _apply(step: Filter, value: Any) -> Any:
    if step.name == "default":
        return step.argument if value is _MISSING else value
    if value is _MISSING:
        return value
    if step.name in {"lower", "upper", "trim"}:
        text = rendered(value)
        return {"lower": text.lower, "upper": text.upper, "trim": text.strip}[step.name]()
    try:
        found = number(value)
    except Unreadable:
        if step.argument is None or step.name == "round":
            raise
        found = float(step.argument)
    if step.name == "int":
        return int(found)
    if step.name == "round":
        return round(found, int(step.argument)) if step.argument else float(round(found))
    return found
