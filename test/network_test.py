#!/usr/bin/env python3
"""The program behind proxies, over TLS with an own authority, and with passwords: whom they reach.

    network_test.py BUILD_DIRECTORY [-k NAME]       as unittest's; everything is on loopback
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from support.loopback import Front, Proxy, basic, make_certificates

binaries = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else ".").resolve()
secret = "s3cr3t-canary"
world = """\
release alpha 1.0
  requires beta
release beta 2.0
"""


class Network(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="pawl-network-"))
        (cls.root / "world.txt").write_text(world)
        cls.index = subprocess.Popen(
            [binaries / "pawl-test-index", "--world", cls.root / "world.txt"],
            stdout=subprocess.PIPE,
            text=True,
        )
        cls.index_url = cls.index.stdout.readline().strip()
        cls.index_port = int(re.search(r":(\d+)/", cls.index_url)[1])
        make_certificates(cls.root, ["index.example", "other.example"])

    @classmethod
    def tearDownClass(cls):
        cls.index.terminate()
        cls.index.wait()
        cls.index.stdout.close()
        shutil.rmtree(cls.root)

    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(dir=self.root))
        (self.work / "all.in").write_text("alpha\n")
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            server.stop()

    def serve(self, server):
        self.servers.append(server)
        return server.start()

    def front(self, host="index.example", login=None):
        return self.serve(Front(self.index_port, self.root / (host + ".pem"), login))

    def lock(self, index, *options, code=0, **variables):
        """Runs `pawl lock` on an empty cache; returns what it said."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not re.match(r"(?i)PAWL_|PIP_|SSL_CERT|XDG_|NETRC|.*_proxy$", name)
        }
        cache = tempfile.mkdtemp(dir=self.work, prefix="cache-")
        (self.work / "pylock.toml").unlink(missing_ok=True)
        done = subprocess.run(
            [binaries / "pawl", "lock", "-r", "all.in", "--index-url", index, *options],
            cwd=self.work,
            env=kept | {"HOME": str(self.work), "PAWL_CACHE_DIR": cache} | variables,
            capture_output=True,
            text=True,
            timeout=100,
        )
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual((self.work / "pylock.toml").exists(), code == 0)
        self.assertNotIn(secret, done.stderr + done.stdout)
        for path in self.work.rglob("*"):
            if path.is_file() and path.name not in {"netrc", ".netrc"}:
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        return done.stderr

    def ca(self):
        return str(self.root / "ca.pem")

    # --- proxies ----------------------------------------------------------------------------------

    def test_http_proxy_serves_plain_addresses(self):
        proxy = self.serve(Proxy({"index.example": self.index_port}))
        url = f"http://127.0.0.1:{proxy.port}"
        self.lock("http://index.example/simple/", "--trusted-host", "index.example", http_proxy=url)
        paths = [path for _, path, _ in proxy.requests]
        self.assertIn("http://index.example/simple/alpha/", paths)

    def test_no_proxy_goes_straight(self):
        proxy = self.serve(Proxy({}))
        url = f"http://127.0.0.1:{proxy.port}"
        self.lock(self.index_url, http_proxy=url)
        self.assertNotEqual(proxy.requests, [])
        proxy.requests.clear()
        self.lock(self.index_url, http_proxy=url, no_proxy="localhost,127.0.0.1")
        self.assertEqual(proxy.requests, [])

    def test_https_proxy_opens_a_tunnel(self):
        front = self.front()
        proxy = self.serve(Proxy({"index.example": front.port}))
        url = f"http://127.0.0.1:{proxy.port}"
        self.lock("https://index.example/simple/", https_proxy=url, SSL_CERT_FILE=self.ca())
        self.assertEqual({method for method, _, _ in proxy.requests}, {"CONNECT"})
        self.assertIn("/simple/alpha/", [path for _, path, _ in front.requests])

    def test_a_proxys_password_goes_to_the_proxy_alone(self):
        front = self.front()
        proxy = self.serve(Proxy({"index.example": front.port}, login="me:" + secret))
        url = f"http://me:{secret}@127.0.0.1:{proxy.port}"
        self.lock("https://index.example/simple/", https_proxy=url, SSL_CERT_FILE=self.ca())
        self.assertIn(basic("me:" + secret), proxy.asked("Proxy-Authorization"))
        self.assertEqual(set(front.asked("Proxy-Authorization")), {None})
        self.assertEqual(set(front.asked("Authorization")), {None})

    def test_a_proxy_that_wants_a_password_is_said(self):
        front = self.front()
        proxy = self.serve(Proxy({"index.example": front.port}, login="me:" + secret))
        url = f"http://127.0.0.1:{proxy.port}"
        said = self.lock("https://index.example/simple/", code=106, https_proxy=url)
        self.assertIn("proxy", said)
        self.assertIn("user and password", said)
        said = self.lock(self.index_url, code=106, http_proxy=url)
        self.assertIn("the proxy wants a user and password", said)

    def test_a_proxy_that_is_down_is_said(self):
        said = self.lock(
            "https://index.example/simple/", code=105, https_proxy="http://127.0.0.1:9"
        )
        self.assertIn("proxy", said)

    # --- certificates -----------------------------------------------------------------------------

    def through(self, **fronts):
        """A proxy that makes names of the fronts: index_example=front."""
        ports = {name.replace("_", "."): front.port for name, front in fronts.items()}
        return f"http://127.0.0.1:{self.serve(Proxy(ports)).port}"

    def test_an_own_authority_is_taken_from_each_variable(self):
        proxy = self.through(index_example=self.front())
        hashed = self.root / "hashed"
        if not hashed.exists():
            hashed.mkdir()
            shutil.copy(self.ca(), hashed)
            subprocess.run(["openssl", "rehash", hashed], check=True, capture_output=True)
        for variables in (
            {"SSL_CERT_FILE": self.ca()},
            {"SSL_CERT_DIR": str(hashed)},
            {"PIP_CERT": self.ca()},
        ):
            with self.subTest(variables):
                self.lock("https://index.example/simple/", https_proxy=proxy, **variables)

    def test_strange_certificates_are_refused(self):
        wrong = self.front("other.example")  # the certificate of another host
        proxy = self.through(index_example=wrong)
        index = "https://index.example/simple/"
        said = self.lock(index, code=105, https_proxy=proxy, SSL_CERT_FILE=self.ca())
        self.assertIn("certificate", said)
        said = self.lock(index, code=105, https_proxy=proxy)
        self.assertIn("SSL_CERT_FILE", said)
        self.assertEqual(wrong.requests, [])
        self.lock(index, "--trusted-host", "index.example", https_proxy=proxy)

    # --- passwords --------------------------------------------------------------------------------

    def test_passwords_do_not_follow_a_redirect_to_another_host(self):
        netrc = self.work / "netrc"
        netrc.write_text(f"machine index.example login me password {secret}\n")
        netrc.chmod(0o600)
        for index, variables in (
            (f"https://me:{secret}@index.example/simple/", {}),
            ("https://index.example/simple/", {"NETRC": str(netrc)}),
        ):
            with self.subTest(index.replace(secret, "…")):
                first = self.front(login="me:" + secret)
                other = self.front("other.example")
                first.redirects["/simple/beta/"] = "https://other.example/simple/beta/"
                first.redirects["/files/alpha"] = "https://other.example/files/alpha"
                proxy = self.through(index_example=first, other_example=other)
                self.lock(index, https_proxy=proxy, SSL_CERT_FILE=self.ca(), **variables)
                self.assertEqual(set(first.asked("Authorization")), {basic("me:" + secret)})
                self.assertEqual(set(other.asked("Authorization")), {None})
                paths = [path for _, path, _ in other.requests]
                self.assertIn("/simple/beta/", paths)
                self.assertTrue(any(path.startswith("/files/alpha") for path in paths), paths)

    def test_passwords_follow_a_redirect_on_the_same_host(self):
        first = self.front(login="me:" + secret)
        first.redirects["/old/"] = "/simple/"
        proxy = self.through(index_example=first)
        self.lock(
            f"https://me:{secret}@index.example/old/", https_proxy=proxy, SSL_CERT_FILE=self.ca()
        )
        self.assertEqual(set(first.asked("Authorization")), {basic("me:" + secret)})

    def test_a_redirect_never_leads_to_plain_http(self):
        first = self.front()
        first.redirects["/simple/"] = "http://plain.example/simple/"
        proxy = self.through(index_example=first, plain_example=first)
        said = self.lock(
            "https://index.example/simple/",
            code=105,
            https_proxy=proxy,
            http_proxy=proxy,
            SSL_CERT_FILE=self.ca(),
        )
        self.assertIn("from https to plain http", said)


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("SKIPPED: there is no openssl to make certificates with")
        sys.exit(77)
    unittest.main()
