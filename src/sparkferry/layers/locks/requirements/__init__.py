"""Requirements files of pip: read, parsed, and held against the files that an index has."""
