#pragma once
// The options of a requirements file, as a table.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::project {

enum class FileOptionKind : unsigned char {
    requirement,
    constraint,
    editable,
    index_url,
    extra_index_url,
    no_index,
    find_links,
    prereleases,
    prereleases_of,
    final_only,
    prefer_binary,
    trusted_host,
    no_binary,
    only_binary,
    require_hashes,
    no_require_hashes,
    use_feature,
    hash,
    config_setting,
    global_option,
};

/// One option of a line with its value as written (variables not expanded).
struct GivenOption {
    FileOptionKind kind = FileOptionKind::requirement;
    std::string name;  ///< as written, for messages: "-i"
    std::string value; ///< "" for flags
};

/// Whether it belongs to one requirement and stands on its line.
bool is_of_requirement(FileOptionKind kind);

/// `-e ADDRESS; MARKER [OPTIONS]`: what stands behind the option and its options. Nothing when the
/// text does not begin with it. The address is without quotes, a marker keeps its own.
struct EditableText {
    std::string address;
    std::string_view options;
};
Result<std::optional<EditableText>> split_editable(std::string_view text);

/// Reads the words behind a line's requirement: "--name=value", "--name value", "-x value",
/// "-xvalue". Errors name the option.
Result<std::vector<GivenOption>> read_options(const std::vector<std::string>& words);

} // namespace pawl::project
