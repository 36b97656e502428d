"""Signing in with an OpenID Connect provider: the code flow with PKCE, whose ID token is believed only after every check."""
