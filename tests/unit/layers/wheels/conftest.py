from support.repository import plain_git

__all__ = ["plain_git"]
