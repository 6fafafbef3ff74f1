// Files that include files. What one line does depends on it alone: variables are put in after the
// line was taken apart, each within its own word, so that no value becomes an option, a further
// requirement or a comment.

#include "project/requirements_file.h"

#include <algorithm>
#include <map>

#include "base/fs.h"
#include "base/text.h"
#include "project/requirement_address.h"
#include "project/requirement_lines.h"
#include "project/requirement_options.h"

namespace pawl::project {

namespace {

using Kind = FileOptionKind;

constexpr uint64_t file_bytes_max = uint64_t{16} << 20;
constexpr size_t include_depth_max = 64;
constexpr size_t files_max = 1024;
constexpr size_t requirements_max = 100'000;

/// A value with its variables in place.
struct Value {
    std::string value;
    std::string shown;       ///< as written, without credentials
    bool has_values = false; ///< errors about it must not quote it
};

/// Keeps what an error says to itself when it may quote a variable's value.
Error shown_error(Error&& error, const Value& value) {
    if (!value.has_values) {
        error.message = without_credentials(error.message);
        return std::move(error);
    }
    return Error{error.kind, "\"" + printable(value.shown) +
                                 "\" cannot be used as it is with the "
                                 "values of its environment variables"};
}

class RequirementsReader {
  public:
    explicit RequirementsReader(const RequirementsOptions& options) : options_(options) {}

    /// `file` is for messages. `from` is the line that includes it; nothing for the user's own.
    Result<> read(std::string_view file, const std::string& path, bool is_constraint,
                  const FilePlace* from = nullptr) {
        TRY(check_include(file, path, from));
        if (!done_.emplace(path, is_constraint).second) {
            return {}; // read before: it would say the same again
        }
        Result<std::string> bytes = fs::read(path, file_bytes_max);
        if (!bytes) {
            Error error = std::move(bytes.error());
            if (file.find("${") != std::string_view::npos) {
                error.message = "cannot read " + printable(file); // without the value
            }
            if (!fs::exists(path)) {
                error = Error{from == nullptr ? Error::Kind::usage : Error::Kind::input,
                              "there is no file " + printable(file)};
            }
            return fail(from == nullptr ? std::move(error)
                                        : std::move(error).in(printable(from->str())));
        }
        if (std::ranges::find(result_.files, path) == result_.files.end()) {
            result_.files.push_back(path);
        }
        Result<std::vector<LogicalLine>> lines = split_requirement_lines(*bytes);
        if (!lines) {
            std::string place = printable(file);
            Error error = std::move(lines.error());
            bool has_line = !error.message.empty() && is_digit(error.message.front());
            error.message.insert(0, place + (has_line ? ":" : ": "));
            return fail(std::move(error));
        }
        chain_.push_back({std::string(file), path});
        for (const LogicalLine& line : *lines) {
            FilePlace at{std::string(file), line.line};
            TRY_IN(printable(at.str()), check_count());
            Result<> done = read_line(line.text, at, is_constraint);
            if (!done) { // whatever was quoted
                done.error().message = without_credentials(done.error().message);
                return done;
            }
        }
        chain_.pop_back();
        return {};
    }

    Result<FileRequirement> read_one(std::string_view text, bool editable, const FilePlace& at) {
        return requirement(text, editable, at);
    }

    RequirementsFile take() { return std::move(result_); }

  private:
    struct Open {
        std::string file, path;
    };

    Result<> check_include(std::string_view file, const std::string& path, const FilePlace* from) {
        auto cycle = std::ranges::find(chain_, path, &Open::path);
        if (cycle != chain_.end()) {
            std::string names;
            for (; cycle != chain_.end(); ++cycle) {
                names += cycle->file + " -> ";
            }
            return fail(Error{Error::Kind::input, from->str() + ": the file includes itself: " +
                                                      printable(names + std::string(file))}
                            .hint("take one of these includes away"));
        }
        bool is_too_deep = chain_.size() >= include_depth_max;
        if (is_too_deep || done_.size() >= files_max) {
            std::string most = is_too_deep ? std::to_string(include_depth_max) + " files deep"
                                           : std::to_string(files_max) + " files";
            return fail(Error::Kind::input, (from == nullptr ? "" : from->str() + ": ") +
                                                "includes go on for more than " + most);
        }
        return {};
    }

