#pragma once
// index: which files a project has, and what a file needs.
//
// For: the simple repository API (PEP 503, 691, 700, 714, 792) in JSON and HTML, find-links pages
//   and directories, file:// indexes; core metadata of a file without fetching the file where that
//   is possible; downloads. All of it cached in pawl's own parsed form, so that a warm command
//   reads mapped records and never loads the network code.
// May use: base, text, pep, archive, store.
// Promises: credentials go to their own origin only and never into an error, a warning, a cache key
//   or a record; a page from the network never leads to a local file; every byte count, header
//   count, redirect and retry is bounded; what an index announces as a hash is checked.
// The part that needs libcurl and simdjson (`fetch/`) is a shared object, loaded on the first
// request that the cache cannot answer.

#include "index/client.h"
#include "index/files.h"
#include "index/metadata.h"
#include "index/options.h"
