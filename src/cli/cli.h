#pragma once
// cli: the command line: argument tables, help, exit codes.
//
// For: turning argv into a request of one verb, and its outcome into an exit code.
// May use: base, pep, ops, workspace.
// Promises: a warm `pawl run` is answered before any argument table is built (run_path.h); every
//   failure ends in one message on stderr and the exit code of its kind (design §3); `run` leaves
//   by execve and so with the script's own code.

namespace pawl::cli {

/// The whole program; returns the exit code.
int main(int count, char** arguments);

} // namespace pawl::cli
