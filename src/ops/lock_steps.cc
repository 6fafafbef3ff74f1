#include "ops/lock_steps.h"

#include <algorithm>
#include <map>

#include "base/clock.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"
#include "lock/read.h"

namespace pawl::ops {

InputDigest::InputDigest(std::string_view kind) {
    material_ = "pawl " + std::string(kind) + " 1\n";
}

void InputDigest::add(std::string_view key, std::string_view value) {
    if (!value.empty()) {
        material_.append(key).append("=").append(value).append("\n");
    }
}

std::string InputDigest::str() const {
    return "sha256:" + Sha256::hex_of(material_);
}

Result<KnownLock> read_known_lock(std::string text, std::string_view place, Terminal& terminal) {
    KnownLock known;
    lock::ReadResult read = TRY_IN(printable(place), lock::read(std::move(text)));
    for (const std::string& warning : read.warnings) {
        terminal.warn(printable(place) + ": " + warning);
    }
    known.record = TRY_IN(printable(place), read_record(read.lock));
    known.lock = std::move(read.lock);
    return known;
}

std::string unsatisfied(const lock::Lock& lock, std::span<const RootRequirement> requirements) {
    for (const RootRequirement& root : requirements) {
        const pep::Requirement& requirement = root.requirement;
        std::vector<const lock::Package*> entries = lock.find(requirement.name);
        bool satisfied = std::ranges::any_of(entries, [&](const lock::Package* package) {
            return !package->version ||
                   requirement.specifiers.contains(*package->version, pep::Prereleases::yes);
        });
        // A requirement with a marker may have no entry on purpose.
        if (!satisfied && !(entries.empty() && requirement.marker)) {
            return root.origin + " needs " + requirement.str() + ", the lock has " +
                   (entries.empty() || !entries[0]->version
                        ? "no such project"
                        : requirement.name.str() + " " + entries[0]->version->str());
        }
    }
    return "";
}

std::string stale_reason(const lock::Lock& lock, const LockRecord& record,
                         std::span<const RootRequirement> requirements,
                         const Judgement& judgement) {
    if (record.input_digest == judgement.input_digest) {
        return "";
    }
    std::string reason = unsatisfied(lock, requirements);
    if (reason.empty() && !record.input_digest.empty()) {
        reason =
            "what " + std::string(judgement.what) + " asks for has changed since it was locked";
    }
    return reason;
}

namespace {

/// An option that the lock records; what is not said is its default.
struct RecordedOption {
    std::string_view name;
    std::string_view default_value;
    std::string Settings::*asked;
    std::string LockRecord::*recorded;
};
constexpr RecordedOption recorded_options[] = {
    {"--exclude-newer", "", &Settings::exclude_newer, &LockRecord::exclude_newer},
    {"--resolution", "highest", &Settings::resolution, &LockRecord::resolution},
    {"--prerelease", "if-necessary", &Settings::prerelease, &LockRecord::prerelease},
    {"--fork-strategy", "newest", &Settings::fork_strategy, &LockRecord::fork_strategy},
};

/// "2026-01-01" and "2026-01-01T00:00:00Z" are one limit.
bool means_the_same(std::string_view a, std::string_view b) {
    Result<Timestamp> time_a = parse_timestamp(a);
    Result<Timestamp> time_b = parse_timestamp(b);
    return a == b || (time_a && time_b && *time_a == *time_b);
}

} // namespace

std::optional<OtherOption> otherwise_asked(const LockRecord& record, const Settings& asked,
                                           const Settings& declared) {
    for (const RecordedOption& option : recorded_options) {
        const std::string& wanted = asked.*option.asked;
        std::string_view made_with = option.default_value;
        for (std::string_view said : {std::string_view(declared.*option.asked),
                                      std::string_view(record.*option.recorded)}) {
            made_with = said.empty() ? made_with : said;
        }
        if (record.input_digest.empty() || wanted.empty() || means_the_same(wanted, made_with)) {
            continue;
        }
        std::string name(option.name);
        return OtherOption{.reason = made_with.empty() ? "it was made without " + name
                                                       : "it was made with " + name + " " +
                                                             std::string(made_with),
                           .option = name + " " + wanted};
    }
    return std::nullopt;
}

void keep_recorded(ResolutionRequest& request, const LockRecord& record) {
    for (const RecordedOption& option : recorded_options) {
        if ((request.settings.*option.asked).empty()) {
            request.settings.*option.asked = record.*option.recorded;
        }
    }
}

Result<> add_upgrades(ResolutionRequest& request, bool all, std::span<const std::string> packages) {
    if (all) {
        request.previous = nullptr;
    }
    for (const std::string& text : packages) {
        pep::Requirement requirement = TRY_IN("--upgrade-package", pep::Requirement::parse(text));
        request.upgrade_packages.push_back(requirement.name);
        if (!requirement.specifiers.is_empty()) {
            request.constraints.push_back({requirement, "--upgrade-package", true});
        }
    }
    return {};
}

namespace {

/// One option of a list: its name, and where it is asked for and recorded.
struct AskedOption {
    std::string_view name;
    std::vector<std::string> AskedOptions::*list;
};
constexpr AskedOption asked_options[] = {
    {"--environment", &AskedOptions::environments},
    {"--required-environment", &AskedOptions::required_environments},
    {"--only-binary", &AskedOptions::only_binary},
    {"--no-binary", &AskedOptions::no_binary},
};

/// What was asked for, without the empty texts that only take back what was recorded.
std::vector<std::string> without_empty(std::vector<std::string> texts) {
    std::erase(texts, "");
    return texts;
}

/// What stands on the command line and is no such thing is wrong usage, and no malformed input.
Error misused(Error&& error, std::string_view option, std::string_view text) {
    error.kind = Error::Kind::usage;
    return std::move(error).in(std::string(option) + " \"" + printable(text) + "\"");
}

Result<> add_markers(std::vector<pep::Marker>& into, std::string_view option,
                     const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        Result<pep::Marker> marker = pep::Marker::parse(text);
        if (!marker) {
            return fail(misused(std::move(marker.error()), option, text));
        }
        into.push_back(std::move(*marker));
    }
    return {};
}

/// For a shell; markers hold either kind of quotes.
std::string quoted(const std::string& text) {
    const std::string_view mark = text.find('\'') == std::string::npos ? "'" : "\"";
    return std::string(mark) + text + std::string(mark);
}

Result<> add_format_rule(FormatRules& rules, std::string_view option,
                         const std::vector<std::string>& texts, FormatRule rule) {
    for (const std::string& text : texts) {
        for (std::string_view part : split(text, ',')) {
            const std::string_view name = trim(part);
            if (name == ":all:") {
                rules.others = rule;
            } else if (name == ":none:") {
                rules.others = FormatRule();
            } else {
                Result<pep::Name> known = pep::Name::parse(name);
                if (!known) {
                    return fail(misused(std::move(known.error()), option, text));
                }
                rules.of.insert_or_assign(std::move(*known), rule);
            }
        }
    }
    return {};
}

} // namespace

