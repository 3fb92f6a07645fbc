"""What the file system of an image is, computed from its layers without unpacking them."""
