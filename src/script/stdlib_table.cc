#include "script/stdlib_table.h"