Result<> add_format_rules(FormatRules& rules, const std::vector<std::string>& no_binary,
                          const std::vector<std::string>& only_binary) {
    TRY(add_format_rule(rules, "--no-binary", no_binary, {.wheels = false, .sdists = true}));
    return add_format_rule(rules, "--only-binary", only_binary, {.wheels = true, .sdists = false});
}

std::optional<OtherOption> otherwise_asked(const LockRecord& record, const AskedOptions& asked) {
    for (const AskedOption& option : asked_options) {
        const std::vector<std::string>& wanted = asked.*option.list;
        const std::vector<std::string>& recorded = record.asked.*option.list;
        if (record.input_digest.empty() || wanted.empty() || without_empty(wanted) == recorded) {
            continue;
        }
        const std::string name(option.name);
        std::string reason = "it was made with";
        for (const std::string& text : recorded) {
            reason += " " + name + " " + quoted(text);
        }
        std::string command;
        for (const std::string& text : wanted) {
            command += (command.empty() ? "" : " ") + name + " " + quoted(text);
        }
        return OtherOption{.reason = recorded.empty() ? "it was made without " + name : reason,
                           .option = std::move(command)};
    }
    return std::nullopt;
}

Result<std::optional<python::Interpreter>> restrict_environments(ResolutionRequest& request,
                                                                 const Restriction& to,
                                                                 const LockRecord& recorded,
                                                                 Services& services) {
    AskedOptions& asked = request.asked;
    for (const AskedOption& option : asked_options) {
        const std::vector<std::string>& said = to.asked.*option.list;
        asked.*option.list = said.empty() ? recorded.asked.*option.list : without_empty(said);
    }
    TRY(add_markers(request.environments, "--environment", asked.environments));
    TRY(add_markers(request.required_environments, "--required-environment",
                    asked.required_environments));
    TRY(add_format_rules(request.formats, asked.no_binary, asked.only_binary));
    std::optional<python::Interpreter> interpreter;
    const bool kept = recorded.this_environment && to.asked.environments.empty();
    if (to.this_environment || kept) {
        interpreter = TRY(python::find(TRY(python::Request::parse(request.settings.python)),
                                       request.requires_python, services.surroundings()));
        request.record_environment = true;
    }
    return interpreter;
}

std::string changes_between(const lock::Lock* before, const lock::Lock& after) {
    using Versions = std::vector<std::string>;
    std::map<pep::Name, std::pair<Versions, Versions>> all; // before, and after
    auto version_of = [](const lock::Package& package) {
        return package.version ? package.version->str() : std::string("source");
    };
    for (const lock::Package& package : after.packages) {
        all[package.name].second.push_back(version_of(package));
    }
    if (before != nullptr) {
        for (const lock::Package& package : before->packages) {
            all[package.name].first.push_back(version_of(package));
        }
    }
    std::vector<std::string> changes;
    for (auto& [name, both] : all) {
        auto& [old, now] = both;
        std::ranges::sort(old);
        std::ranges::sort(now);
        if (old == now) {
            continue;
        }
        changes.push_back(old.empty()   ? "added " + name.str() + " " + join(now, " and ")
                          : now.empty() ? "removed " + name.str()
                                        : "updated " + name.str() + " " + join(old, " and ") +
                                              " -> " + join(now, " and "));
    }
    constexpr size_t shown_max = 6;
    if (changes.size() > shown_max) {
        size_t more = changes.size() - shown_max;
        changes.resize(shown_max);
        changes.push_back(std::to_string(more) + " more");
    }
    return join(changes, ", ");
}

Result<bool> publish(std::string_view path, std::string_view text) {
    Result<std::string> present = fs::read(path);
    if (present && *present == text) {
        return false;
    }
    TRY(fs::replace_content(path, text));
    return true;
}

void forget_declared(LockRecord& record, const Settings& declared) {
    for (const RecordedOption& option : recorded_options) {
        if (record.*option.recorded == declared.*option.asked) {
            (record.*option.recorded).clear();
        }
    }
}

} // namespace pawl::ops
