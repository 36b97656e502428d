"""A provider of OpenID Connect in a process of its own: python provider_process.py CLIENT_ID SECRET

It prints its address, describes itself, lets in whoever `login_hint` or the last POST to /next names, and gives each code once
and only for its PKCE verifier. POST /next says what is different in the next token: claims that are changed, or how it is
signed ("none", "shared", "stranger").
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = sys.argv[1], sys.argv[2]
STATE: dict[str, Any] = {"next": {}, "codes": {}, "keys": [RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})]}
STRANGER = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})


def plain(text: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(text).encode()).decode().rstrip("=")


def token_of(asked: dict[str, str]) -> str:
    said, now = STATE["next"], int(time.time())
    claims = {
        "iss": server.url, "sub": "subject-of-ada", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"],
        "email": "ada@example.com", "email_verified": True, **said.get("claims", {}),
    }  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    how = said.get("signed", "")
    if how == "none":
        return f"{plain({'alg': 'none'})}.{plain(claims)}."
    if how == "shared":
        return jwt.encode({"alg": "HS256", "kid": "first"}, claims, OctKey.import_key(SECRET))
    key = STRANGER if how == "stranger" else STATE["keys"][-1]
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self.say(200, self.described())
        elif parts.path == "/keys":
            self.say(200, KeySet(STATE["keys"]).as_dict(private=False))
        elif parts.path == "/authorize":
            self.authorize(asked)
        else:
            self.say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/next":
            STATE["next"] = json.loads(body)
            if STATE["next"].pop("new_key", False):
                STATE["keys"] = [RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})]
            self.say(200, {})
        else:
            self.token({name: values[0] for name, values in parse_qs(body.decode()).items()})

    def described(self) -> dict[str, Any]:
        return {
            "issuer": server.url, "authorization_endpoint": f"{server.url}/authorize", "token_endpoint": f"{server.url}/token",
            "jwks_uri": f"{server.url}/keys", "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            **STATE["next"].get("described", {}),
        }  # fmt: skip

    def authorize(self, asked: dict[str, str]) -> None:
        wrong = asked["client_id"] != CLIENT or asked["response_type"] != "code" or asked["code_challenge_method"] != "S256"
        if wrong or "openid" not in asked["scope"].split():
            self.say(400, {"error": "invalid_request"})
            return
        back = {"state": asked["state"], **STATE["next"].get("returned", {})}
        if "error" not in back:
            code = secrets.token_urlsafe(16)
            STATE["codes"][code] = asked
            back["code"] = code
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def token(self, given: dict[str, str]) -> None:
        asked = STATE["codes"].pop(given.get("code", ""), None)
        scheme, _, text = self.headers.get("Authorization", "").partition(" ")
        who = base64.b64decode(text).decode().split(":") if scheme == "Basic" else ["", ""]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given.get("code_verifier", "").encode()).digest()).decode()
        known = [unquote(part) for part in who] == [CLIENT, SECRET]
        if not known or asked is None:
            self.say(401 if not known else 400, {"error": "invalid_client" if not known else "invalid_grant"})
        elif challenge.rstrip("=") != asked["code_challenge"] or given["redirect_uri"] != asked["redirect_uri"]:
            self.say(400, {"error": "invalid_grant"})
        else:
            self.say(200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token_of(asked)})

    def say(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Silence: the tests read what is printed."""


class Server(ThreadingHTTPServer):
    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


server = Server(("127.0.0.1", 0), Provider)
print(server.url, flush=True)
server.serve_forever()
