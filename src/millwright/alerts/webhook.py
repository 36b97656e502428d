"""Webhooks: the message as JSON, signed, with an id by which a receiver tells a message that comes again."""

from millwright.alerts.body import as_plain
from millwright.alerts.channel import Surroundings
from millwright.alerts.http_post import post
from millwright.alerts.signature import HEADER, sign
from millwright.records.alerting import Message
from millwright.records.codec import to_json
from millwright.records.spec import ChannelSpec


class Webhook:
    """Posts to `url`; signed where there is a `secret`, with `token` as a bearer token where there is one."""

    def __init__(self, spec: ChannelSpec, around: Surroundings) -> None:
        self._spec, self._around = spec, around

    def send(self, message: Message) -> None:
        """Post it. Raises Undeliverable."""
        spec, reveal = self._spec, self._around.reveal
        body = to_json(as_plain(message))
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.id}
        if spec.secret:
            headers[HEADER] = sign(body, reveal(spec.secret).encode(), self._around.now())
        if spec.token:
            headers["Authorization"] = f"Bearer {reveal(spec.token)}"
        post(reveal(spec.url or ""), body, headers, private=spec.private)
