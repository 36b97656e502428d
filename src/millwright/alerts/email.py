"""Mail: through the mail server that the spec names, encrypted unless the spec says otherwise."""

import smtplib
import ssl

from millwright.alerts.channel import SECONDS, Surroundings, Undeliverable
from millwright.alerts.deadline import deadline
from millwright.alerts.letter import as_mail
from millwright.records.alerting import Message
from millwright.records.spec import ChannelSpec

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Email:
    """Sends to all of `to` in one mail."""

    def __init__(self, spec: ChannelSpec, around: Surroundings) -> None:
        self._spec, self._around = spec, around

    def send(self, message: Message) -> None:
        """Hand it to the mail server. Raises Undeliverable, also where the server takes it for some of the recipients only:
        it then comes again, with the same Message-ID."""
        spec, mail = self._spec, as_mail(message, self._spec)
        host, port = spec.host or "", spec.port or _PORTS[spec.security]
        try:
            with deadline(SECONDS) as late, self._connected(host, port) as server:
                late.watch(server.sock)
                self._secure(server)
                late.watch(server.sock)  # STARTTLS put another in its place
                if spec.user and spec.password:
                    server.login(spec.user, self._around.reveal(spec.password))
                refused = server.send_message(mail)
                late.check()
        except (OSError, smtplib.SMTPException) as error:
            raise Undeliverable(late.words(error, SECONDS), where=f"{host}:{port}") from error
        if refused:
            raise Undeliverable(f"refused for {', '.join(sorted(refused))}", where=f"{host}:{port}")

    def _connected(self, host: str, port: int) -> smtplib.SMTP:
        if self._spec.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=SECONDS)

    def _secure(self, server: smtplib.SMTP) -> None:
        """STARTTLS, or an end: a server that does not offer it may be somebody in between."""
        if self._spec.security == "starttls":
            server.starttls(context=ssl.create_default_context())
