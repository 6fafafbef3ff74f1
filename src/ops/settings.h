#pragma once
// What the user settled for all verbs: options, environment variables and configuration files
// become one Settings; the precedence is options, PAWL_… variables, the script's or project's own
// table, pawl.toml, pip's variables, pawl's defaults.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/terminal.h"
#include "index/options.h"
#include "resolve/types.h"
#include "script/inline_metadata.h"

namespace pawl::ops {

/// Each value as text, as it was given; empty: not given. Made by the command line.
struct Settings {
    std::string index_url;
    std::vector<std::string> extra_index_urls;
    std::vector<std::string> indexes; ///< "NAME=URL"
    std::vector<std::string> find_links;
    std::string index_strategy; ///< first-index, unsafe-first-match, unsafe-best-match
    std::string exclude_newer;  ///< a date, a time or a duration
    std::string python;         ///< "3.12", ">=3.10", a path
    std::string cache_directory;
    std::string prerelease;      ///< if-necessary, allow, disallow, explicit
    std::string resolution;      ///< highest, lowest, lowest-direct
    std::string fork_strategy;   ///< newest, fewest
    std::string build_timeout;   ///< a duration; then a build is ended
    std::string network_timeout; ///< a duration: how long a server may be silent
    /// What scripts need that say nothing themselves: a file, or ops/script_requirements.h's words.
    std::string requirements;
    std::vector<std::string> trusted_hosts;
    std::vector<std::string> allowed_hosts;      ///< where locks of others may take files from
    std::map<pep::Name, std::string> index_pins; ///< project → name of its only index
    std::vector<std::string> explicit_indexes;   ///< names of those asked only for pins
    std::map<pep::Name, std::string> exclude_newer_of; ///< project → as exclude_newer; "": no limit
    std::vector<Url> logins;                           ///< of URLs in requirements
    /// Names of settings that came from pawl.toml or pip's variables: a script's or project's own
    /// table, or a requirements file, stands above these.
    std::set<std::string, std::less<>> weak;
    std::string configuration_file;                ///< the pawl.toml that was read; "" for none
    std::vector<std::string> configuration_places; ///< where one would have counted instead
    std::shared_ptr<const index::WheelVariantRules> wheel_variant_rules; ///< see wheel_variants.h
    bool wheel_variants = false; ///< PEP 825's are read, where no lock is written
    bool no_index = false;
    bool offline = false;
    bool refresh = false;
    bool no_build = false;
    /// How the user allows builds, where they are forbidden.
    std::string_view build_advice = "leave --no-build out (its setting: no-build)";
    bool no_guess = false;
    bool all_imports = false;
    bool timings = false;
    Terminal::Options terminal;
};

/// Puts under what is not given: PAWL_… variables, then the nearest pawl.toml at or above
/// `directory`, then pip's variables. `directory` "" looks for no file.
Result<Settings> complete_settings(Settings given, std::string_view directory);

/// A host alone, in lower case; a port does not count.
Result<std::string> plain_host(const std::string& text);

/// Puts in what a table says, unless the user said otherwise.
void set_from_table(Settings& settings, std::string Settings::*member, const std::string& value);
void set_from_table(Settings& settings, std::vector<std::string> Settings::*member,
                    const std::vector<std::string>& values);

/// What a script's (or project's) own table says, under what the user gave: see above.
Settings with_script_table(Settings settings, const script::PawlTable& table);

/// What is left to pawl's defaults is filled in here; errors name the option.
Result<index::Options> index_options(const Settings& settings);

/// The parts of resolve::Options that settings decide.
Result<resolve::Options> resolve_options(const Settings& settings);

/// `--exclude-newer`: nothing when it was not given. A duration counts back from `now`.
Result<std::optional<Timestamp>> exclude_newer_limit(const Settings& settings, Timestamp now);

/// Without requires-python a lock is for this and newer, whatever Python happens to run (design
/// §4). Documented in docs/scripts.md; it only moves with a release of pawl.
constexpr std::string_view default_requires_python = ">=3.10";

} // namespace pawl::ops
