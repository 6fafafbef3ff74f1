"""A small index that knows the releases in the samples: files by name and hash, and the metadata that
the locks themselves tell. No file can be fetched from it: conversions need none."""

import hashlib
import http.server
import re
import threading
import tomllib


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


class Release:
    def __init__(self):
        self.files = {}  # name → "sha256:…"
        self.needs, self.python = None, None


def releases(sample):
    """{(project, version): Release} of all locks of a sample that name files."""
    found = {}

    def release(name, version):
        return found.setdefault((normal(name), version), Release())

    for lock in ("pdm.lock", "poetry.lock", "uv.lock"):
        for package in tomllib.loads((sample / lock).read_text())["package"]:
            source = package.get("source", {})
            if "virtual" in source or "editable" in source:
                continue
            one = release(package["name"], package["version"])
            for file in package.get("files", []):
                one.files[file["file"]] = file["hash"]
            for file in [*package.get("wheels", []),
                         *([package["sdist"]] if "sdist" in package else [])]:
                one.files[file["url"].rpartition("/")[2]] = file["hash"]
            if lock == "pdm.lock" and "extras" not in package:
                one.needs = package.get("dependencies", [])
                one.python = package.get("requires_python")
            elif lock == "uv.lock" and one.needs is None:
                one.needs = [edge["name"] + (f"; {edge['marker']}" if "marker" in edge else "")
                             for edge in package.get("dependencies", [])]
    return found


def metadata(name, version, release):
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {need}" for need in release.needs or []]
    lines += [f"Requires-Python: {release.python}"] if release.python else []
    return ("\n".join(lines) + "\n").encode()


class RecordedIndex:
    def __init__(self, sample):
        self.answers = {}
        pages = {}
        for (name, version), release in releases(sample).items():
            text = metadata(name, version, release)
            digest = hashlib.sha256(text).hexdigest()
            for file, hash in release.files.items():
                self.answers[f"/files/{file}.metadata"] = text
                pages.setdefault(name, []).append(
                    f'<a href="../../files/{file}#{hash.replace(":", "=")}" '
                    f'data-core-metadata="sha256={digest}">{file}</a><br>')
        for name, links in pages.items():
            self.answers[f"/simple/{name}/"] = ("<!DOCTYPE html><html><body>" + "\n".join(links) +
                                                "</body></html>").encode()
        answers = self.answers

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = answers.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def options(self):
        """Of pawl convert: looked up here, and written as if it were the index that all know."""
        here = f"http://127.0.0.1:{self.http.server_port}"
        return ["--index-url", f"{here}/simple",
                "--rewrite-urls", f"{here}/simple=https://pypi.org/simple",
                "--rewrite-urls", f"{here}/files/=https://files.pythonhosted.org/packages/"]


def serve(sample):
    return RecordedIndex(sample)
