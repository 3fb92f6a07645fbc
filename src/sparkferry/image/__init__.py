"""The three layers as an OCI image, made without a daemon."""
