#pragma once
// A requirement as people write it in files and on command lines: a name with specifiers, or a
// path or URL with or without a name. All become requirements with a name and an absolute URL.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/url.h"
#include "pep/requirement.h"

namespace pawl::project {

struct AddressOptions {
    std::string directory;      ///< relative paths are below it; absolute
    std::string file_directory; ///< … or, where nothing is there, below this; may be ""
    bool editable = false;      ///< a directory or a VCS address; a plain name is a directory
};

struct AddressedRequirement {
    pep::Requirement requirement; ///< url: "" or absolute, without credentials
    std::optional<Url> login;     ///< the URL with its credentials, when it had any
    bool is_vcs_login = false;    ///< … which a VCS would need
};

/// Errors print no credentials that stand in `text`.
Result<AddressedRequirement> parse_address(std::string_view text, const AddressOptions& options);

/// "git", "hg", "bzr", "svn" of "git+https://…"; "" for all else.
std::string_view vcs_of(std::string_view url);

} // namespace pawl::project
