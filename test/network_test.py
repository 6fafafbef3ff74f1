#!/usr/bin/env python3
"""The program behind proxies, over TLS with an own authority, and with passwords: whom they reach.

    network_test.py BUILD_DIRECTORY [-k NAME]       as unittest's; everything is on loopback
"""

import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import warnings

from support.loopback import Front, Parrot, Proxy, Silent, basic, make_certificates

binaries = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else ".").resolve()
secret = "s3cr3t-canary"
is_sanitized = "PAWL_SANITIZED" in os.environ
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
        make_certificates(cls.root, ["index.example", "other.example"], ["old.example"])

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

    def front(self, host="index.example", login=None, tls_version_max=None):
        certificate = self.root / (host + ".pem")
        return self.serve(Front(self.index_port, certificate, login, tls_version_max))

    def environment(self):
        kept = {
            name: value
            for name, value in os.environ.items()
            if not re.match(r"(?i)PAWL_|PIP_|SSL_CERT|XDG_|NETRC|.*_proxy$", name)
        }
        return kept | {"HOME": str(self.work), "PAWL_NETWORK_TIMEOUT": "12s"}

    def pawl(self, *words, code=0, within=(), seconds_max=30, **variables):
        """Runs pawl, within another program if one is given: (stdout, stderr), without secrets."""
        begin = time.monotonic()
        done = subprocess.run(
            [*within, binaries / "pawl", *words],
            cwd=self.work,
            env=self.environment() | variables,
            capture_output=True,
            text=True,
            timeout=100,
        )
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertLess(time.monotonic() - begin, seconds_max)
        self.assertNotIn(secret, done.stderr + done.stdout)
        for path in self.work.rglob("*"):
            if path.is_file() and path.name not in {"netrc", ".netrc", "pawl.toml"}:
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        return done.stdout, done.stderr

    def lock(self, index, *options, code=0, **variables):
        """`pawl lock` on an empty cache; returns what it said."""
        variables["PAWL_CACHE_DIR"] = tempfile.mkdtemp(dir=self.work, prefix="cache-")
        (self.work / "pylock.toml").unlink(missing_ok=True)
        words = ("lock", "-v", "-r", "all.in", "--index-url", index, *options)
        _, said = self.pawl(*words, code=code, **variables)
        self.assertEqual((self.work / "pylock.toml").exists(), code == 0)
        return said

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

    def test_certificates_of_the_past_are_refused(self):
        old = self.front("old.example")
        proxy = self.through(old_example=old)
        index = "https://old.example/simple/"
        said = self.lock(index, code=105, https_proxy=proxy, SSL_CERT_FILE=self.ca())
        self.assertIn("certificate", said)
        self.assertIn("expired", said)
        self.assertEqual(old.requests, [])

    def test_authorities_that_are_not_there_are_said(self):
        proxy = self.through(index_example=self.front())
        index = "https://index.example/simple/"
        said = self.lock(index, code=105, https_proxy=proxy, SSL_CERT_FILE="/nowhere/ca.pem")
        self.assertIn("/nowhere/ca.pem", said)
        empty = self.work / "empty.pem"
        empty.touch()
        said = self.lock(index, code=105, https_proxy=proxy, SSL_CERT_FILE=str(empty))
        self.assertIn("certificate", said)

    def test_old_protocols_are_refused_even_to_who_trusts_the_host(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            front = self.front(tls_version_max=ssl.TLSVersion.TLSv1_1)
        proxy = self.through(index_example=front)
        for options in ((), ("--trusted-host", "index.example")):
            said = self.lock(
                "https://index.example/simple/",
                *options,
                code=105,
                https_proxy=proxy,
                SSL_CERT_FILE=self.ca(),
            )
            self.assertIn("no secure connection", said)
        self.assertEqual(front.requests, [])

    def test_tls_and_plain_ports_are_not_taken_for_each_other(self):
        plain = self.serve(Parrot(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
        said = self.lock(f"https://127.0.0.1:{plain.port}/simple/", code=105)
        self.assertIn("no secure connection", said)
        alert = self.serve(Parrot(b"\x15\x03\x01\x00\x02\x02\x28"))  # handshake_failure
        said = self.lock(f"https://127.0.0.1:{alert.port}/simple/", code=105)
        self.assertIn("no secure connection", said)
        said = self.lock(f"http://127.0.0.1:{alert.port}/simple/", code=105)
        self.assertIn("not proper HTTP", said)

    def test_plain_http_is_for_this_machine_and_trusted_hosts(self):
        proxy = self.serve(Proxy({"index.example": self.index_port}))
        url = f"http://127.0.0.1:{proxy.port}"
        said = self.lock("http://index.example/simple/", code=105, http_proxy=url)
        self.assertIn("--trusted-host index.example", said)
        self.assertEqual(proxy.requests, [])
        self.lock(self.index_url)

    # --- nobody there -----------------------------------------------------------------------------

    def test_a_closed_port_is_said_at_once(self):
        said = self.lock("http://127.0.0.1:9/simple/", code=105, seconds_max=15)
        self.assertIn("cannot connect", said)
        self.assertIn("--offline", said)

    def test_who_does_not_answer_is_not_waited_for(self):
        silent = self.serve(Silent())
        index = f"http://127.0.0.1:{silent.port}/simple/"
        said = self.lock(index, code=105, PAWL_NETWORK_TIMEOUT="3s", seconds_max=25)
        self.assertIn("too slow", said)
        said = self.lock(index, code=2, PAWL_NETWORK_TIMEOUT="0s")
        self.assertIn("at least one second", said)

    def test_a_machine_without_a_network_says_so(self):
        within = ("unshare", "--user", "--map-root-user", "--net")
        if subprocess.run([*within, "true"], capture_output=True).returncode:
            self.skipTest("THIS USER MAY NOT MAKE NAMESPACES")
        said = self.lock("https://index.example/simple/", code=105, within=within)
        self.assertIn("address cannot be found", said)
        self.assertIn("--offline", said)
        # An address of IPv6 from which nothing ever comes back.
        hole = "ip link set lo up && ip link add hole type dummy && ip link set hole up && " \
               "ip -6 addr add fd00::1/64 dev hole nodad && exec \"$@\""
        within = (*within, "sh", "-c", hole, "sh")
        if subprocess.run([*within, "true"], capture_output=True).returncode == 0:
            self.lock("https://[fd00::2]/simple/", code=105, within=within,
                      PAWL_NETWORK_TIMEOUT="3s", seconds_max=25)

    def test_offline_says_what_is_not_in_the_cache(self):
        said = self.lock("https://index.example/simple/", "--offline", code=105, seconds_max=15)
        self.assertIn("offline", said)
        self.assertIn("alpha", said)

    # --- what is no HTTP --------------------------------------------------------------------------

    def test_endless_answers_cost_neither_time_nor_memory(self):
        kinds = ("noise", "long-header", "header-flood", "continue-storm", "no-header")
        alone = self.megabytes_of_a_lock(self.index_url, 0)
        for kind in kinds:
            with self.subTest(kind):
                index = subprocess.Popen(
                    [binaries / "pawl-test-index", "--world", self.root / "world.txt",
                     "--fault", f"/simple/ {kind} 100"], stdout=subprocess.PIPE, text=True)
                try:
                    used = self.megabytes_of_a_lock(index.stdout.readline().strip(), 105)
                finally:
                    index.terminate()
                    index.wait()
                    index.stdout.close()
                if not is_sanitized:  # its own memory is counted, too
                    self.assertLess(used - alone, 50)

    def megabytes_of_a_lock(self, index, code):
        begin = time.monotonic()
        process = subprocess.Popen(
            [binaries / "pawl", "lock", "-q", "-r", "all.in", "--index-url", index, "--cache-dir",
             self.work / f"cache-{code}"], cwd=self.work, env=self.environment(),
            stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, code)
        if not is_sanitized:
            self.assertLess(time.monotonic() - begin, 20)
        return usage.ru_maxrss // 1024

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

    def test_passwords_show_nowhere(self):
        """Neither in what is printed or kept, nor in the words of programs that are started; pawl()
        and this look for it, whether it comes from a variable, a file or a proxy's address."""
        front = self.front(login="me:" + secret)
        proxy = self.serve(Proxy({"index.example": front.port}, login="me:" + secret))
        index = f"https://me:{secret}@index.example/simple/"
        variables = {
            "https_proxy": f"http://me:{secret}@127.0.0.1:{proxy.port}",
            "SSL_CERT_FILE": self.ca(),
            "PAWL_CACHE_DIR": str(self.work / "cache"),
            "PATH": f"{self.work / 'bin'}:{os.environ['PATH']}",
        }
        (self.work / "bin").mkdir()
        git = self.work / "bin/git"
        git.write_text('#!/bin/sh\necho "$@" >> "$HOME/git-words"\ncase "$*" in *init*) ;; *) exit 1;; esac\n')
        git.chmod(0o755)
        script = self.work / "job.py"
        script.write_text("import alpha, sys; print(open('/proc/self/cmdline').read())\n")
        of_git = f"alpha @ git+https://me:{secret}@index.example/alpha.git"
        commands = [
            (["lock", "-v", "job.py"], 0),
            (["run", "-v", "--timings", "job.py"], 0),
            (["lock", "-v", "-r", "all.in", "-o", "pylock.toml"], 0),
            (["convert", "-v", "pylock.toml", "uv.lock"], 0),
            (["convert", "-v", "pylock.toml", "requirements.txt", "--to", "requirements"], 0),
            (["tree", "-v", "pylock.toml"], 0),
            (["install", "-v", "pylock.toml", "--target", "lib"], 0),
            (["run", "-v", "--with", of_git, "job.py"], 105),
            (["lock", "-v", "--refresh", "--exclude-newer", "2001-01-01", "-r", "all.in"], 101),
        ]
        for where in ("variable", "pawl.toml"):
            if where == "variable":
                variables["PAWL_INDEX_URL"] = index
            else:
                del variables["PAWL_INDEX_URL"]
                (self.work / "pawl.toml").write_text(f'index-url = "{index}"\n')
            for words, code in commands:
                with self.subTest(where=where, words=" ".join(words).replace(secret, "…")):
                    self.pawl(*words, code=code, **variables)
        self.assertIn("index.example/alpha.git", (self.work / "git-words").read_text())

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
