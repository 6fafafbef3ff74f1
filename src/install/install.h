#pragma once
// install: from locked files to an environment, and from there to exec.
//
// For: unpacking wheels into the store (unpack.h); making virtual environments out of it in
//   milliseconds, named by their content (environment.h); installing exactly into an environment
//   that is somebody else's, or into a plain directory (target.h); building sdists (build.h);
//   compiling bytecode once per wheel and Python minor (bytecode.h); and the stamp that lets a
//   second `pawl run` go from main to execve with a handful of system calls (run_stamp.h).
// May use: base, text, pep, archive, store, python, lock.
// Promises: what is published is whole or absent, whatever is killed and whenever; any number of
//   processes may do the same thing at once; every path has one owner, and a conflict is an error
//   before anything is written; nothing of a package is run except in build.h, with permission.

#include "install/build.h"
#include "install/bytecode.h"
#include "install/environment.h"
#include "install/run_stamp.h"
#include "install/target.h"
#include "install/unpack.h"
