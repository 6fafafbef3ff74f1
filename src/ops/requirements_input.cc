#include "ops/requirements_input.h"

#include <algorithm>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "ops/lock_reuse.h"
#include "ops/lock_steps.h"

namespace pawl::ops {

namespace {

using project::FileOption;
using project::FileRequirement;
using project::RequirementsFile;

/// An address is checked where it stands, so that a wrong one is told with its line.
Result<> check_source(const FileOption& option, index::Source::Kind kind) {
    Result<index::Source> source = index::parse_source(option.value, kind);
    if (source && (source->url.is_http() || source->url.scheme() == "file")) {
        return {};
    }
    return fail(Error::Kind::input, printable(option.at.str()) + ": \"" + printable(option.text) +
                                        "\" is no address of an index or of files");
}

/// Options of the files count where the command line is silent; lists are joined.
Result<> add_settings(const RequirementsFile& file, Settings& settings) {
    using Kind = index::Source::Kind;
    if (file.index_url) {
        TRY(check_source(*file.index_url, Kind::simple));
        set_from_table(settings, &Settings::index_url, file.index_url->value);
    }
    auto add = [](const std::vector<FileOption>& options, std::vector<std::string>& into) {
        for (const FileOption& option : options) {
            if (std::ranges::find(into, option.value) == into.end()) {
                into.push_back(option.value);
            }
        }
    };
    for (const FileOption& option : file.extra_index_urls) {
        TRY(check_source(option, Kind::simple));
    }
    for (const FileOption& option : file.find_links) {
        TRY(check_source(option, Kind::links));
    }
    add(file.extra_index_urls, settings.extra_index_urls);
    add(file.find_links, settings.find_links);
    add(file.trusted_hosts, settings.trusted_hosts);
    settings.no_index = settings.no_index || file.no_index;
    set_from_table(settings, &Settings::prerelease, file.prereleases ? "allow" : "");
    settings.logins.insert(settings.logins.end(), file.logins.begin(), file.logins.end());
    return {};
}

/// pip's order: what names a project wins over ":all:", only-binary over no-binary.
FormatRules formats_of(const RequirementsFile& file) {
    FormatRule wheels_only{.wheels = true, .sdists = false};
    FormatRule sdists_only{.wheels = false, .sdists = true};
    FormatRules rules;
    rules.others = file.only_binary.all ? wheels_only
                   : file.no_binary.all ? sdists_only
                                        : FormatRule();
    for (const pep::Name& name : file.no_binary.names) {
        rules.of.insert_or_assign(name, sdists_only);
    }
    for (const pep::Name& name : file.only_binary.names) {
        rules.of.insert_or_assign(name, wheels_only);
    }
    return rules;
}

void add_requirement(const FileRequirement& one, std::vector<RootRequirement>& into,
                     LockInput& input) {
    into.push_back({one.requirement, one.at.str()});
    if (!one.hashes.empty()) {
        input.hashes.push_back({one.requirement, one.hashes, one.at.str()});
    }
    if (one.editable) {
        input.editable.insert(one.requirement.name);
    }
}

std::vector<std::string> warnings_of(const RequirementsFile& file) {
    std::vector<std::string> warnings = file.warnings;
    for (const FileRequirement& one : file.requirements) {
        if (!one.config_settings.empty() || !one.global_options.empty()) {
            warnings.push_back(one.at.str() + ": settings for the build are not passed on to it");
        }
    }
    return warnings;
}

std::string format_text(const project::FormatControl& control) {
    std::string text = control.all ? ":all:" : "";
    for (const pep::Name& name : control.names) {
        text += "," + name.str();
    }
    return text;
}

/// The order of lines means nothing to the answer, the values of variables do.
std::string digest_of(const RequirementsFile& file, std::string_view directory) {
    InputDigest digest("requirements");
    auto add_all = [&](std::string_view key, const std::vector<FileRequirement>& requirements) {
        std::vector<std::string> texts;
        for (const FileRequirement& one : requirements) {
            std::string text = portable_text(one.requirement, directory);
            for (const Hash& hash : one.hashes) {
                text += " " + hash.algorithm + ":" + hash.hex;
            }
            texts.push_back(text + (one.editable ? " editable" : ""));
        }
        std::ranges::sort(texts);
        for (const std::string& text : texts) {
            digest.add(key, text);
        }
    };
    add_all("requirement", file.requirements);
    add_all("constraint", file.constraints);
    // Addresses as they are written: through which mirror a machine goes changes no answer.
    digest.add("index-url", file.index_url ? file.index_url->text : "");
    for (const FileOption& option : file.extra_index_urls) {
        digest.add("extra-index-url", option.text);
    }
    for (const FileOption& option : file.find_links) {
        digest.add("find-links", option.text);
    }
    digest.add("no-index", file.no_index ? "true" : "");
    digest.add("pre", file.prereleases ? "true" : "");
    for (const pep::Name& name : file.prereleases_of) {
        digest.add("all-releases", name.str());
    }
    for (const pep::Name& name : file.final_only) {
        digest.add("only-final", name.str());
    }
    digest.add("no-binary", format_text(file.no_binary));
    digest.add("only-binary", format_text(file.only_binary));
    digest.add("require-hashes", file.require_hashes ? "true" : "");
    return digest.str();
}

std::string command_of(const LockRequest& request) {
    std::string command = "pawl lock";
    for (const std::string& file : request.requirements_files) {
        command += " -r " + file;
    }
    for (const std::string& file : request.constraints_files) {
        command += " -c " + file;
    }
    return command + (request.output.empty() ? "" : " -o " + request.output);
}

} // namespace

Result<project::RequirementsOptions> requirements_options() {
    std::string directory = TRY(fs::current_directory());
    return project::RequirementsOptions{.directory = std::move(directory),
                                        .variable = [](std::string_view name) {
                                            return environment_variable(std::string(name).c_str());
                                        }};
}

Result<> add_requirements_file(const RequirementsFile& file, LockInput& input) {
    input.warnings = warnings_of(file);
    ResolutionRequest& resolution = input.resolution;
    TRY(add_settings(file, resolution.settings));
    TRY(add_settings(file, input.declared));
    resolution.formats = formats_of(file);
    for (const pep::Name& name : file.prereleases_of) {
        resolution.prereleases_of.insert_or_assign(name, "allow");
    }
    for (const pep::Name& name : file.final_only) {
        resolution.prereleases_of.insert_or_assign(name, "disallow");
    }
    for (const FileRequirement& one : file.requirements) {
        add_requirement(one, resolution.requirements, input);
    }
    for (const FileRequirement& one : file.constraints) {
        add_requirement(one, resolution.constraints, input);
    }
    input.require_hashes = input.require_hashes || file.require_hashes;
    input.input_digest = digest_of(file, resolution.directory);
    return {};
}

Result<> add_requirements_files(std::span<const std::string> files,
                                std::span<const std::string> constraints, LockInput& input,
                                Services& services) {
    TRY(add_requirements_file(
        TRY(project::read_requirements_files(files, constraints, TRY(requirements_options()))),
        input));
    for (const std::string& warning : input.warnings) {
        services.terminal().warn(printable(warning));
    }
    return {};
}

Result<LockInput> requirements_input(const LockRequest& request, Services& services) {
    LockInput input{.name = join_words(request.requirements_files), .command = command_of(request)};
    input.what = request.requirements_files.size() == 1 ? input.name : "the input";
    input.lock_path = TRY(lock_path_of(request.output, TRY(fs::current_directory())));
    input.resolution.directory = fs::parent(input.lock_path);
    input.resolution.settings = services.settings();
    TRY(add_requirements_files(request.requirements_files, without_locks(request.constraints_files),
                               input, services));
    input.keeps_requires_python = request.requires_python.empty();
    input.resolution.requires_python =
        TRY_IN("--requires-python",
               pep::Specifiers::parse(input.keeps_requires_python ? default_requires_python
                                                                  : request.requires_python));
    return input;
}

} // namespace pawl::ops
