"""The platforms that interpreters, packages and images are made for."""

from typing import Literal

Platform = Literal["linux/amd64", "linux/arm64"]
"""Operating system and architecture, in the words of the OCI image specification."""
