"""Scripts of CTP's DicomPixelAnonymizer: ``{ signature } (x,y,width,height) …``, and anything between as a comment.

A signature compares elements with ``*`` for and, ``+`` for or, ``!`` for not, and parentheses; an element that is not
there compares as an empty text.
"""

import re
from collections.abc import Iterator
from typing import Final

from ophtha_core.detection.box import Box
from ophtha_core.detection.rules.condition import AllOf, AnyOf, Comparison, Condition, Not, Operator, tag_of
from ophtha_core.detection.rules.imported import (
    TOO_DEEP,
    ImportedRules,
    NotExpressible,
    Skipped,
    require_pattern,
    require_shallow,
)
from ophtha_core.detection.rules.rule import Area, DeviceRule

_SIGNATURE: Final = re.compile(r"\{([^}]*)\}")
_REGION: Final = re.compile(r"\(([^)]*)\)")
_COMMENT: Final = re.compile(r'("[^"\n]*")|//[^\n]*')
_TOKEN: Final = re.compile(
    r'\s*(?:(?P<name>\[[0-9a-fA-F]{4},[0-9a-fA-F]{4}\]|\w+)\.(?P<method>\w+)\(\s*"(?P<value>[^"]*)"\s*\)'
    r"|(?P<constant>true|false)\.?(?!\w)|(?P<sign>[*+!()]))"
)
_LONGEST_TEXT: Final = 200
_METHODS: Final = {
    "equals": Operator.EQUALS,
    "equalsIgnoreCase": Operator.EQUALS,
    "contains": Operator.CONTAINS,
    "containsIgnoreCase": Operator.CONTAINS,
    "startsWith": Operator.STARTS_WITH,
    "startsWithIgnoreCase": Operator.STARTS_WITH,
    "matches": Operator.MATCHES,
}


def read_ctp_script(script: str) -> ImportedRules:
    """Its signatures as rules, named by the line of text before each. One of which any part cannot be expressed is
    skipped as a whole: a box that is missing would show."""
    rules: list[DeviceRule] = []
    skipped: list[Skipped] = []
    signatures = list(_SIGNATURE.finditer(script))
    ends = [0, *(each.end() for each in signatures)]
    starts = [*(each.start() for each in signatures), len(script)]
    for index, signature in enumerate(signatures):
        try:
            rules.append(
                DeviceRule(
                    name=_name(script[ends[index] : starts[index]]),
                    order=len(rules),
                    when=_Signature(signature[1]).condition(),
                    areas=tuple(_areas(script[ends[index + 1] : starts[index + 1]])),
                )
            )
        except NotExpressible as error:
            line = script.count("\n", 0, signature.start()) + 1
            skipped.append(Skipped(line, " ".join(signature[0].split())[:_LONGEST_TEXT], str(error)))
    return ImportedRules(tuple(rules), tuple(skipped))


def _name(between: str) -> str:
    """The last line before a signature that is no box and no ornament."""
    lines = (_REGION.sub("", line).strip(" *\t\r-/") for line in reversed(between.splitlines()))
    return next((line for line in lines if any(map(str.isalnum, line))), "signature")


def _areas(text: str) -> Iterator[Area]:
    for region in _REGION.finditer(text):
        try:
            x, y, width, height = (int(each) for each in region[1].split(","))
        except ValueError:
            if "," in region[1] and re.fullmatch(r"[\s\d,.-]*", region[1]):
                raise NotExpressible(f"{region[0]} is no box of four whole numbers") from None
            continue  # something else in parentheses
        yield Area(box=Box(x, y, x + width, y + height))


class _Signature:
    """A parser by recursive descent: or of ands of comparisons."""

    def __init__(self, text: str) -> None:
        self._text = _COMMENT.sub(lambda match: match[1] or "", text).strip()
        self._at = 0

    def condition(self) -> Condition:
        """Raises NotExpressible."""
        try:
            found = self._any()
        except RecursionError:
            raise NotExpressible(TOO_DEEP) from None
        if self._at < len(self._text):
            raise self._unknown()
        return require_shallow(found)

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._takes("+"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._takes("*"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self) -> Condition:
        if self._takes("!"):
            return Not(self._one())
        if self._takes("("):
            found = self._any()
            if not self._takes(")"):
                raise NotExpressible("a parenthesis is not closed")
            return found
        token = _TOKEN.match(self._text, self._at)
        if token is None or token["sign"]:
            raise self._unknown()
        self._at = token.end()
        if token["constant"]:
            return AllOf(()) if token["constant"] == "true" else AnyOf(())
        return _comparison(token["name"], token["method"], token["value"])

    def _takes(self, sign: str) -> bool:
        token = _TOKEN.match(self._text, self._at)
        if token is None or token["sign"] != sign:
            return False
        self._at = token.end()
        return True

    def _unknown(self) -> NotExpressible:
        rest = " ".join(self._text[self._at :].split())[:40]
        return NotExpressible(f"not understood: {rest}" if rest else "the signature ends too early")


def _comparison(name: str, method: str, value: str) -> Condition:
    tag, operator = tag_of(name), _METHODS.get(method)
    if tag is None:
        raise NotExpressible(f"there is no element {name}")
    if operator is None:
        raise NotExpressible(f"{method} cannot be expressed")
    if operator is Operator.MATCHES:
        require_pattern(value)
    elif not value.strip():
        # Every text contains and begins with an empty one; none but an empty one equals it.
        return Comparison(tag, Operator.MISSING, "") if operator is Operator.EQUALS else AllOf(())
    return Comparison(tag, operator, value)
