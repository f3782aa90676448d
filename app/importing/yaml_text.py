"""YAML as plain values: scalars by the rules of YAML 1.2, numbers exact, aliases bounded.

PyYAML parses; values are made here from its nodes, so that no tag can ask for anything, a price is a Decimal from
its own digits, and a version such as 0613 or a name such as `no` stays what was written.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, ScalarNode

MOST_VALUES = 200_000
MOST_DEPTH = 100
LONGEST = 1024 * 1024
"""Characters: PyYAML takes a second or two for them."""

_INT = re.compile(r"[-+]?(0|[1-9]\d{0,39})", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\d{1,40}\.\d{0,40}|\.\d{1,40})([eE][-+]?\d{1,4})?", re.ASCII)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_MERGE = "<<"


class NotYaml(ValueError):
    """Attributes:
    line: where it stops being YAML, counted from 1; None when it is not a matter of one place.
    reason: in words; shows nothing of the text.
    """

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def parse_yaml(text: str) -> object:
    """One document. Raises: NotYaml."""
    import yaml

    if len(text) > LONGEST:
        raise NotYaml(None, "it is too large for a YAML file of this kind")
    line: int | None = None
    reason = ""
    node: Node | None = None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        # The library's own words quote the text, which may be a key.
        line = error.problem_mark.line + 1 if error.problem_mark else None
        reason = "it is not well-formed"
    except (yaml.YAMLError, ValueError):
        reason = "it is not well-formed"
    except RecursionError:
        reason = "it is nested too deeply"
    if reason:
        raise NotYaml(line, reason)
    return None if node is None else _Values().value(node, 0)


class _Values:
    """Makes values of nodes. What an alias repeats counts every time, so that a small file cannot become a huge one."""

    def __init__(self) -> None:
        self._made = 0

    def value(self, node: Node, depth: int) -> object:
        from yaml.nodes import MappingNode, ScalarNode, SequenceNode

        self._made += 1
        if self._made > MOST_VALUES:
            raise NotYaml(None, "its aliases expand beyond all bounds")
        if depth > MOST_DEPTH:
            raise NotYaml(None, "it is nested too deeply")
        if isinstance(node, MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        assert isinstance(node, ScalarNode)
        return _scalar(node)

    def _mapping(self, node: MappingNode, depth: int) -> dict[str, object]:
        merged: dict[str, object] = {}
        own: dict[str, object] = {}
        for key, inner in node.value:
            if not isinstance(key.value, str):
                raise NotYaml(key.start_mark.line + 1, "a key in it is not a text")
            value = self.value(inner, depth + 1)
            if key.value != _MERGE or key.style:
                own[key.value] = value
                continue
            for table in value if isinstance(value, list) else [value]:
                if isinstance(table, dict):
                    merged = {**table, **merged}
        return {**merged, **own}


def _scalar(node: ScalarNode) -> object:
    text: str = node.value
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text):
        return int(text)
    return Decimal(text) if _FLOAT.fullmatch(text) else text
