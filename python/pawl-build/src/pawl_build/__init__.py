"""A PEP 517 backend that wraps another one and puts locks into its wheels (docs/locks-in-wheels.md).

Hooks that the wrapped backend lacks are missing here, too: module __getattr__ (PEP 562) hands out
what it has.
"""

import importlib
import os
import re
import sys

from ._locks import LockError, add_locks, add_to_sdist, inside

try:
    import tomllib
except ImportError:
    import tomli as tomllib

__all__ = ["build_wheel", "build_sdist", "get_requires_for_build_wheel", "LockError"]

_passed_on = {
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "build_editable",
}


def _settings():
    with open("pyproject.toml", "rb") as file:
        document = tomllib.load(file)
    table = document.get("tool", {}).get("pawl-build", {})
    if not isinstance(table.get("backend"), str):
        raise LockError('pyproject.toml: [tool.pawl-build] needs backend = "…"')
    return table


def _backend():
    table = _settings()
    for path in reversed(table.get("backend-path", [])):
        absolute = os.path.abspath(path)
        if os.path.commonpath([absolute, os.getcwd()]) != os.getcwd():
            raise LockError(f"backend-path {path!r} leads out of the project")
        if absolute not in sys.path:
            sys.path.insert(0, absolute)
    module, _, attributes = table["backend"].partition(":")
    if module == __name__:
        raise LockError("[tool.pawl-build] backend must be another backend")
    backend = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    return backend


def _lock_files():
    """(name, path) of each lock: "" for pylock.toml."""
    files = []
    for path in _settings().get("locks", ["pylock.toml"]):
        match = re.fullmatch(r"pylock\.(?:([A-Za-z0-9_-]+)\.)?toml", os.path.basename(path))
        if not match:
            raise LockError(f"{path}: a lock is called pylock.toml or pylock.NAME.toml")
        if os.path.isabs(path) or inside(path).split("/")[0] == "..":
            raise LockError(f"{path} leads out of the project")
        if not os.path.isfile(path):
            raise LockError(f"{path} is not there: make it with pawl lock")
        files.append((match[1] or "", path))
    return files


def get_requires_for_build_wheel(config_settings=None):
    hook = getattr(_backend(), "get_requires_for_build_wheel", None)
    return hook(config_settings) if hook else []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = _backend().build_wheel(wheel_directory, config_settings, metadata_directory)
    add_locks(os.path.join(wheel_directory, name), _lock_files())
    return name


def build_sdist(sdist_directory, config_settings=None):
    name = _backend().build_sdist(sdist_directory, config_settings)
    add_to_sdist(os.path.join(sdist_directory, name), [path for _, path in _lock_files()])
    return name


def __getattr__(name):
    if name in _passed_on:
        return getattr(_backend(), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
