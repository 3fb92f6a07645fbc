"""What maintainer scripts would have done, one module for each effect; all of it is pure."""
