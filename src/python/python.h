#pragma once
// python: the interpreters of this machine, each asked once.
//
// For: finding interpreters (PATH, pyenv, /usr/bin, /usr/local/bin, uv-managed ones, an active
//   virtual environment, a conda environment), knowing what they are (version, implementation,
//   markers, tags, layout), and choosing one by a request such as "3.12", ">=3.10" or a path.
// May use: base, text, pep, store.
// Promises: an interpreter is started at most once for as long as its file stays the same (path,
//   inode, size, time of change) and never through a pyenv shim; its start is isolated
//   (-I -S -B), limited in time and output, and noise that it prints is not taken for an answer.
//
// The rule of choice, in this order (find.h has the function):
//   1. a request that is a path names the interpreter;
//   2. an active virtual environment's Python, if it fits the request and requires-python;
//   3. the newest final CPython that fits; among equals the default build before a free-threaded
//      or debug one, then by where it was found (pyenv, uv, /usr/local, /usr, conda, PATH), then
//      by path. The order of PATH decides nothing;
//   4. PyPy, a prerelease or a free-threaded build only when nothing else fits or when asked for.
// What a lock holds never depends on this choice: without requires-python a lock's lower bound is
// pawl's documented default (design §4).

#include "python/find.h"
#include "python/interpreter.h"
