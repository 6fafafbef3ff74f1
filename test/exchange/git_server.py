"""A directory of bare repositories on loopback, as git itself serves them: locks may not name a
repository that is a folder of this machine."""

import http.server
import os
import subprocess
import threading

READ_SECONDS_MAX = 60


def handler_of(directory):
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self):
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            done = subprocess.run(
                ["git", "http-backend"], input=body, capture_output=True, timeout=READ_SECONDS_MAX,
                env=os.environ | {"GIT_PROJECT_ROOT": str(directory), "GIT_HTTP_EXPORT_ALL": "1",
                                  "PATH_INFO": path, "QUERY_STRING": query,
                                  "REQUEST_METHOD": self.command,
                                  "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                                  "CONTENT_LENGTH": str(len(body)),
                                  "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                                  "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")})
            head, _, rest = done.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            self.send_response(int(fields.pop("Status", "200").split(" ")[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest)

        do_GET = do_POST = answer

        def log_message(self, *_):
            pass

    return Handler


def serve(directory):
    """Its address; it ends with the programme."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(directory))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
