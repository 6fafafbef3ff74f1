"""Small servers on loopback for tests of the network: a proxy, and a front that speaks TLS and asks
for a password before it hands requests on to an index. Both remember what they were asked."""

import base64
import http.client
import http.server
import select
import socket
import socketserver
import ssl
import subprocess
import threading
import urllib.parse

seconds_max = 20


def basic(login):
    return "Basic " + base64.b64encode(login.encode()).decode()


class Listener:
    """A server on a free port of loopback, in threads that end with the test."""

    def __init__(self, kind, handler):
        self.listening = kind(("127.0.0.1", 0), handler)
        self.listening.daemon_threads = True
        self.listening.handle_error = lambda *_: None  # clients that go away are part of the tests
        self.port = self.listening.server_address[1]

    def start(self):
        threading.Thread(target=self.listening.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.listening.shutdown()
        self.listening.server_close()


class Server(Listener):
    """Of HTTP; it remembers what it was asked."""

    def __init__(self, handler):
        self.requests = []  # (method, what was asked for, headers)
        bound = type("Handler", (handler,), {"owner": self, "timeout": seconds_max})
        super().__init__(http.server.ThreadingHTTPServer, bound)

    def asked(self, header):
        """The values of a header, one a request; None where it was absent."""
        return [headers.get(header) for _, _, headers in self.requests]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def remember(self):
        self.owner.requests.append((self.command, self.path, dict(self.headers)))

    def refuse(self, status, header=None):
        self.send_response(status)
        if header:
            self.send_header(*header)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def hand_on(self, port, path):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds_max)
        own = {"host", "connection", "proxy-connection", "proxy-authorization", "authorization"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
        connection.request(self.command, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "content-length", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        connection.close()


class FrontHandler(Handler):
    def do_GET(self):
        self.remember()
        front = self.owner
        if front.login and self.headers.get("Authorization") != basic(front.login):
            self.refuse(401, ("WWW-Authenticate", "Basic"))
            return
        for begin, target in front.redirects.items():
            if self.path.startswith(begin):
                self.refuse(302, ("Location", target + self.path[len(begin) :]))
                return
        self.hand_on(front.index_port, self.path)


class Front(Server):
    """Hands requests on to the index; with a certificate it speaks TLS."""

    def __init__(self, index_port, certificate=None, login=None, tls_version_max=None):
        super().__init__(FrontHandler)
        self.index_port = index_port
        self.login = login
        self.redirects = {}  # beginning of a path -> what stands there instead
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            if tls_version_max:
                context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 has left the old ones behind
                context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
                context.maximum_version = tls_version_max
            self.listening.socket = context.wrap_socket(
                self.listening.socket, server_side=True, do_handshake_on_connect=False
            )


class ProxyHandler(Handler):
    def is_welcome(self):
        login = self.owner.login
        if login and self.headers.get("Proxy-Authorization") != basic(login):
            self.refuse(407, ("Proxy-Authenticate", "Basic"))
            return False
        return True

    def do_GET(self):
        self.remember()
        url = urllib.parse.urlsplit(self.path)
        if self.is_welcome():
            port = self.owner.ports.get(url.hostname, url.port)
            self.hand_on(port, url.path + ("?" + url.query if url.query else ""))

    def do_CONNECT(self):
        self.remember()
        if not self.is_welcome():
            return
        host = self.path.rpartition(":")[0]
        with socket.create_connection(("127.0.0.1", self.owner.ports[host])) as there:
            self.send_response(200)
            self.end_headers()
            pairs = {self.connection: there, there: self.connection}
            while True:
                ready, _, _ = select.select(list(pairs), [], [], seconds_max)
                for one in ready:
                    data = one.recv(1 << 16)
                    if not data:
                        self.close_connection = True
                        return
                    pairs[one].sendall(data)
                if not ready:
                    return


class Proxy(Server):
    """Knows where each host name is really served: names need no DNS."""

    def __init__(self, ports, login=None):
        super().__init__(ProxyHandler)
        self.ports = ports
        self.login = login


class Parrot(Listener):
    """A port that says the same to everybody, whatever it is told."""

    def __init__(self, words):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.recv(1)
                self.request.sendall(words)

        super().__init__(socketserver.ThreadingTCPServer, Handler)


class Silent:
    """A port where nobody answers: its queue is full, so that the kernel drops who else comes."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self.listener.getsockname()[1]
        self.queue = []

    def start(self):
        for _ in range(3):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", self.port))
            self.queue.append(waiting)
        return self

    def stop(self):
        for one in [*self.queue, self.listener]:
            one.close()


def make_certificates(directory, hosts, expired=()):
    """An own authority, ca.pem, and for each host HOST.pem (certificate and key) signed by it."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-subj", "/CN=Test authority", "-days", "2", "-keyout",
            "ca.key", "-out", "ca.pem")
    for host in [*hosts, *expired]:
        openssl("req", *curve, "-subj", "/CN=" + host, "-keyout", host + ".key", "-out",
                host + ".csr")
        (directory / "names").write_text("subjectAltName=DNS:" + host + "\n")
        openssl("x509", "-req", "-in", host + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "-1" if host in expired else "2", "-extfile", "names", "-out", host + ".crt")
        both = (directory / (host + ".crt")).read_text() + (directory / (host + ".key")).read_text()
        (directory / (host + ".pem")).write_text(both)
