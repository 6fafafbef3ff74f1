"""A recorded world of the real index whose files can be installed: every wheel that its pages list is
replaced by a tiny one with the same name and the real metadata, and nothing in it. So whole locks of
hundreds of packages are installed by every tool in seconds, without the network.

    with TinyWorld(laid_directory) as world: … world.index …

`laid_directory` is what `snapshot.py lay` makes. Sdists stay listed with their recorded hashes and
cannot be had.
"""

import functools
import hashlib
import http.server
import io
import json
import pathlib
import re
import threading
import zipfile


def tiny_wheel(name, metadata):
    """The same bytes for the same name and metadata."""
    distribution, version, *_, python, abi, platform = name[: -len(".whl")].split("-")
    info = f"{distribution}-{version}.dist-info"
    tags = [f"{p}-{a}-{m}" for p in python.split(".") for a in abi.split(".") for m in platform.split(".")]
    wheel = "Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\n"
    wheel += "".join(f"Tag: {tag}\n" for tag in tags)
    files = {f"{info}/METADATA": metadata, f"{info}/WHEEL": wheel.encode()}
    files[f"{info}/RECORD"] = ("".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n").encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


class TinyWorld:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                body, kind = world.answer(self.path)
                self.send_response(200 if kind else 404)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Cache-Control", "max-age=600")
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.index = f"http://127.0.0.1:{self.server.server_port}/simple/"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def metadata(self, name):
        path = self.directory / "files" / f"{name}.metadata"
        return path.read_bytes() if path.is_file() else None

    @functools.lru_cache(maxsize=None)
    def wheel(self, name):
        metadata = self.metadata(name) if name.endswith(".whl") else None
        return None if metadata is None else tiny_wheel(name, metadata)

    @functools.lru_cache(maxsize=None)
    def page(self, project):
        path = self.directory / "simple" / project / "index.json"
        if not path.is_file():
            return None
        page = json.loads(path.read_bytes())
        for file in page["files"]:
            wheel = self.wheel(file["filename"])
            if wheel is not None:
                file["hashes"] = {"sha256": hashlib.sha256(wheel).hexdigest()}
                file["size"] = len(wheel)
                metadata = self.metadata(file["filename"])
                digest = {"sha256": hashlib.sha256(metadata).hexdigest()}
                file["core-metadata"] = file["dist-info-metadata"] = digest
            file["url"] = f"/files/{file['filename']}"
        return json.dumps(page).encode()

    def answer(self, path):
        """(body, content type), or (b"", None) for what there is not."""
        if match := re.fullmatch(r"/simple/([a-z0-9-]+)/?", path):
            page = self.page(match[1])
            return (page, "application/vnd.pypi.simple.v1+json") if page else (b"", None)
        if match := re.fullmatch(r"/files/([A-Za-z0-9_.+!-]+)", path.replace("%2B", "+")):
            name = match[1]
            if name.endswith(".metadata"):
                body = self.metadata(name[: -len(".metadata")])
            else:
                body = self.wheel(name)
            return (body, "application/octet-stream") if body is not None else (b"", None)
        return b"", None
