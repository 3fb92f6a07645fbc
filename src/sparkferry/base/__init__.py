"""What layers, images and stores stand on: the cache, locks, and archive and binary formats."""
