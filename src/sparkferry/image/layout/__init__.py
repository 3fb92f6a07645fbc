"""Images as files: OCI image layout directories and archives, written and read."""
