"""Why somebody was not let in, in words that a page may show. What the provider said in detail is nobody's business there."""

from collections.abc import Mapping

from millwright.errors import MillwrightError

REFUSALS: Mapping[str, tuple[str, str]] = {
    "oidc.off": ("no provider is set up here", "sign in by a link or a password"),
    "oidc.unreachable": ("the provider does not answer as it should", "try again in a moment; the console's log says more"),
    "oidc.denied": ("the provider did not let you in", "ask whoever looks after its users"),
    "oidc.state": ("this sign-in was not begun here, was used already, or took too long", "begin anew"),
    "oidc.token": ("what the provider said of you is not to be believed", "tell whoever looks after this console"),
    "oidc.name": ("the provider does not say a confirmed name of yours", "confirm your address there, then try again"),
    "oidc.stranger": ("you are not among the people of this console", "ask an admin of it to let you in"),
    "oidc.other": ("that name belongs to another account of the provider", "ask an admin of this console"),
}
"""By code: what is so, and what to do."""

_STATUS = {"oidc.off": 404, "oidc.unreachable": 503, "oidc.state": 400}


class NotLetIn(MillwrightError):
    """The provider's word does not let somebody in. detail: for the log of this console."""

    code, status = "oidc.denied", 403

    def __init__(self, code: str, detail: str = "") -> None:
        what, fix = REFUSALS[code]
        super().__init__(what, fix=fix, code=code)
        self.status, self.detail = _STATUS.get(code, 403), detail
