#!/usr/bin/env python3
# /// script
# requires-python = ">=3.9"
# dependencies = [
#   "six>=1",  # why
# ]
# [tool.pawl]
# locked = true
# ///
import os, sys as s
try:
    from yaml import (load,
        dump as d)  # pin: pyyaml
except ImportError:
    import json
if sys.version_info < (3, 11): import tomli
def main(): from . import a; print(f"{os!r:>{10}}")

# /// pylock
# lock-version = "1.0"
# ///
