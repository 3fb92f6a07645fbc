"""The exact code to ship."""
