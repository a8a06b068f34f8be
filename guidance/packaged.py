"""Reads the packaged first edition (YAML files) into one document."""

from __future__ import annotations

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


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark else path.name
        raise EditionError(f"{where}: {getattr(error, 'problem', None) or error}") from error


def read_document(folder: Path = CONTENT) -> Document:
    """All YAML files below a folder as one document. Raises EditionError naming the file."""
    head = _read(folder / "edition.yaml")
    if not isinstance(head, dict) or set(head) != {"version", "title"}:
        raise EditionError("edition.yaml: must have exactly version and title")
    rows: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for path in sorted(folder.rglob("*.yaml")):
        if path.name == "edition.yaml":
            continue
        body = _read(path)
        if not isinstance(body, dict) or set(body) != {"kind", "rows"}:
            raise EditionError(f"{path.name}: must have exactly kind and rows")
        if body["kind"] not in KINDS:
            raise EditionError(f"{path.name}: kind must be one of {', '.join(KINDS)}")
        if not isinstance(body["rows"], list):
            raise EditionError(f"{path.name}: rows must be a list")
        rows[body["kind"]].extend(body["rows"])
    return {
        "version": head["version"],
        "title": head["title"],
        "rows": {kind: found for kind, found in rows.items() if found},
    }


@lru_cache(maxsize=1)
def packaged_edition() -> Edition:
    """The packaged first edition."""
    return read_edition(read_document())
