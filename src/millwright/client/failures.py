"""What can go wrong between a client and a server."""

from typing import TYPE_CHECKING

from millwright.errors import NOT_FOUND, USAGE, MillwrightError

if TYPE_CHECKING:
    from millwright.client.answers import Prediction

_EXIT_CODES = {404: NOT_FOUND, 429: 1}


class ClientError(MillwrightError):
    """A request has no answer. `answered`: of a long list, what was answered before the part that failed, in order."""

    answered: "tuple[Prediction, ...]" = ()


class RequestRefused(ClientError):
    """The server said no. `row` (from 1, in the list that was given) and `column` are set where it named them."""

    code = "request.refused"

    def __init__(self, status: int, what: str, *, code: str, where: str = "", fix: str = "", request_id: str = "") -> None:
        super().__init__(what, where=where, fix=fix, code=code)
        self.status, self.request_id = status, request_id
        self.exit_code = _EXIT_CODES.get(status, USAGE if status < 500 else 1)
        self.row: int | None = None
        self.column = ""

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.what

    @property
    def hint(self) -> str:
        """What to do next."""
        return self.fix


class ServerUnreachable(ClientError):
    """No answer came, however often it was asked for; or what answers is no Millwright server."""

    code, exit_code, status = "server.unreachable", 1, 503
