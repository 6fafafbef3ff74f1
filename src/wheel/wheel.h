#pragma once
// wheel: the wheel format, and the locks that wheels carry.
//
// For: where the parts of a wheel go (layout.h), RECORD (record.h), the programs of entry points
//   (entry_points.h), where machine code looks for its neighbours (machine_code.h); which members
//   of a wheel are locks and which of them counts (lock_members.h); what makes a lock this wheel's
//   own (carried_lock.h); a wheel with another lock in it, every other byte as it was
//   (wheel_file.h).
// May use: base, text, pep, archive, lock.
// Promises: pure (no disk, no network); the same wheel and lock give the same bytes; a lock that is
//   handed out is listed in RECORD with its hash, names no path on the user's machine and fits what
//   the wheel itself asks for.
//
// docs/locks-in-wheels.md is the proposal that this room implements.

#include "wheel/carried_lock.h"
#include "wheel/lock_members.h"
#include "wheel/wheel_file.h"