    Result<> check_count() const {
        if (result_.requirements.size() + result_.constraints.size() >= requirements_max) {
            return fail(Error::Kind::input, "there are more than " +
                                                std::to_string(requirements_max) + " requirements");
        }
        return {};
    }

    Result<Value> expand(std::string_view text, const FilePlace& at) {
        Expanded expanded = TRY(expand_variables(text, options_.variable));
        for (const std::string& name : expanded.unset) {
            result_.warnings.push_back(at.str() + ": the environment variable " + name +
                                       " is not set");
        }
        return Value{std::move(expanded.text), without_credentials(text), expanded.has_values};
    }

    Result<> read_line(std::string_view text, const FilePlace& at, bool is_constraint) {
        std::string place = printable(at.str());
        LineParts parts = split_line(text);
        if (!parts.requirement.empty()) {
            return add_requirement(parts.requirement, parts.options, {at, is_constraint, false});
        }
        std::optional<EditableText> editable = TRY_IN(place, split_editable(parts.options));
        if (editable) {
            return add_requirement(editable->address, editable->options, {at, is_constraint, true});
        }
        std::vector<std::string> words = TRY_IN(place, split_words(parts.options));
        for (const GivenOption& option : TRY_IN(place, read_options(words))) {
            TRY(apply(option, at, is_constraint));
        }
        return {};
    }

    // --- requirements ---------------------------------------------------------------------------

    struct LineKind {
        const FilePlace& at;
        bool is_constraint, is_editable;
    };

    Result<FileRequirement> requirement(std::string_view text, bool editable, const FilePlace& at) {
        Value value = TRY(expand(text, at));
        std::string including =
            chain_.empty() ? std::string() : std::string(fs::parent(chain_.back().path));
        Result<AddressedRequirement> parsed =
            parse_address(value.value, {.directory = options_.directory,
                                        .file_directory = std::move(including),
                                        .editable = editable});
        if (!parsed) {
            return fail(shown_error(std::move(parsed.error()), value));
        }
        if (parsed->is_vcs_login) {
            result_.warnings.push_back(at.str() + ": the user name and password in the address are "
                                                  "not used; git asks its credential helpers");
        } else if (parsed->login) {
            result_.logins.push_back(*parsed->login);
        }
        return FileRequirement{.requirement = std::move(parsed->requirement),
                               .at = at,
                               .text = value.shown,
                               .hashes = {},
                               .config_settings = {},
                               .global_options = {},
                               .editable = editable};
    }

    Result<> add_requirement(std::string_view text, std::string_view options, LineKind kind) {
        std::string place = printable(kind.at.str());
        FileRequirement added = TRY_IN(place, requirement(text, kind.is_editable, kind.at));
        std::vector<std::string> words = TRY_IN(place, split_words(options));
        for (const GivenOption& option : TRY_IN(place, read_options(words))) {
            TRY_IN(place, apply_to(added, option, kind.at));
        }
        TRY_IN(place, check_hashes(added));
        if (!kind.is_constraint) {
            result_.requirements.push_back(std::move(added));
            return {};
        }
        if (kind.is_editable || !added.requirement.extras.empty()) {
            return fail(
                Error{Error::Kind::input, place + ": a constraint cannot " +
                                              (kind.is_editable ? "be editable" : "have extras")}
                    .hint("a constraint only narrows versions; require it in a requirements file"));
        }
        result_.constraints.push_back(std::move(added));
        return {};
    }

