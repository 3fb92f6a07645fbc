"""Images in registries: the OCI distribution protocol 1.1, pushing and pulling."""
