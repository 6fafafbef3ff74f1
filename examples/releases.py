"""Asks a package index which releases of a project there are: a small web API client.

    pawl run examples/releases.py [PROJECT] [--index URL]

It speaks the simple repository API, in JSON where the index can and in HTML where it cannot. The
index is the one that pip would ask.
"""
import argparse
import os
import re
import sys

import requests
from bs4 import BeautifulSoup

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html"


def file_names(index, project):
    url = f"{index.rstrip('/')}/{project}/"
    response = requests.get(url, headers={"Accept": f"{JSON}, {HTML};q=0.5"}, timeout=30)
    response.raise_for_status()
    if JSON in response.headers.get("Content-Type", ""):
        return [file["filename"] for file in response.json()["files"]]
    return [link.text.strip() for link in BeautifulSoup(response.text, "html.parser").find_all("a")]


def version_key(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def versions(names):
    found = set()
    for name in names:
        match = re.match(r"[^-]+(?:-[A-Za-z][^-]*)*-(\d[^-]*?)(?:\.tar\.gz|\.zip|-.*\.whl)$", name)
        if match and re.fullmatch(r"[\d.]+(\.post\d+)?", match.group(1)):
            found.add(match.group(1))
    return sorted(found, key=version_key, reverse=True)


def main():
    parser = argparse.ArgumentParser(description="Shows a project's newest releases.")
    parser.add_argument("project", nargs="?", default="six")
    parser.add_argument("--index", default=os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple")
    parser.add_argument("-n", "--count", type=int, default=5)
    options = parser.parse_args()
    try:
        names = file_names(options.index, options.project)
    except requests.RequestException as error:
        sys.exit(f"the index does not answer: {error}")
    found = versions(names)
    print(f"{options.project}: {len(names)} files, {len(found)} releases")
    print("newest:", ", ".join(found[:options.count]))


if __name__ == "__main__":
    main()
