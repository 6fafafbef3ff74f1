#include "ops/settings.h"

#include <algorithm>
#include <array>
#include <map>

#include <unistd.h>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "base/url.h"
#include "text/toml.h"

namespace pawl::ops {

namespace {

/// The name of one setting everywhere: `--index-url`, PAWL_INDEX_URL, `index-url` in pawl.toml.
struct TextSetting {
    std::string_view name;
    std::string Settings::*member;
};
struct ListSetting {
    std::string_view name;
    std::vector<std::string> Settings::*member;
};
struct FlagSetting {
    std::string_view name;
    bool Settings::*member;
};

constexpr std::array<TextSetting, 11> text_settings = {{
    {"index-url", &Settings::index_url},
    {"index-strategy", &Settings::index_strategy},
    {"exclude-newer", &Settings::exclude_newer},
    {"python", &Settings::python},
    {"cache-dir", &Settings::cache_directory},
    {"prerelease", &Settings::prerelease},
    {"resolution", &Settings::resolution},
    {"fork-strategy", &Settings::fork_strategy},
    {"build-timeout", &Settings::build_timeout},
    {"network-timeout", &Settings::network_timeout},
    {"requirements", &Settings::requirements},
}};
constexpr std::array<ListSetting, 5> list_settings = {{
    {"extra-index-url", &Settings::extra_index_urls},
    {"index", &Settings::indexes},
    {"find-links", &Settings::find_links},
    {"trusted-host", &Settings::trusted_hosts},
    {"allow-host", &Settings::allowed_hosts},
}};
constexpr std::array<FlagSetting, 6> flag_settings = {{
    {"wheel-variants", &Settings::wheel_variants},
    {"no-index", &Settings::no_index},
    {"offline", &Settings::offline},
    {"no-build", &Settings::no_build},
    {"no-guess", &Settings::no_guess},
    {"all-imports", &Settings::all_imports},
}};

std::string variable_of(std::string_view name) {
    std::string variable = "PAWL_";
    for (char c : name) {
        variable += c == '-' ? '_' : static_cast<char>(is_lower(c) ? c - 'a' + 'A' : c);
    }
    return variable;
}

Result<> set_network_timeout(std::string_view text, index::NetworkOptions& network) {
    constexpr int64_t second_ms = 1000, day_ms = 86'400 * second_ms;
    int64_t time_ms = TRY(parse_duration(text)) / 1000;
    if (time_ms < second_ms) {
        return fail(Error::Kind::usage, "nothing comes in no time: give at least one second");
    }
    network.set_patience(std::min(time_ms, day_ms));
    return {};
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> list;
    for (std::string_view word : split(text, ' ')) {
        if (!word.empty()) {
            list.emplace_back(word);
        }
    }
    return list;
}

Result<bool> parse_flag(std::string_view variable, std::string_view value) {
    for (std::string_view yes : {"1", "true", "yes", "on"}) {
        if (equals_ignoring_case(value, yes)) {
            return true;
        }
    }
    for (std::string_view no : {"0", "false", "no", "off"}) {
        if (equals_ignoring_case(value, no)) {
            return false;
        }
    }
    return fail(Error::Kind::usage,
                std::string(variable) + " must be true or false, not \"" + printable(value) + "\"");
}

Result<> add_variables(Settings& settings) {
    for (const TextSetting& setting : text_settings) {
        auto value = environment_variable(variable_of(setting.name).c_str());
        if (value && (settings.*setting.member).empty()) {
            settings.*setting.member = *value;
        }
    }
    for (const ListSetting& setting : list_settings) {
        auto value = environment_variable(variable_of(setting.name).c_str());
        if (value && (settings.*setting.member).empty()) {
            settings.*setting.member = words(*value);
        }
    }
    for (const FlagSetting& setting : flag_settings) {
        std::string variable = variable_of(setting.name);
        auto value = environment_variable(variable.c_str());
        if (value && !(settings.*setting.member)) {
            settings.*setting.member = TRY(parse_flag(variable, *value));
        }
    }
    return {};
}

/// Fills in what nobody said so far, with a value that a table may replace.
template <class Value>
void fill_weakly(Settings& settings, Value Settings::*member, std::string_view name, Value value) {
    if ((settings.*member).empty() && !value.empty()) {
        settings.*member = std::move(value);
        settings.weak.insert(std::string(name));
    }
}

/// pip's own variables, so that a machine that is set up for pip is set up for pawl.
void add_pip_variables(Settings& settings) {
    auto index_url = environment_variable("PIP_INDEX_URL");
    fill_weakly(settings, &Settings::index_url, "index-url", index_url.value_or(""));
    auto extra = environment_variable("PIP_EXTRA_INDEX_URL");
    fill_weakly(settings, &Settings::extra_index_urls, "extra-index-url",
                words(extra.value_or("")));
}

Result<> add_table(Settings& settings, const text::TomlNode& table) {
    for (const TextSetting& setting : text_settings) {
        auto value = TRY(table.get_string(setting.name));
        fill_weakly(settings, setting.member, setting.name, std::string(value.value_or("")));
    }
    for (const ListSetting& setting : list_settings) {
        auto values = TRY(table.get_strings(setting.name));
        if (values) {
            fill_weakly(settings, setting.member, setting.name,
                        std::vector<std::string>(values->begin(), values->end()));
        }
    }
    for (const FlagSetting& setting : flag_settings) {
        auto value = TRY(table.get_bool(setting.name));
        settings.*setting.member = settings.*setting.member || value.value_or(false);
    }
    return {};
}

bool is_known_setting(std::string_view name) {
    auto is = [&](const auto& setting) { return setting.name == name; };
    return std::ranges::any_of(text_settings, is) || std::ranges::any_of(list_settings, is) ||
           std::ranges::any_of(flag_settings, is);
}

Result<> add_configuration_file(Settings& settings, const std::string& path) {
    auto document = TRY_IN(path, text::TomlDocument::parse(TRY(fs::read(path))));
    for (text::TomlNode entry : document.root()) {
        if (!is_known_setting(entry.key())) {
            return fail(
                std::move(entry.error("pawl.toml has no setting \"" + printable(entry.key()) + "\"")
                              .value())
                    .in(path));
        }
    }
    return TRY_IN(path, add_table(settings, document.root())), Result<>();
}

/// Whether it is there and of whom it should be: root's and others' /tmp is a directory into which
/// anybody puts files. A link to nothing is not there.
Result<bool> is_own_file(const std::string& path, uint32_t directory_owner) {
    auto found = TRY(fs::lstat(path));
    bool is_own = found && (found->owner == 0 || found->owner == geteuid() ||
                            found->owner == directory_owner);
    return is_own && fs::exists(path);
}

/// The nearest pawl.toml at or above the directory, as long as the directories are ours: a file
/// that somebody else put above (into /tmp, say) steers nothing.
Result<> find_configuration_file(Settings& settings, std::string_view directory) {
    constexpr int levels_max = 64;
    std::string current = TRY(fs::absolute(directory));
    auto start = TRY(fs::stat(current));
    for (int level = 0; level < levels_max && start; ++level) {
        auto here = TRY(fs::stat(current));
        if (!here || here->owner != start->owner) {
            break;
        }
        std::string path = fs::join(current, "pawl.toml");
        if (TRY(is_own_file(path, start->owner))) {
            settings.configuration_file = std::move(path);
            break;
        }
        settings.configuration_places.push_back(std::move(path));
        if (current == "/") {
            break;
        }
        current = std::string(fs::parent(current));
    }
    return {};
}

template <class Value, size_t count>
Result<Value> choose(std::string_view option, std::string_view text,
                     const std::array<std::pair<std::string_view, Value>, count>& values) {
    std::string names;
    for (const auto& [name, value] : values) {
        if (name == text) {
            return value;
        }
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return fail(Error::Kind::usage, std::string(option) + " must be one of " + names + ", not \"" +
                                        printable(text) + "\"");
}

Result<index::Source> source_of(std::string_view option, std::string_view text,
                                index::Source::Kind kind, bool may_have_name = false) {
    Result<index::Source> source = index::parse_source(text, kind, may_have_name);
    if (!source) {
        return fail(std::move(source.error()).in(option));
    }
    return source;
}

} // namespace

Result<Settings> complete_settings(Settings given, std::string_view directory) {
    TRY(add_variables(given));
    if (!directory.empty()) {
        TRY(find_configuration_file(given, directory));
        if (!given.configuration_file.empty()) {
            TRY(add_configuration_file(given, given.configuration_file));
        }
    }
    add_pip_variables(given);
    for (std::string& host : given.allowed_hosts) {
        host = TRY_IN("--allow-host", plain_host(host));
    }
    return given;
}

Result<std::string> plain_host(const std::string& text) {
    Result<Url> url = Url::parse("https://" + text);
    bool is_host = url && !url->host().empty() && !url->has_credentials() &&
                   text.find_first_of("/?#*") == std::string::npos;
    if (!is_host) {
        return fail(
            Error{Error::Kind::usage, "\"" + printable(text) + "\" is not the name of a host"}.hint(
                "as it stands in the address: files.pythonhosted.org"));
    }
    return std::string(url->host());
}

void set_from_table(Settings& settings, std::string Settings::*member, const std::string& value) {
    const auto* setting = std::ranges::find(text_settings, member, &TextSetting::member);
    bool is_open = (settings.*member).empty() || settings.weak.contains(setting->name);
    if (is_open && !value.empty()) {
        settings.*member = value;
        settings.weak.erase(std::string(setting->name));
    }
}

void set_from_table(Settings& settings, std::vector<std::string> Settings::*member,
                    const std::vector<std::string>& values) {
    const auto* setting = std::ranges::find(list_settings, member, &ListSetting::member);
    bool is_open = (settings.*member).empty() || settings.weak.contains(setting->name);
    if (is_open && !values.empty()) {
        settings.*member = values;
        settings.weak.erase(std::string(setting->name));
    }
}

Settings with_script_table(Settings settings, const script::PawlTable& table) {
    set_from_table(settings, &Settings::index_url, table.index_url);
    set_from_table(settings, &Settings::exclude_newer, table.exclude_newer);
    set_from_table(settings, &Settings::prerelease, table.prerelease);
    set_from_table(settings, &Settings::resolution, table.resolution);
    set_from_table(settings, &Settings::fork_strategy, table.fork_strategy);
    set_from_table(settings, &Settings::index_strategy, table.index_strategy);
    set_from_table(settings, &Settings::python, table.python);
    set_from_table(settings, &Settings::extra_index_urls, table.extra_index_urls);
    set_from_table(settings, &Settings::find_links, table.find_links);
    settings.no_index = settings.no_index || table.no_index.value_or(false);
    settings.no_build = settings.no_build || table.no_build.value_or(false);
    settings.no_guess = settings.no_guess || table.no_guess.value_or(false);
    settings.all_imports = settings.all_imports || table.all_imports.value_or(false);
    bool has_indexes = !settings.indexes.empty() && !settings.weak.contains("index");
    std::vector<std::string> indexes;
    for (const script::NamedIndex& index : table.indexes) {
        if (index.is_default) {
            set_from_table(settings, &Settings::index_url, index.url);
            continue;
        }
        std::string named = (index.name.empty() ? "" : index.name + "=") + index.url;
        // The projects of an explicit index come from nowhere else, whatever the user says.
        (index.is_explicit && has_indexes ? settings.indexes : indexes).push_back(named);
        if (index.is_explicit) {
            settings.explicit_indexes.push_back(index.name);
        }
    }
    set_from_table(settings, &Settings::indexes, indexes);
    for (const auto& [project, index] : table.index_of) {
        settings.index_pins.insert_or_assign(project, index);
    }
    return settings;
}

Result<index::Options> index_options(const Settings& settings) {
    using Kind = index::Source::Kind;
    index::Options options;
    // Named and extra indexes come before the default one: who lists an index means it to win
    // (the first index that knows a project answers alone).
    if (!settings.no_index) {
        for (const std::string& text : settings.indexes) {
            options.sources.push_back(TRY(source_of("--index", text, Kind::simple, true)));
            index::Source& source = options.sources.back();
            source.only_pinned = std::ranges::find(settings.explicit_indexes, source.name) !=
                                 settings.explicit_indexes.end();
        }
        for (const std::string& text : settings.extra_index_urls) {
            options.sources.push_back(TRY(source_of("--extra-index-url", text, Kind::simple)));
        }
        std::string_view url =
            settings.index_url.empty() ? index::default_index_url : settings.index_url;
        options.sources.push_back(TRY(source_of("--index-url", url, Kind::simple)));
    }
    for (const std::string& text : settings.find_links) {
        options.sources.push_back(TRY(source_of("--find-links", text, Kind::links)));
    }
    if (!settings.index_strategy.empty()) {
        using Strategy = index::Strategy;
        options.strategy =
            TRY(choose<Strategy, 3>("--index-strategy", settings.index_strategy,
                                    {{{"first-index", Strategy::first_index},
                                      {"unsafe-first-match", Strategy::unsafe_first_match},
                                      {"unsafe-best-match", Strategy::unsafe_best_match}}}));
    }
    options.offline = settings.offline;
    options.refresh = settings.refresh;
    options.exclude_newer = TRY(exclude_newer_limit(settings, now()));
    options.pins = settings.index_pins;
    options.wheel_variants = settings.wheel_variant_rules;
    for (const auto& [name, limit] : settings.exclude_newer_of) {
        Settings one{.exclude_newer = limit};
        options.exclude_newer_project.insert_or_assign(name, TRY(exclude_newer_limit(one, now())));
    }
    options.network.logins = settings.logins;
    options.network.trusted_hosts = settings.trusted_hosts;
    options.network.certificate_file = environment_variable("PIP_CERT").value_or("");
    if (!settings.network_timeout.empty()) {
        TRY_IN("--network-timeout", set_network_timeout(settings.network_timeout, options.network));
    }
    return options;
}

Result<resolve::Options> resolve_options(const Settings& settings) {
    resolve::Options options;
    if (!settings.prerelease.empty()) {
        using Mode = resolve::PrereleaseMode;
        options.prereleases = TRY(choose<Mode, 4>("--prerelease", settings.prerelease,
                                                  {{{"if-necessary", Mode::if_necessary},
                                                    {"allow", Mode::allow},
                                                    {"disallow", Mode::disallow},
                                                    {"explicit", Mode::explicit_only}}}));
    }
    if (!settings.resolution.empty()) {
        using Strategy = resolve::Strategy;
        options.strategy = TRY(choose<Strategy, 3>("--resolution", settings.resolution,
                                                   {{{"highest", Strategy::highest},
                                                     {"lowest", Strategy::lowest},
                                                     {"lowest-direct", Strategy::lowest_direct}}}));
    }
    if (!settings.fork_strategy.empty()) {
        using Forks = resolve::ForkStrategy;
        options.forks =
            TRY(choose<Forks, 2>("--fork-strategy", settings.fork_strategy,
                                 {{{"newest", Forks::newest}, {"fewest", Forks::fewest}}}));
    }
    return options;
}

Result<std::optional<Timestamp>> exclude_newer_limit(const Settings& settings, Timestamp now) {
    if (settings.exclude_newer.empty()) {
        return std::optional<Timestamp>();
    }
    Result<Timestamp> time = parse_timestamp(settings.exclude_newer);
    if (time) {
        return std::optional(*time);
    }
    Result<int64_t> span = parse_duration(settings.exclude_newer);
    if (!span) {
        return fail(Error::Kind::usage,
                    "--exclude-newer: \"" + printable(settings.exclude_newer) +
                        "\" is neither a date (2026-11-20), a time (2026-11-20T10:00:00Z) nor a "
                        "span of time (7 days)");
    }
    return std::optional(Timestamp{now.microseconds - *span});
}

} // namespace pawl::ops
