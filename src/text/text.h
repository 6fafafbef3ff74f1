#pragma once
// text: the file formats, without any meaning of packaging.
//
// For: JSON, lossless TOML, YAML, CSV as RECORD writes it, the anchors of an HTML page.
// May use: base.
// Promises: pure; strict where the format is strict; every error names line and column; every
//   parser is linear in its input (or n log n) and bounded in depth, whatever the bytes.

#include "text/csv.h"
#include "text/html.h"
#include "text/json.h"
#include "text/toml.h"
#include "text/toml_edit.h"
#include "text/toml_write.h"
