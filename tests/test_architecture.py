"""The house keeps its own promises: what the documents say is what stands in the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from guidance.engine.facts import DICTIONARY

ROOT = Path(__file__).resolve().parent.parent
SAFETY = (ROOT / "docs" / "safety.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", SAFETY)))
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    ROOT.glob("docs/**/*.md")
)


def names_in(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_each_test_that_the_safety_table_names_exists(file: str) -> None:
    assert {name for place, name in NAMED if place == file} <= names_in(ROOT / file)


def test_each_hazard_names_a_test() -> None:
    rows = [line for line in SAFETY.splitlines() if line.startswith("| ") and not line.startswith("| hazard ")]
    assert len(rows) > 40
    for row in rows:
        hazard, safeguard, shown = (cell.strip() for cell in row.strip("|").split(" | "))
        assert hazard
        assert safeguard
        assert shown.startswith("`tests/"), hazard


def test_the_engine_needs_nothing_but_python() -> None:
    """Loaded in a Python that has no installed packages at all."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import guidance.engine.evaluate, guidance.engine.review; "
        "print(sorted(m for m in ('django', 'yaml', 'orjson') if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(ROOT)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_contract_in_the_documents_is_that_of_the_engine() -> None:
    written = yaml.safe_load((ROOT / "docs" / "contract" / "facts.yaml").read_text())
    told = {name: fact for part in written.values() for name, fact in part.items()}
    assert set(told) == set(DICTIONARY)
    for name, fact in DICTIONARY.items():
        assert (told[name].get("low"), told[name].get("high")) == (fact.low, fact.high), name
        assert (told[name].get("length", 0), told[name].get("unit", "")) == (fact.length, fact.unit), name
        assert tuple(told[name].get("values", ())) == fact.values, name
        assert tuple(told[name].get("keys", ())) == fact.keys, name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_the_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target
