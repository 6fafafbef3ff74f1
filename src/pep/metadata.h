#pragma once
// Core metadata (packaging.python.org "Core metadata specifications", up to 2.6): METADATA of a
// wheel, PKG-INFO of an sdist.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pep/name.h"
#include "pep/requirement.h"
#include "pep/specifier.h"
#include "pep/version.h"

namespace pawl::pep {

/// The fields as they stand, in order, with repeated ones; nothing is validated.
struct RawMetadata {
    struct Field {
        std::string name;    ///< lower case
        std::string value;   ///< a folded one keeps its line ends
        bool is_utf8 = true; ///< false: the bytes were none, and were read as Latin-1
    };
    std::vector<Field> fields;
    std::string description; ///< the body, or "" when there is none
    bool is_description_utf8 = true;

    /// Email headers as Python's parser reads them: any bytes are taken, what is no header begins
    /// the body. Kind::refused for more than 50,000 fields, or one of more than 1 MiB.
    static Result<RawMetadata> parse(std::string_view text);
    /// The first value of a field (name in lower case); nothing when it is absent.
    std::optional<std::string_view> first(std::string_view name) const;
    std::vector<std::string_view> all(std::string_view name) const;
};

/// What resolving and installing need. Made leniently, as the field does: a requirement that cannot
/// be read is an error (naming it), a field that nobody needs is not looked at.
struct CoreMetadata {
    std::string metadata_version;
    Name name;
    Version version;
    std::vector<Requirement> requires_dist;
    std::optional<Specifiers> requires_python;
    std::vector<Name> provides_extra;
    std::vector<std::string> dynamic;           ///< lower-case field names
    std::vector<std::string> import_names;      ///< PEP 794, without "; private" ones
    std::vector<std::string> import_namespaces; ///< PEP 794
    bool has_import_names = false;              ///< the field is there (perhaps empty)

    static Result<CoreMetadata> parse(std::string_view text);
};

} // namespace pawl::pep
