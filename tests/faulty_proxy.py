"""A proxy in front of the S3 server that injects faults."""

import http.client
import socket
import ssl
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from botocore.retries.standard import ExponentialBackoff

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


class FaultyProxy(ThreadingHTTPServer):
    """Forwards requests and responses, except where a fault was requested.

    Args:
        endpoint: The server behind it.
        tls: Files of the certificate that it shows and of its key; without them it speaks HTTP.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, endpoint, tls=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.behind = urlsplit(endpoint).netloc
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}"
        self.requests = []  # (method, path)
        self.over = threading.Event()
        self.met = threading.Event()  # set by the first fault
        self._faults = []
        self._lock = threading.Lock()

    def spoil(self, fault, *, method=None, path="", times=None):
        """Requests a fault.

        Args:
            fault: One of this module's.
            method: Method of the affected requests; any by default.
            path: Part of their path and query.
            times: Number of affected requests; all by default.
        """
        self._faults.append([fault, method, path, times])

    def mend(self):
        """Ends all faults."""
        self._faults.clear()

    def fault_of(self, method, path):
        with self._lock:
            self.requests.append((method, path))
            for each in self._faults:
                fault, wanted, part, times = each
                if wanted in (None, method) and part in path and times != 0:
                    each[3] = times and times - 1
                    self.met.set()
                    return fault
        return answered

    def handle_error(self, request, client_address):
        """Does nothing: clients are expected to disconnect."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do(self):
        self.server.fault_of(self.command, self.path)(self)

    do_GET = do_PUT = do_POST = do_HEAD = do  # noqa: N815 (names that http.server calls)

    def log_message(self, *_):
        pass

    def body(self):
        """The request's body; of a chunked one only that it is read."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
            return b""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def forwarded(self):
        """The response of the server: status, headers, body."""
        body = self.body()
        connection = http.client.HTTPConnection(self.server.behind, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name != "Expect"}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        found = answer.status, answer.getheaders(), answer.read()
        connection.close()
        return found

    def answer(self, status, headers, body, *, part=1.0):
        """Sends a response, or its headers and a part of its body."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        length = lengths[0] if self.command == "HEAD" and lengths else len(body)
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body[: int(len(body) * part)])
        self.wfile.flush()

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.close()
        self.close_connection = True


def answered(handler):
    """No fault."""
    handler.answer(*handler.forwarded())


def refusal(status, code, message="no"):
    """A fault: an S3 error response."""
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"

    def refused(handler):
        handler.body()
        body = b"" if handler.command == "HEAD" else text.encode()
        handler.answer(status, [("Content-Type", "application/xml")], body)

    return refused


def refusal_of(refused, headers):
    """A fault: what a server does that refuses requests with some headers, by their first part."""

    def selective(handler):
        if any(name.lower().startswith(headers) for name in handler.headers):
            refused(handler)
        else:
            answered(handler)

    return selective


def page(status=200, text="<html><p>Welcome</p>"):
    """A fault: a web server that is no S3 server."""

    def welcome(handler):
        handler.body()
        handler.answer(status, [("Content-Type", "text/html")], text.encode())

    return welcome


def hangs(handler):
    """A fault: no response."""
    handler.body()
    handler.server.over.wait()


def hangs_in_body(handler):
    """A fault: half of the response, then nothing."""
    handler.answer(*handler.forwarded(), part=0.5)
    handler.server.over.wait()


def resets_in_body(handler):
    """A fault: half of the response, then a reset."""
    handler.answer(*handler.forwarded(), part=0.5)
    handler.reset()


def ends_in_body(handler):
    """A fault: half of the response, then its end, as when a server's process is killed."""
    handler.answer(*handler.forwarded(), part=0.5)
    handler.close_connection = True


def resets_in_request(handler):
    """A fault: a reset before all of the request has arrived."""
    handler.rfile.read(int(handler.headers.get("Content-Length", 0)) // 2)
    handler.reset()


def resets_after_request(handler):
    """A fault: the server handled the request, but the response is lost."""
    handler.forwarded()
    handler.reset()


def corrupts(handler):
    """A fault: other bytes than the store holds."""
    status, headers, body = handler.forwarded()
    handler.answer(status, headers, bytes(255 - each for each in body))


@contextmanager
def faulty_proxy(endpoint, tls=None):
    server = FaultyProxy(endpoint, tls)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def proxy(s3, store, monkeypatch):
    """A proxy in front of the store for this process and its children, with short timeouts."""
    with faulty_proxy(s3[0]) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.endpoint)
        monkeypatch.setenv("MATCHING_EXPERTS_CONNECT_SECONDS", "2")
        monkeypatch.setenv("MATCHING_EXPERTS_READ_SECONDS", "1")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
        monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0.01)  # seconds
        yield server
