"""A login at a registry."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """A login."""

    username: str
    secret: str = field(repr=False)
    """A password, an access token, or an identity token."""
    is_identity_token: bool = False
    """Whether the secret is to be exchanged for tokens, as OAuth 2 does with refresh tokens."""
