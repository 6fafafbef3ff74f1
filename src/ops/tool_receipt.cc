#include "ops/tool_receipt.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"
#include "text/toml.h"
#include "text/toml_write.h"

namespace pawl::ops {

namespace {

constexpr int64_t format_version = 1;

struct TextField {
    std::string_view key;
    std::string ToolReceipt::*member;
};
struct ListField {
    std::string_view key;
    std::vector<std::string> ToolReceipt::*member;
};
struct FlagField {
    std::string_view key;
    bool ToolReceipt::*member;
};
struct SettingText {
    std::string_view key;
    std::string Settings::*member;
};
struct SettingList {
    std::string_view key;
    std::vector<std::string> Settings::*member;
};

constexpr std::array<TextField, 10> text_fields = {{
    {"name", &ToolReceipt::name},
    {"version", &ToolReceipt::version},
    {"source", &ToolReceipt::source},
    {"lock-name", &ToolReceipt::lock_name},
    {"python", &ToolReceipt::python},
    {"wheel-sha256", &ToolReceipt::wheel_sha256},
    {"lock-place", &ToolReceipt::lock_place},
    {"lock-path", &ToolReceipt::lock_path},
    {"interpreter", &ToolReceipt::interpreter},
    {"interpreter-version", &ToolReceipt::interpreter_version},
}};
constexpr std::array<ListField, 4> list_fields = {{
    {"with", &ToolReceipt::with},
    {"allow-host", &ToolReceipt::allowed_hosts},
    {"commands", &ToolReceipt::commands},
    {"shared", &ToolReceipt::shared},
}};
constexpr std::array<FlagField, 4> flag_fields = {{
    {"no-lock", &ToolReceipt::no_lock},
    {"locked", &ToolReceipt::locked},
    {"build", &ToolReceipt::build},
    {"pinned", &ToolReceipt::pinned},
}};
constexpr std::array<SettingText, 6> setting_texts = {{
    {"index-url", &Settings::index_url},
    {"index-strategy", &Settings::index_strategy},
    {"exclude-newer", &Settings::exclude_newer},
    {"prerelease", &Settings::prerelease},
    {"resolution", &Settings::resolution},
    {"fork-strategy", &Settings::fork_strategy},
}};
constexpr std::array<SettingList, 3> setting_lists = {{
    {"extra-index-url", &Settings::extra_index_urls},
    {"index", &Settings::indexes},
    {"find-links", &Settings::find_links},
}};

/// "NAME=https://user:password@host/" without the middle; what holds no URL stays.
std::string without_login(const std::string& text) {
    size_t scheme = text.find("://");
    if (scheme == std::string::npos) {
        return text;
    }
    size_t begin = text.find_last_of("= ", scheme) + 1; // npos + 1 is 0
    Result<Url> url = Url::parse(std::string_view(text).substr(begin));
    return url && url->has_credentials() ? text.substr(0, begin) + url->text() : text;
}

void write_settings(text::TomlWriter& writer, const Settings& settings) {
    writer.table("settings");
    for (const SettingText& field : setting_texts) {
        if (!(settings.*field.member).empty()) {
            writer.string(field.key, without_login(settings.*field.member));
        }
    }
    for (const SettingList& field : setting_lists) {
        std::vector<std::string> texts;
        for (const std::string& one : settings.*field.member) {
            texts.push_back(without_login(one));
        }
        if (!texts.empty()) {
            writer.entry(field.key, text::toml_strings(texts));
        }
    }
    if (settings.no_index) {
        writer.entry("no-index", "true");
    }
}

Result<> read_list(const text::TomlNode& table, std::string_view key,
                   std::vector<std::string>& into) {
    auto values = TRY(table.get_strings(key));
    if (values) {
        into.assign(values->begin(), values->end());
    }
    return {};
}

Result<> read_settings(const text::TomlNode& table, Settings& settings) {
    for (const SettingText& field : setting_texts) {
        settings.*field.member = TRY(table.get_string(field.key)).value_or("");
    }
    for (const SettingList& field : setting_lists) {
        TRY(read_list(table, field.key, settings.*field.member));
    }
    settings.no_index = TRY(table.get_bool("no-index")).value_or(false);
    return {};
}

} // namespace

std::string write_receipt(const ToolReceipt& receipt) {
    text::TomlWriter writer;
    writer.entry("format", std::to_string(format_version));
    for (const TextField& field : text_fields) {
        if (!(receipt.*field.member).empty()) {
            writer.string(field.key, without_login(receipt.*field.member));
        }
    }
    writer.entry("packages", std::to_string(receipt.packages));
    for (const ListField& field : list_fields) {
        if (!(receipt.*field.member).empty()) {
            writer.lines(field.key, [&] {
                std::vector<std::string> values;
                for (const std::string& one : receipt.*field.member) {
                    values.push_back(text::toml_string(one));
                }
                return values;
            }());
        }
    }
    for (const FlagField& field : flag_fields) {
        if (receipt.*field.member) {
            writer.entry(field.key, "true");
        }
    }
    write_settings(writer, receipt.settings);
    return writer.take();
}

Result<ToolReceipt> read_receipt(std::string text) {
    text::TomlDocument document = TRY(text::TomlDocument::parse(std::move(text)));
    text::TomlNode root = document.root();
    std::optional<int64_t> format = TRY(root.get_integer("format"));
    if (format != format_version) {
        return fail(Error::Kind::input, "written by another version of pawl");
    }
    ToolReceipt receipt;
    for (const TextField& field : text_fields) {
        receipt.*field.member = TRY(root.get_string(field.key)).value_or("");
    }
    receipt.packages = TRY(root.get_integer("packages")).value_or(0);
    for (const ListField& field : list_fields) {
        TRY(read_list(root, field.key, receipt.*field.member));
    }
    for (const FlagField& field : flag_fields) {
        receipt.*field.member = TRY(root.get_bool(field.key)).value_or(false);
    }
    if (auto settings = TRY(root.get_table("settings"))) {
        TRY(read_settings(*settings, receipt.settings));
    }
    if (receipt.name.empty() || receipt.source.empty()) {
        return fail(Error::Kind::input, "it names no tool");
    }
    return receipt;
}

} // namespace pawl::ops
