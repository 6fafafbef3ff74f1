#pragma once
// project: what people write beside their code to say what it needs.
//
// For: requirements files as pip reads them, with includes, constraints and options;
//   pyproject.toml with [project], [dependency-groups], [build-system] and [tool.pawl].
// May use: base, text, pep.
// Promises: reads files and nothing else (no network, no code of the project is run); every error
//   names file and line; user names, passwords and values of environment variables stay out of
//   every message; includes are bounded, and a cycle is an error that names the chain.

#include "project/pyproject.h"
#include "project/requirements_file.h"
#include "project/static_metadata.h"
