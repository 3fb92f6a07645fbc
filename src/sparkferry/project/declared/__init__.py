"""What pyproject.toml requires, in the forms of PEP 621, PEP 735, setuptools and Poetry."""
