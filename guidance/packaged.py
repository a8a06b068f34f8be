"""Reads the packaged first edition (YAML files) into one document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from guidance.engine.edition import KINDS, Edition, EditionError
from guidance.engine.reading import read_edition

CONTENT = Path(__file__).parent / "content"
Document = dict[str, Any]


class _StrictLoader(yaml.CSafeLoader):
    """Refuses a key that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _read(path: Path) -> tuple[Any, list[int]]:
    """What a file holds, and the line on which each entry of its ``rows`` starts."""
    try:
        loader = _StrictLoader(path.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            body = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except OSError as error:
        raise EditionError(f"{path.name}: {error.strerror or 'cannot be read'} in {path.parent}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        raise EditionError(f"{where}: {getattr(error, 'problem', None) or error}") from error
    lines: list[int] = []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "rows" and isinstance(value, yaml.SequenceNode):
                lines = [entry.start_mark.line + 1 for entry in value.value]
    return body, lines


@dataclass(frozen=True)
class Package:
    """The document of a folder of YAML files, and the file and line that each row comes from."""

    document: Document
    places: Mapping[tuple[str, int], str]

    def place(self, kind: str, number: int) -> str:
        """``file, line n`` of the row of a kind (from 1), "" when no row is meant."""
        return self.places.get((kind, number), "")

    def edition(self) -> Edition:
        """The edition. Raises EditionError that starts with file and line."""
        try:
            return read_edition(self.document)
        except EditionError as error:
            raise self.located(error) from error

    def located(self, error: EditionError) -> EditionError:
        """The same complaint with file and line before it, where they are known."""
        place = self.place(error.kind, error.number)
        return EditionError(f"{place}: {error}", error.kind, error.number) if place else error


def read_package(folder: Path = CONTENT) -> Package:
    """All YAML files below a folder. Raises EditionError naming the file, and the line where there is one."""
    head, _ = _read(folder / "edition.yaml")
    if not isinstance(head, dict) or set(head) != {"version", "title"}:
        raise EditionError("edition.yaml: must have exactly version and title")
    rows: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    places: dict[tuple[str, int], str] = {}
    for path in sorted(folder.rglob("*.yaml")):
        if path.name == "edition.yaml":
            continue
        body, lines = _read(path)
        if not isinstance(body, dict) or set(body) != {"kind", "rows"}:
            raise EditionError(f"{path.name}: must have exactly kind and rows")
        kind = body["kind"]
        if kind not in KINDS:
            raise EditionError(f"{path.name}: kind must be one of {', '.join(KINDS)}")
        if not isinstance(body["rows"], list):
            raise EditionError(f"{path.name}: rows must be a list")
        for row, line in zip(body["rows"], lines, strict=True):
            rows[kind].append(row)
            places[kind, len(rows[kind])] = f"{path.name}, line {line}"
    document = {
        "version": head["version"],
        "title": head["title"],
        "rows": {kind: found for kind, found in rows.items() if found},
    }
    return Package(document, places)


def read_document(folder: Path = CONTENT) -> Document:
    """The document alone. Raises EditionError as read_package does."""
    return read_package(folder).document


@lru_cache(maxsize=1)
def packaged_edition() -> Edition:
    """The packaged first edition."""
    return read_package().edition()
