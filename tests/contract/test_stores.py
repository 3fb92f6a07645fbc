"""The stores that there are, and their wrappers, by the contract of stores."""

from functools import partial
from pathlib import Path

import pytest

from contract.store_contract import StoreContract
from sparkferry.store.api import Store
from sparkferry.store.directory.store import DirectoryStore
from support.counting import CountingStore


def counting(root: Path) -> Store:
    return CountingStore(DirectoryStore(root))


class TestDirectoryStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return DirectoryStore(tmp_path / "a store", ignored=tmp_path / "a store")

    @pytest.fixture
    def reopen(self, tmp_path: Path):
        return partial(DirectoryStore, tmp_path / "a store")


class TestCountingStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return counting(tmp_path / "store")

    @pytest.fixture
    def reopen(self, tmp_path: Path):
        return partial(counting, tmp_path / "store")