    Result<> apply_to(FileRequirement& added, const GivenOption& option, const FilePlace& at) {
        if (!is_of_requirement(option.kind)) {
            return fail(
                Error{Error::Kind::input,
                      option.name + " holds for all requirements and cannot stand behind one"}
                    .hint("give it a line of its own"));
        }
        Value value = TRY(expand(option.value, at));
        if (option.kind == Kind::hash) {
            Result<Hash> hash = parse_hash(value.value, ':');
            if (!hash) {
                return fail(shown_error(std::move(hash.error()), value).in("--hash"));
            }
            if (!is_strong_algorithm(hash->algorithm)) {
                return fail(Error{Error::Kind::input, "--hash: " + printable(hash->algorithm) +
                                                          " is not an algorithm to rely on"}
                                .hint("use sha256"));
            }
            added.hashes.push_back(std::move(*hash));
            return {};
        }
        if (option.kind == Kind::config_setting) {
            if (value.value.find('=') == std::string::npos) {
                return fail(Error::Kind::input, option.name + " needs KEY=VALUE");
            }
            added.config_settings.push_back(std::move(value.value));
        } else {
            added.global_options.push_back(std::move(value.value));
        }
        return {};
    }

    /// A hash speaks of one release's files.
    static Result<> check_hashes(const FileRequirement& added) {
        if (added.hashes.empty()) {
            return {};
        }
        if (added.editable || !vcs_of(added.requirement.url).empty()) {
            return fail(Error{Error::Kind::input, "a source tree has no hash to check"}.hint(
                "take --hash away, or name an archive"));
        }
        bool is_pinned =
            !added.requirement.url.empty() ||
            std::ranges::any_of(
                added.requirement.specifiers.clauses(), [](const pep::Specifier& clause) {
                    using Operator = pep::Specifier::Operator;
                    return (clause.op() == Operator::equal && !clause.is_wildcard()) ||
                           clause.op() == Operator::arbitrary_equal;
                });
        if (!is_pinned) {
            return fail(Error{Error::Kind::input, "--hash needs one version, and \"" +
                                                      printable(added.text) + "\" allows several"}
                            .hint("write " + added.requirement.name.str() + "==VERSION"));
        }
        return {};
    }

    // --- options that hold for all --------------------------------------------------------------

    Result<> apply(const GivenOption& option, const FilePlace& at, bool is_constraint) {
        std::string place = printable(at.str());
        if (is_of_requirement(option.kind)) {
            return fail(Error{Error::Kind::input,
                              place + ": " + option.name + " belongs behind a requirement"}
                            .hint("the line before it must end in a backslash"));
        }
        Value value = TRY_IN(place, expand(option.value, at));
        if (option.kind == Kind::requirement || option.kind == Kind::constraint) {
            return include(option, value, {at, is_constraint || option.kind == Kind::constraint});
        }
        Result<> applied = apply_value(option, value, at);
        return applied ? std::move(applied)
                       : Result<>(fail(std::move(applied.error()).in(place + ": " + option.name)));
    }

    struct Include {
        const FilePlace& at;
        bool is_constraint;
    };

    Result<> include(const GivenOption& option, const Value& value, Include how) {
        if (value.value.find("://") != std::string::npos) {
            return fail(Error{Error::Kind::input, printable(how.at.str()) + ": " + option.name +
                                                      " \"" + printable(value.shown) +
                                                      "\" is a URL"}
                            .hint("download the file and include it from there"));
        }
        // Beside the including file, and named as that was named; variables by their names.
        std::string_view directory = fs::parent(how.at.file);
        std::string name = directory == "." ? value.shown : fs::join(directory, value.shown);
        std::string path = fs::normalize(fs::join(fs::parent(chain_.back().path), value.value));
        return read(name, path, how.is_constraint, &how.at);
    }

