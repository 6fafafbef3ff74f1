#pragma once
// What gets lost, found in one way for all writers: a writer says what its format keeps, and every
// fact of the document that is of another kind is a loss. What a writer finds out by itself (a
// marker that cannot be said) it adds.

#include <string_view>
#include <vector>

#include "exchange/document.h"

namespace pawl::exchange {

/// What a format has a place for.
struct Keeps {
    bool file_names = false; ///< which hash is whose
    bool addresses = false;  ///< URLs and paths of single files
    bool sizes = false;
    bool upload_times = false;
    bool several_hashes = false;       ///< of one file
    bool index = false;                ///< from which index an entry comes
    bool requires_python = false;      ///< of an entry
    bool lock_requires_python = false; ///< of the lock
    bool environments = false;
    bool required_environments = false;
    bool regions = false;
    bool extras = false; ///< of the project
    bool groups = false;
    bool edges = false;      ///< which entry needs which
    bool specifiers = false; ///< what was asked for by an edge
    bool roots = false;      ///< what was asked for by the project
    bool conflicts = false;
    bool summaries = false;
    bool attestations = false;
    bool tool_tables = false;
};

/// One loss for each kind of fact and entry, in the order of entries; `format` is in the sentence.
std::vector<Loss> losses_of(const Document& document, const Keeps& keeps, std::string_view format);

} // namespace pawl::exchange
