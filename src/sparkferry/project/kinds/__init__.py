"""The settings of each kind of target, and the rules that hold between them."""
