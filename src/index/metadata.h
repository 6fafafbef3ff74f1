#pragma once
// What one file needs, in a form that is read in place: every text is normal and stands apart, so
// that a resolver interns names, specifiers and markers by their text and parses each text once.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pawl::index {

/// One Requires-Dist. All texts in normal form, as pep prints them.
struct RequirementView {
    std::string_view text;       ///< the whole requirement; equal texts mean equal requirements
    std::string_view name;       ///< of the project, normal form
    std::string_view extras;     ///< "a,b": sorted, normal form; "" for none
    std::string_view specifiers; ///< "<2,>=1"; "" for any version
    std::string_view url;        ///< "" when there is none
    std::string_view marker;     ///< "" when there is none
    /// The extra without which the marker cannot hold (`… and extra == "x"`), normal form; "" when
    /// there is no such one (the marker may still mention extras).
    std::string_view extra;
};

/// Views into one metadata record; valid as long as the Client (or, made by open(), as the bytes).
class MetadataView {
  public:
    MetadataView() = default;
    /// A record made by encode_metadata(); nothing when it is damaged or of another format.
    static std::optional<MetadataView> open(std::string_view record);

    std::string_view name() const; ///< normal form
    std::string_view version() const;
    std::string_view metadata_version() const;
    std::string_view requires_python() const; ///< canonical text; "" when there is none
    uint32_t requirement_count() const { return requirement_count_; }
    RequirementView requirement(uint32_t row) const;
    uint32_t extra_count() const { return extra_count_; }
    std::string_view extra(uint32_t row) const; ///< normal form
    /// PEP 794: import names, one a line (namespaces too); meaningless without has_import_names().
    bool has_import_names() const;
    std::string_view import_names() const;
    std::string_view import_namespaces() const;

    std::string_view record() const { return record_; }

  private:
    std::string_view text_at(size_t position) const;
    std::string_view record_;
    uint32_t requirement_count_ = 0;
    uint32_t extra_count_ = 0;
};

/// The record of a METADATA or PKG-INFO text. An error when a field that resolving needs is
/// missing or cannot be read; it names the field.
Result<std::string> encode_metadata(std::string_view text);

/// Whether an sdist's PKG-INFO says for certain what every wheel built from it will need:
/// Metadata-Version 2.2 or later, and neither Requires-Dist, Requires-Python nor Provides-Extra
/// are dynamic.
bool is_metadata_static(std::string_view text);

} // namespace pawl::index
