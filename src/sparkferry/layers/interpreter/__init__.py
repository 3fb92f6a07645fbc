"""The interpreter layer: a CPython that is found, made relocatable and packed."""
