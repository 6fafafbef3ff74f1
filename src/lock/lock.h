#pragma once
// lock: pylock.toml (packaging.python.org "pylock.toml specification", once PEP 751).
//
// For: the model of a lock, reading it strictly, writing it stably, and choosing what one
// environment
//   installs from it.
// May use: base, text, pep.
// Promises: pure (no disk, no network); the same lock is written as the same bytes; choosing never
//   looks at what is available, only at what the lock says; tables of other tools survive
//   rewriting.

#include "lock/model.h"
#include "lock/read.h"
#include "lock/select.h"
#include "lock/sources.h"
#include "lock/write.h"
