#pragma once
// A lock of any tool, from its file: what `convert`, `export`, `install` and others begin with.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "exchange/document.h"
#include "exchange/format.h"
#include "ops/services.h"

namespace pawl::ops {

/// What lies beside a lock at this path: manifests, and the script that it belongs to.
Result<exchange::Context> context_of(std::string_view path);

struct LoadDocument {
    std::string path;
    std::string format;              ///< "" to find it out from the name, then from the content
    bool is_frozen = false;          ///< take it even when its manifest has changed since
    std::optional<std::string> text; ///< when it is no file of its own: what stands in `path`
};
/// Reads it, checks where its sources lead, shows warnings. Kind::check_failed when the tool that
/// made it would not take it any more.
Result<exchange::Document> load_document(const LoadDocument& what, Services& services);

/// The format of a file: by its name, else by what it says; an error that names all formats.
Result<exchange::Format> format_of_file(std::string_view path, std::string_view text);

} // namespace pawl::ops
