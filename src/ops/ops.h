#pragma once
// ops: the verbs, one file each, each a list of steps.
//
// For: run, lock, imports, install, python, cache (and those to come). A verb takes a request
// (plain
//   data, from the command line or the server) and Services, and says what came of it.
// May use: every room below. It sequences them; it owns no types that others need.
// Promises: a verb that fails has changed nothing but the cache; results go to Terminal::out or
//   into the returned value, everything else to the terminal's other lines.

#include "ops/cache.h"
#include "ops/convert.h"
#include "ops/diff.h"
#include "ops/edit.h"
#include "ops/imports.h"
#include "ops/install.h"
#include "ops/lock.h"
#include "ops/merge.h"
#include "ops/python.h"
#include "ops/run.h"
#include "ops/services.h"
#include "ops/settings.h"
#include "ops/tool_audit.h"
#include "ops/tool_install.h"
#include "ops/tool_list.h"
#include "ops/tool_path.h"
#include "ops/tool_run.h"
#include "ops/tool_upgrade.h"
#include "ops/tree.h"
#include "ops/validate.h"
#include "ops/wheel_lock.h"
#include "ops/wheel_show.h"
