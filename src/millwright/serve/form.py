"""How the body of a request is written and whose it is, as its headers tell it."""

import msgspec

from millwright.serve.http import INFERENCE_HEADER, JSON, Headers

_JSON_FOR_RAW = 4
"""Bytes in JSON for one that is raw: 19 digits or so for the 4 or 8 bytes of a number."""


class Form(msgspec.Struct, frozen=True):
    """The media type of a body, where its JSON ends, and who sent it.

    json_length: the header Inference-Header-Content-Length as it came, for the one protocol that knows it; None without it.
    caller: the name of the API key that came with it; None where no keys are asked for.
    """

    media: bytes = JSON
    json_length: bytes | None = None
    caller: str | None = None

    def in_json(self, size: int) -> int:
        """About how long a body of `size` bytes would be in JSON alone: what its values cost to answer, not to carry."""
        return size if self.json_length is None else _JSON_FOR_RAW * size


def form_of(headers: Headers, media: bytes, caller: str | None = None) -> Form:
    """The form of a body of that media type. A header that comes twice is put together, as HTTP has it: no number then."""
    lengths = [value for name, value in headers if name == INFERENCE_HEADER]
    return Form(media, b", ".join(lengths) if lengths else None, caller)
