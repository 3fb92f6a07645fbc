"""The field's terms: names that were replaced once do not come back (glossary in docs/architecture.md)."""

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/sparkferry"
TESTS = Path(__file__).parents[1]

REPLACED = {
    "workshop": "context",
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

REPLACED_IN_TESTS = {
    "Ferry": "Cli",
    "ferry": "warm_cli",
    "Yard": "ProjectImages",
    "Shipyard": "DebianMirror",
    "Sound": "SoundImage",
    "specimen": "inspected",
}

PHRASE = re.compile(r"(?<!there )\bis no (?:name|base|tag|registry|repository|host|jar|option)\b")


def names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    defined = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = {node.name for node in ast.walk(tree) if isinstance(node, defined)}
    return found | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def replaced(root: Path, words: dict[str, str]) -> set[str]:
    return {
        f"{path.relative_to(root)}: {name} (use {words[name]})"
        for path in root.rglob("*.py")
        for name in names(path) & words.keys()
    }


def test_replaced_names_do_not_come_back():
    assert replaced(SOURCE, REPLACED) == set()
    assert replaced(TESTS, REPLACED_IN_TESTS) == set()


def test_messages_say_what_is_not_valid():
    found = [str(path) for path in SOURCE.rglob("*.py") if PHRASE.search(path.read_text())]
    assert found == []
