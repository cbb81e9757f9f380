"""An HTTP endpoint that may stall, fail or redirect: time-outs, retries, a rate and a cap; secrets stay secret."""

import http.client
import ipaddress
import json
import os
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from xaikit.core.errors import ModelError, SpecError, listed, shown

RETRIED = {408, 425, 429, 500, 502, 503, 504}
SECRET_NAMES = re.compile(r"auth|key|token|secret|cookie|password", re.IGNORECASE)
VARIABLE = re.compile(r"\$\{(\w+)\}")
LARGEST_ANSWER = 256 * 1024 * 1024
HIDDEN = "•••"


@dataclass(slots=True)
class Spent:
    """What was asked of an endpoint.

    Parameters
    ----------
    requests, retries : int
        Sent, and among them those sent again.
    seconds : float
        Waited for answers.
    """

    requests: int = 0
    retries: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Endpoint:
    """Where to ask, and how patiently.

    Parameters
    ----------
    url : str
        `${NAME}` is read from the environment.
    headers : mapping of str to str
        Likewise; headers that carry secrets must come from the environment.
    timeout : float
        Seconds for one whole answer.
    retries : int
        How often the same request is sent again after a time-out, a broken connection or a status that may pass.
    pause : float
        Seconds before the first retry; doubled before each further one.
    rate : float, optional
        At most so many requests a second.
    max_requests : int, optional
        At most so many requests in all, retries among them.
    allow_hosts : sequence of str
        Hosts that may be asked; the host of `url` when empty.
    sleep : callable
        Waits; replaced in tests of the clock alone.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 30.0
    retries: int = 4
    pause: float = 0.5
    rate: float | None = None
    max_requests: int | None = None
    allow_hosts: Sequence[str] = ()
    sleep: Callable[[float], None] = time.sleep
    spent: Spent = field(default_factory=Spent)
    _secrets: list[str] = field(default_factory=list)
    _next: float = 0.0

    def __post_init__(self) -> None:
        for name, value in self.headers.items():
            if SECRET_NAMES.search(name) and not VARIABLE.search(value):
                raise SpecError(
                    f"model.headers.{name}", "a value written down", "'${NAME}' of an environment variable"
                )
        if "@" in urlsplit(self.url).netloc:
            raise SpecError("model.url", "a user or password in the URL", "a header from the environment")
        self._address()  # a wrong address is an error before any work starts
        self._filled_headers()

    @property
    def name(self) -> str:
        """The address without query and secrets, for people."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def post(self, document: Any) -> Any:
        """Send a document and return the one that comes back.

        Raises
        ------
        ModelError
            When no good answer came within the retries, the cap is reached, or the answer is not JSON.
        """
        body = json.dumps(document).encode()
        problem = ""
        for attempt in range(self.retries + 1):
            if attempt:
                self.spent.retries += 1
            status, content, after, problem = self._once(body)
            if status == 200:
                return self._document(content)
            if status is not None and status not in RETRIED:
                raise ModelError(f"endpoint {self.name}", self._hidden(problem), "status 200 and JSON")
            if attempt < self.retries:
                self.sleep(max(self.pause * 2**attempt, min(after, 60.0)))
        raise ModelError(
            f"endpoint {self.name}", f"{self._hidden(problem)} after {self.retries + 1} attempts", "an answer"
        )

    def _once(self, body: bytes) -> tuple[int | None, bytes, float, str]:
        """Return status (None when there was none), content, seconds to wait as asked, and the problem."""
        if self.max_requests is not None and self.spent.requests >= self.max_requests:
            got = f"{self.spent.requests} requests sent, as many as `max_requests` allows"
            raise ModelError(f"endpoint {self.name}", got, "more to be allowed", "Answers so far are in the cache.")
        self._wait_for_turn()
        self.spent.requests += 1
        started = time.monotonic()
        try:
            return self._asked(body, started + self.timeout)
        except (TimeoutError, ssl.SSLError, OSError, http.client.HTTPException) as error:
            return None, b"", 0.0, f"{type(error).__name__}: {shown(str(error), 120)}"
        finally:
            self.spent.seconds += time.monotonic() - started

    def _asked(self, body: bytes, deadline: float) -> tuple[int, bytes, float, str]:
        parts = self._address()
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            headers = {"Content-Type": "application/json", "Accept": "application/json", **self._filled_headers()}
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            content = _read(connection, response, deadline)
            return (
                response.status,
                content,
                _seconds(response.headers.get("Retry-After")),
                self._problem(response, content),
            )
        finally:
            connection.close()

    def _problem(self, response: http.client.HTTPResponse, content: bytes) -> str:
        if 300 <= response.status < 400:
            where = shown(response.headers.get("Location", "nowhere"), 200)
            return f"a redirect to {where}, which is not followed"
        return f"status {response.status}: {shown(content[:300].decode('utf-8', 'replace'), 300)}"

    def _document(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except ValueError:
            got = shown(self._hidden(content[:200].decode("utf-8", "replace")), 200)
            raise ModelError(f"endpoint {self.name}", got, "JSON") from None

    def _wait_for_turn(self) -> None:
        now = time.monotonic()
        if self.rate:
            if now < self._next:
                self.sleep(self._next - now)
            self._next = max(now, self._next) + 1 / self.rate

    def _address(self) -> SplitResult:
        parts = urlsplit(self._filled(self.url, "model.url"))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SpecError("model.url", shown(self.url), "http:// or https:// and a host")
        allowed = list(self.allow_hosts)
        if allowed and parts.hostname not in allowed:
            raise SpecError("model.url", f"the host {shown(parts.hostname)}", f"one of {listed(allowed)}")
        secret = VARIABLE.search(self.url) or any(VARIABLE.search(v) for v in self.headers.values())
        if secret and parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise SpecError("model.url", "http with a secret", "https, so that nobody on the way can read it")
        return parts

    def _filled_headers(self) -> dict[str, str]:
        return {name: self._filled(value, f"model.headers.{name}") for name, value in self.headers.items()}

    def _filled(self, text: str, where: str) -> str:
        def value(match: re.Match[str]) -> str:
            found = os.environ.get(match.group(1))
            if not found:
                raise SpecError(where, f"no environment variable {match.group(1)}", "it to be set")
            if found not in self._secrets:
                self._secrets.append(found)
            return found

        return VARIABLE.sub(value, text)

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


def _read(connection: http.client.HTTPConnection, response: http.client.HTTPResponse, deadline: float) -> bytes:
    parts, size = [], 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        if connection.sock is not None:
            connection.sock.settimeout(left)
        part = response.read1(65536)
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER:
            raise http.client.HTTPException(f"an answer of more than {LARGEST_ANSWER} bytes")
    if response.length:  # the connection ended before all that was promised
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(parts)


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        return 0.0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
