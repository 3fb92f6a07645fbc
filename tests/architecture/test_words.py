"""The field's terms: names that were replaced once do not come back (glossary in docs/architecture.md)."""

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/sparkferry"

REPLACED = {
    "Cargo": "Artifacts",
    "Ask": "RunRequest",
    "Workshop": "BuildContext",
    "Order": "BuildInput",
    "Ready": "NamedImage",
    "Desk": "Runs, ImageFinder",
    "Below": "BaseInputs",
    "Upon": "BaseFacts",
    "Ours": "AppLayers",
    "Ship": "AppInputs",
    "Surroundings": "Facts",
    "Wish": "PackageRequest",
    "PythonWish": "PythonRequest",
    "Offers": "PackageIndex",
    "Web": "RegistryClient",
    "Specimen": "InspectedImage",
    "Verdict": "VerifyReport",
    "Apart": "SeparateMember",
    "Feed": "Sink",
    "Starter": "ProcessSpawner",
    "WorldError": "ExternalError",
    "PATIENT": "DELAY_C2",
    "patient": "delay_c2",
    "blame": "diagnostic",
    "carry": "submit_and_follow",
    "judge": "verify_image",
    "weigh": "layer_sizes",
}

PHRASE = re.compile(r"(?<!there )\bis no (?:name|base|tag|registry|repository|host|jar|option)\b")


def names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    defined = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = {node.name for node in ast.walk(tree) if isinstance(node, defined)}
    return found | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_replaced_names_do_not_come_back():
    found = {
        f"{path.relative_to(SOURCE)}: {name} (use {REPLACED[name]})"
        for path in SOURCE.rglob("*.py")
        for name in names(path) & REPLACED.keys()
    }
    assert found == set()


def test_messages_say_what_is_not_valid():
    found = [str(path) for path in SOURCE.rglob("*.py") if PHRASE.search(path.read_text())]
    assert found == []
