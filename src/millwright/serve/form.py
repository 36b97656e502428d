"""How the body of a request is written, as its headers tell it."""

import msgspec

from millwright.serve.http import INFERENCE_HEADER, JSON, Headers


class Form(msgspec.Struct, frozen=True):
    """The media type of a body, and where its JSON ends.

    json_length: the header Inference-Header-Content-Length as it came, for the one protocol that knows it; None without it.
    """

    media: bytes = JSON
    json_length: bytes | None = None


def form_of(headers: Headers, media: bytes) -> Form:
    """The form of a body of that media type. A header that comes twice is put together, as HTTP has it: no number then."""
    lengths = [value for name, value in headers if name == INFERENCE_HEADER]
    return Form(media, b", ".join(lengths) if lengths else None)
