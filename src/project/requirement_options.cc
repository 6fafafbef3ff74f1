#include "project/requirement_options.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "project/requirement_lines.h"

namespace pawl::project {

namespace {

using Kind = FileOptionKind;

struct OptionName {
    std::string_view name;
    Kind kind;
    bool has_value;
};

constexpr std::array<OptionName, 30> option_names = {{
    {"-r", Kind::requirement, true},
    {"--requirement", Kind::requirement, true},
    {"--requirements", Kind::requirement, true},
    {"-c", Kind::constraint, true},
    {"--constraint", Kind::constraint, true},
    {"--constraints", Kind::constraint, true},
    {"-e", Kind::editable, true},
    {"--editable", Kind::editable, true},
    {"-i", Kind::index_url, true},
    {"--index-url", Kind::index_url, true},
    {"--pypi-url", Kind::index_url, true},
    {"--extra-index-url", Kind::extra_index_url, true},
    {"--no-index", Kind::no_index, false},
    {"-f", Kind::find_links, true},
    {"--find-links", Kind::find_links, true},
    {"--pre", Kind::prereleases, false},
    {"--all-releases", Kind::prereleases_of, true},
    {"--only-final", Kind::final_only, true},
    {"--prefer-binary", Kind::prefer_binary, false},
    {"--trusted-host", Kind::trusted_host, true},
    {"--no-binary", Kind::no_binary, true},
    {"--only-binary", Kind::only_binary, true},
    {"--require-hashes", Kind::require_hashes, false},
    {"--no-require-hashes", Kind::no_require_hashes, false},
    {"--use-feature", Kind::use_feature, true},
    {"--hash", Kind::hash, true},
    {"-C", Kind::config_setting, true},
    {"--config-setting", Kind::config_setting, true},
    {"--config-settings", Kind::config_setting, true},
    {"--global-option", Kind::global_option, true},
}};

const OptionName* find_option(std::string_view name) {
    const auto* found = std::ranges::find(option_names, name, &OptionName::name);
    return found == option_names.end() ? nullptr : found;
}

/// A word with a dash, and what of it is a value.
struct Word {
    std::string_view name;
    std::optional<std::string_view> value;
};

Word take_apart(std::string_view word) {
    if (word.starts_with("--")) {
        std::optional<Halves> halves = split_once(word, '=');
        return halves ? Word{halves->before, halves->after} : Word{word, {}};
    }
    return word.size() > 2 ? Word{word.substr(0, 2), word.substr(2)} : Word{word, {}};
}

Error unknown_option(std::string_view name) {
    return Error{Error::Kind::input,
                 "\"" + printable(name) + "\" is no option of a requirements file"}
        .hint("options for installing belong on the command line");
}

} // namespace

bool is_of_requirement(FileOptionKind kind) {
    return kind == Kind::hash || kind == Kind::config_setting || kind == Kind::global_option;
}

Result<std::optional<EditableText>> split_editable(std::string_view text) {
    for (std::string_view name : {"--editable", "-e"}) {
        if (!text.starts_with(name)) {
            continue;
        }
        std::string_view rest = text.substr(name.size());
        bool is_long = name.starts_with("--");
        if (is_long && !rest.empty() && !is_space(rest.front()) && rest.front() != '=') {
            continue; // a longer word
        }
        if (is_long && rest.starts_with('=')) {
            rest.remove_prefix(1);
        }
        LineParts parts = split_line(trim(rest));
        EditableText editable{.address = std::string(parts.requirement), .options = parts.options};
        bool is_quoted = editable.address.starts_with('"') || editable.address.starts_with('\'');
        if (is_quoted || editable.address.find(';') == std::string::npos) {
            editable.address = join(TRY(split_words(parts.requirement)), " ");
        }
        if (editable.address.empty()) {
            return fail(Error::Kind::input, std::string(name) + " needs a value");
        }
        return std::optional(std::move(editable));
    }
    return std::optional<EditableText>();
}

Result<std::vector<GivenOption>> read_options(const std::vector<std::string>& words) {
    std::vector<GivenOption> options;
    for (size_t at = 0; at < words.size(); ++at) {
        Word word = take_apart(words[at]);
        const OptionName* option = find_option(word.name);
        if (option == nullptr) {
            return fail(unknown_option(word.name));
        }
        GivenOption given{.kind = option->kind, .name = std::string(word.name), .value = {}};
        if (!option->has_value && word.value) {
            return fail(Error::Kind::input, given.name + " takes no value");
        }
        if (option->has_value && word.value) {
            given.value = *word.value;
        } else if (option->has_value) {
            if (at + 1 == words.size()) {
                return fail(Error::Kind::input, given.name + " needs a value");
            }
            given.value = words[++at];
        }
        if (option->has_value && given.value.empty()) {
            return fail(Error::Kind::input, given.name + " needs a value");
        }
        if (at + 1 < words.size() && !words[at + 1].starts_with('-')) {
            return fail(
                Error{Error::Kind::input, "\"" + printable(without_credentials(words[at + 1])) +
                                              "\" behind " + given.name + " belongs to nothing"}
                    .hint("a value with blanks needs quotes"));
        }
        options.push_back(std::move(given));
    }
    return options;
}

} // namespace pawl::project
