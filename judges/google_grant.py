"""The merchant's grant as Google's official library takes it."""

from google.oauth2.credentials import Credentials


def credentials(ready, face):
    """The grant at a face of the sandbox; the library fetches the access token itself."""
    platform = ready["platforms"][face]
    return Credentials(
        None,
        refresh_token=platform["secrets"]["refresh_token"],
        token_uri=platform["base_url"] + "/token",
        client_id=platform["oauth"]["client_id"],
        client_secret=platform["oauth"]["client_secret"],
    )
