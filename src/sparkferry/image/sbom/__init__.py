"""What an image is made of, as a document for scanners."""
