#pragma once
// Core metadata held against its specification, field by field: for checking what others (or we)
// wrote. Resolving and installing need less; see CoreMetadata.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pep/metadata.h"

namespace pawl::pep {

/// A field of the specification.
struct MetadataField {
    enum class Shape : unsigned char {
        single,   ///< stands once
        list,     ///< may stand many times
        keywords, ///< stands once, a list with commas
        urls,     ///< may stand many times, "label, URL" each
    };
    std::string_view name; ///< lower case, "requires-dist"
    std::string_view key;  ///< as the JSON forms of metadata call it, "requires_dist"
    Shape shape = Shape::single;
    std::string_view since = "1.0"; ///< metadata version
};
std::span<const MetadataField> metadata_fields();
/// Null for a name that the specification does not know.
const MetadataField* metadata_field(std::string_view name);

/// The fields by name, each in its shape; what fits into none is apart.
struct SortedMetadata {
    struct Entry {
        std::vector<std::string> values; ///< one for `single`
        std::vector<std::pair<std::string, std::string>> urls;
    };
    std::map<std::string, Entry, std::less<>> fields; ///< the body is "description"
    /// Unknown fields, single ones that stand twice, values that are no UTF-8.
    std::map<std::string, std::vector<std::string>, std::less<>> unparsed;
};
SortedMetadata sort_metadata(const RawMetadata& raw);

struct MetadataReport {
    struct Problem {
        std::string field; ///< lower case
        std::string message;
    };
    std::vector<Problem> problems; ///< by field; empty: all is valid
    /// Valid values in normal form: version, requirements, specifiers, extras, licence, dynamic.
    SortedMetadata metadata;
};
MetadataReport validate_metadata(const RawMetadata& raw);

/// Whether a Description-Content-Type is one of the three allowed, with sensible parameters.
Result<> check_description_content_type(std::string_view value);

} // namespace pawl::pep
