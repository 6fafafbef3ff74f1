#pragma once
// exchange: the locks of all tools as one value, read from any of their files, written to any.
//
// For: pylock.toml, requirements files, Pipfile.lock, poetry.lock, pdm.lock, uv.lock.
// May use: base, text, pep, lock, project.
// Promises: no network, and no disk but for files that a requirements file includes; versions and
//   hashes are never changed; what a format cannot say is in the list of losses, nothing is dropped
//   silently; the same document is written as the same bytes.
//
// A new format is a row of the table in format.cc: a reader that fills a Document, a writer that
// looks at nothing else. What a source does not say it leaves absent instead of guessing
// (document.h says for each field what absent means), and memberships.h works out what follows from
// the rest: memberships from edges and roots, or from PEP 751's markers.

#include "exchange/document.h"
#include "exchange/format.h"
#include "exchange/manifest.h"
#include "exchange/memberships.h"
