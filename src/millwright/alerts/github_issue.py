"""GitHub-style issues: posted to an issues API, or written to a file for whatever opens issues elsewhere."""

from typing import Any

from millwright.alerts.channel import Surroundings
from millwright.alerts.evidence import one_line
from millwright.alerts.file import append
from millwright.alerts.http_post import post
from millwright.alerts.markdown import as_markdown
from millwright.records.alerting import Message
from millwright.records.codec import to_json
from millwright.records.spec import ChannelSpec

_LONGEST_TITLE, _LONGEST_BODY = 250, 60_000


class GithubIssue:
    """Opens an issue by posting to `url`, such as https://api.github.com/repos/OWNER/NAME/issues; or appends it to `path`."""

    def __init__(self, spec: ChannelSpec, around: Surroundings) -> None:
        self._spec, self._around = spec, around

    def send(self, message: Message) -> None:
        """Post or write it. Raises Undeliverable."""
        spec, body = self._spec, to_json(as_issue(message, self._spec.labels))
        if spec.url is None:
            append(self._around.base / (spec.path or ""), body)
            return
        headers = {"Content-Type": "application/json", "Accept": "application/vnd.github+json"}
        if spec.token:
            headers["Authorization"] = f"Bearer {self._around.reveal(spec.token)}"
        post(self._around.reveal(spec.url), body, headers, private=spec.private)


def as_issue(message: Message, labels: tuple[str, ...] = ()) -> dict[str, Any]:
    """Title, body and labels. The body ends with the message's id, by which an issue that was opened twice is found."""
    body = f"{as_markdown(message)[:_LONGEST_BODY]}\n<!-- millwright message {message.id} -->\n"
    return {
        "title": one_line(message.subject)[:_LONGEST_TITLE],
        "body": body,
        "labels": [*labels, message.severity],
    }
