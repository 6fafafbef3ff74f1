#pragma once
// script: what one script needs, and where its lock is (design §4 and §5).
//
// For: inline metadata (PEP 723) and the lock block at a script's end; the import scanner; the
//   tables of the standard library and of module → project; directives in comments; local modules
//   that a script imports; the place of the lock.
// May use: base, text, pep, lock.
// Promises: never runs the script and never asks the network; reads files only through Sources;
//   edits keep every byte that they do not mean to change; every error names file, line and
//   column of the script. Values, safe to read from any thread.

#include "script/directives.h"
#include "script/inline_metadata.h"
#include "script/lock_block.h"
#include "script/module_table.h"
#include "script/needs.h"
#include "script/place.h"
#include "script/scanner.h"
#include "script/stdlib_table.h"
