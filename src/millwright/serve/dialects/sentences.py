"""An error as one sentence, for protocols whose errors are a text."""

from millwright.errors import MillwrightError
from millwright.serve.refusal import error_body


def sentence_of(error: MillwrightError, request_id: str) -> str:
    """What is wrong, where, and what to do: no more of it than /v1 tells."""
    told = error_body(error, request_id)["error"]
    where = f"{told['where']}: " if told.get("where") else ""
    hint = f" ({told['hint']})" if told.get("hint") else ""
    return f"{where}{told['message']}{hint}"