    Result<> apply_value(const GivenOption& option, const Value& value, const FilePlace& at) {
        FileOption given{value.value, value.shown, at};
        switch (option.kind) {
        case Kind::index_url:
            result_.index_url = std::move(given);
            return {};
        case Kind::extra_index_url:
            result_.extra_index_urls.push_back(std::move(given));
            return {};
        case Kind::find_links:
            given.value = links_place(given.value);
            result_.find_links.push_back(std::move(given));
            return {};
        case Kind::trusted_host:
            result_.trusted_hosts.push_back(std::move(given));
            return {};
        case Kind::no_index:
            result_.no_index = true;
            return {};
        case Kind::prereleases:
            result_.prereleases = true;
            return {};
        case Kind::prereleases_of:
        case Kind::final_only:
            return set_prereleases(option.kind, value);
        case Kind::no_binary:
            return set_formats(result_.no_binary, result_.only_binary, value);
        case Kind::only_binary:
            return set_formats(result_.only_binary, result_.no_binary, value);
        case Kind::require_hashes:
        case Kind::no_require_hashes:
            result_.require_hashes = option.kind == Kind::require_hashes;
            return {};
        case Kind::prefer_binary: // wheels are taken before sdists of the same release anyway
        case Kind::use_feature:   // pip's own
            return {};
        case Kind::editable:
            return fail(Error{Error::Kind::input, "it must be the first option of its line"});
        case Kind::requirement:
        case Kind::constraint:
        case Kind::hash:
        case Kind::config_setting:
        case Kind::global_option:
            break;
        }
        return {};
    }

    /// A directory beside the file wins, as with pip; other paths are below the current one.
    std::string links_place(const std::string& value) const {
        if (value.find("://") != std::string::npos) {
            return value;
        }
        std::string beside = fs::normalize(fs::join(fs::parent(chain_.back().path), value));
        return fs::exists(beside) ? beside : fs::normalize(fs::join(options_.directory, value));
    }

    Result<> set_prereleases(Kind kind, const Value& value) {
        bool allowed = kind == Kind::prereleases_of;
        for (std::string_view part : split(value.value, ',')) {
            std::string_view text = trim(part);
            if (text == ":all:") {
                result_.prereleases = allowed;
                (allowed ? result_.final_only : result_.prereleases_of).clear();
            } else if (text == ":none:") {
                (allowed ? result_.prereleases_of : result_.final_only).clear();
            } else if (!text.empty()) {
                pep::Name name = TRY(pep::Name::parse(text));
                (allowed ? result_.prereleases_of : result_.final_only).insert(name);
                (allowed ? result_.final_only : result_.prereleases_of).erase(name);
            }
        }
        return {};
    }

    /// pip's rules: the later word wins, ":all:" empties the other list, ":none:" this one.
    static Result<> set_formats(FormatControl& mine, FormatControl& other, const Value& value) {
        for (std::string_view part : split(value.value, ',')) {
            std::string_view text = trim(part);
            if (text == ":all:") {
                other = {};
                mine = {.all = true, .names = {}};
            } else if (text == ":none:") {
                mine = {};
            } else if (!text.empty()) {
                Result<pep::Name> name = pep::Name::parse(text);
                if (!name) {
                    return fail(shown_error(std::move(name.error()), value));
                }
                other.names.erase(*name);
                mine.names.insert(std::move(*name));
            }
        }
        return {};
    }

    const RequirementsOptions& options_;
    RequirementsFile result_;
    std::vector<Open> chain_; ///< the files that are being read, the user's first
    std::set<std::pair<std::string, bool>> done_;
};

} // namespace

Result<RequirementsFile> read_requirements_files(std::span<const std::string> requirements,
                                                 std::span<const std::string> constraints,
                                                 const RequirementsOptions& options) {
    RequirementsReader reader(options);
    for (const std::string& file : requirements) {
        TRY(reader.read(file, fs::normalize(fs::join(options.directory, file)), false));
    }
    for (const std::string& file : constraints) {
        TRY(reader.read(file, fs::normalize(fs::join(options.directory, file)), true));
    }
    return reader.take();
}

Result<FileRequirement> read_requirement_argument(std::string_view text, bool editable,
                                                  const RequirementsOptions& options) {
    RequirementsOptions plain{.directory = options.directory, .variable = {}};
    RequirementsReader reader(plain);
    return reader.read_one(text, editable, {});
}

} // namespace pawl::project
