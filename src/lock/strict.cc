// The specification leaves room that an installer must not leave: a file whose only hash nobody can
// compute is a file without a hash, a commit id that is a branch moves, and a file name with a
// slash writes somewhere else. Some tools break the specification in ways that do no harm (a
// version on a vcs entry): those are warnings, since their locks must be readable.

#include "lock/strict.h"

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "base/url.h"

namespace pawl::lock {

namespace {

using text::TomlNode;
using Severity = Problem::Severity;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); });
}

/// What is wrong with a commit id; "" when nothing is. Branches and tags move, options are attacks.
std::string commit_problem(const Vcs& vcs) {
    const std::string& id = vcs.commit_id;
    if (vcs.type == "git" || vcs.type == "hg") {
        const bool good_length = id.size() == 40 || (vcs.type == "git" && id.size() == 64);
        return good_length && is_hex(id) ? "" : "must be a full commit hash in hexadecimal digits";
    }
    if (vcs.type == "svn") {
        return !id.empty() && std::ranges::all_of(id, is_digit) ? "" : "must be a revision number";
    }
    const bool odd = id.empty() || id.front() == '-' || std::ranges::any_of(id, [](char c) {
                         return is_space(c) || static_cast<unsigned char>(c) < 0x20;
                     });
    return odd ? "must be a revision id" : "";
}

/// What is wrong with a repository's address; "" when nothing is.
std::string repository_problem(const Vcs& vcs) {
    if (vcs.url.empty()) {
        return "";
    }
    std::string_view address = vcs.url;
    const std::string prefix = vcs.type + "+";
    if (address.starts_with(prefix)) {
        address.remove_prefix(prefix.size());
    }
    auto url = Url::parse(address);
    if (!url) {
        // "git@host:path", which only ssh understands; "ext::sh -c …" runs anything.
        const size_t colon = address.find(':');
        const size_t at = address.find('@');
        const bool is_scp = at != address.npos && colon != address.npos && at < colon &&
                            address.front() != '-' && address.find("::") == address.npos &&
                            address.find_first_of(" \t\r\n'\"`$;&|<>") == address.npos;
        return is_scp ? "" : "must be an address of a repository";
    }
    static constexpr std::string_view schemes[] = {
        "https", "http", "ssh", "git", "file", "svn", "svn+ssh", "bzr", "bzr+ssh", "lp", "sftp"};
    if (std::ranges::find(schemes, url->scheme()) == std::end(schemes)) {
        return "has a transport that is not allowed (https, http, ssh and git are)";
    }
    return url->host().starts_with("-") ? "has a host that looks like an option" : "";
}

class StrictRules {
  public:
    StrictRules(const Lock& lock, const text::TomlDocument& document)
        : lock_(lock), document_(document) {
        const TomlNode packages = *document.root().find("packages");
        for (const TomlNode table : packages) {
            tables_.push_back(table);
        }
    }

    std::vector<Problem> check() {
        check_groups();
        check_doubles();
        for (size_t i = 0; i < lock_.packages.size() && problems_.size() < problems_max; ++i) {
            package_ = i;
            check_package(lock_.packages[i]);
        }
        std::ranges::stable_sort(problems_, {}, &Problem::line);
        return std::move(problems_);
    }

  private:
    static constexpr size_t problems_max = 200;

    /// The line of a key of the package at hand; the package's own when it is not there.
    uint32_t line_of(std::string_view key, std::optional<size_t> index) const {
        const TomlNode table = tables_[package_];
        TomlNode node = table.find(key).value_or(table);
        if (node != table && index) {
            auto element = node.begin();
            std::advance(element, static_cast<std::ptrdiff_t>(*index));
            node = *element;
        }
        // Counted from the package's line, so that many findings in a long lock cost little.
        const uint32_t begin = table.span().begin;
        const uint32_t end = std::max(begin, node.span().begin);
        const std::string_view between =
            std::string_view(document_.text()).substr(begin, end - begin);
        return lock_.packages[package_].line +
               static_cast<uint32_t>(std::ranges::count(between, '\n'));
    }

    void add(Severity severity, std::string_view key, std::optional<size_t> index,
             std::string_view what) {
        const uint32_t line = line_of(key, index);
        std::string where = "packages[" + std::to_string(package_) + "]";
        where += (key.empty() ? "" : ".") + std::string(key);
        where += index ? "[" + std::to_string(*index) + "]" : "";
        std::string message = "line " + std::to_string(line) + ": " + where + " (" +
                              lock_.packages[package_].name.str() + "): " + std::string(what);
        problems_.push_back({severity, line, std::move(where), std::move(message), false});
    }
    void error(std::string_view key, std::string_view what) {
        add(Severity::error, key, std::nullopt, what);
    }
    void warning(std::string_view key, std::string_view what) {
        add(Severity::warning, key, std::nullopt, what);
    }

    void check_groups() {
        std::set<std::string> mentioned;
        for (const Package& package : lock_.packages) {
            if (package.marker) {
                collect_groups(*package.marker, mentioned);
            }
        }
        for (const std::string& group : lock_.default_groups) {
            const bool is_declared =
                lock_.dependency_groups && std::ranges::find(*lock_.dependency_groups, group) !=
                                               lock_.dependency_groups->end();
            if (is_declared) {
                group_warning(group, "should not be in dependency-groups too");
            } else if (!mentioned.contains(pep::normalize_name(group))) {
                group_warning(group, "is named by no marker");
            }
        }
    }

    void group_warning(const std::string& group, std::string_view what) {
        const uint32_t line = document_.root().find("default-groups")->place().line;
        problems_.push_back({Severity::warning, line, "default-groups",
                             "line " + std::to_string(line) + ": default-groups: \"" +
                                 printable(group) + "\" " + std::string(what),
                             false});
    }

    /// The groups that a marker asks about. Markers are bounded in depth by their parser.
    static void collect_groups(const pep::Marker& marker, std::set<std::string>& out) {
        if (marker.kind() != pep::Marker::Kind::comparison) {
            for (const pep::Marker& child : marker.children()) {
                collect_groups(child, out);
            }
        } else if (marker.comparison().variable == pep::MarkerVariable::dependency_groups) {
            out.insert(pep::normalize_name(marker.comparison().literal));
        }
    }

    /// Two entries of a name that both always apply can never be installed.
    void check_doubles() {
        std::set<std::string> unconditional;
        for (size_t i = 0; i < lock_.packages.size() && problems_.size() < problems_max; ++i) {
            if (!lock_.packages[i].marker &&
                !unconditional.insert(lock_.packages[i].name.str()).second) {
                package_ = i;
                error("", "there are two entries of this name, and both apply always");
            }
        }
    }

    void check_package(const Package& package) {
        if (package.vcs) {
            check_vcs(*package.vcs, package);
        }
        if (package.directory && package.version) {
            warning("version", "the specification forbids a version for a directory");
        }
        if (package.archive) {
            check_hashes("archive", std::nullopt, package.archive->source);
        }
        if (package.sdist) {
            check_file("sdist", std::nullopt, package.sdist->name, package.sdist->source);
        }
        std::set<std::string_view> names;
        for (size_t i = 0; i < package.wheels.size(); ++i) {
            check_file("wheels", i, package.wheels[i].name, package.wheels[i].source);
            if (!names.insert(package.wheels[i].name).second) {
                add(Severity::warning, "wheels", i, "this file is listed twice");
            }
        }
        size_t index = 0;
        for (const Dependency& dependency : package.dependencies) {
            const size_t count = lock_.find(dependency).size();
            if (count == 0) {
                warning("dependencies", "no entry is " + dependency.name.str() + " (dependency " +
                                            std::to_string(index) + ")");
            }
            ++index;
        }
    }

    void check_vcs(const Vcs& vcs, const Package& package) {
        static constexpr std::string_view types[] = {"git", "hg", "bzr", "svn"};
        if (std::ranges::find(types, vcs.type) == std::end(types)) {
            error("vcs", "the type must be git, hg, bzr or svn");
            return;
        }
        if (const std::string problem = commit_problem(vcs); !problem.empty()) {
            error("vcs", "commit-id " + problem);
        }
        if (const std::string problem = repository_problem(vcs); !problem.empty()) {
            error("vcs", "url " + problem);
        }
        if (vcs.requested_revision.starts_with("-")) {
            error("vcs", "requested-revision must not look like an option");
        }
        if (package.version) {
            warning("version", "the specification forbids a version for a source tree");
        }
    }

    void check_file(std::string_view key, std::optional<size_t> index, const std::string& name,
                    const FileSource& source) {
        const bool odd =
            name.empty() || name == "." || name == ".." || std::ranges::any_of(name, [](char c) {
                return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
            });
        if (odd) {
            add(Severity::error, key, index,
                "\"" + printable(name) + "\" must be a file's name, without a folder");
        }
        // A store may name files by their hash, but not by another distribution's name.
        const std::string stored = file_name_of(source.path, source.url);
        if (stored != name && names_other_distribution(stored, name)) {
            add(Severity::error, key, index,
                "is named \"" + printable(name) + "\" but lies at \"" + printable(stored) + "\"");
        }
        check_hashes(key, index, source);
    }

    static bool names_other_distribution(std::string_view stored, std::string_view name) {
        if (auto wheel = pep::WheelName::parse(stored)) {
            auto wanted = pep::WheelName::parse(name);
            return !wanted || wheel->name != wanted->name || wheel->version != wanted->version;
        }
        if (auto sdist = pep::SdistName::parse(stored)) {
            auto wanted = pep::SdistName::parse(name);
            return !wanted || sdist->name != wanted->name || sdist->version != wanted->version;
        }
        return false;
    }

    void check_hashes(std::string_view key, std::optional<size_t> index, const FileSource& source) {
        bool has_strong = false;
        std::set<std::string_view> seen;
        for (const Hash& hash : source.hashes) {
            if (!seen.insert(hash.algorithm).second) {
                add(Severity::error, key, index,
                    "the hash " + printable(hash.algorithm) + " is given twice");
            }
            if (!is_known_algorithm(hash.algorithm)) {
                continue;
            }
            if (hash.hex.size() != digest_hex_length(hash.algorithm) || !is_hex(hash.hex)) {
                add(Severity::error, key, index,
                    "the " + hash.algorithm + " hash must have " +
                        std::to_string(digest_hex_length(hash.algorithm)) + " hexadecimal digits");
            }
            has_strong = has_strong || is_strong_algorithm(hash.algorithm);
        }
        if (!has_strong) {
            const bool is_md5_alone = source.hashes.size() == 1 && seen.contains("md5");
            add(Severity::error, key, index,
                is_md5_alone
                    ? "its only hash is an md5, and whoever wants can make two files with one md5 "
                      "(sha256 is needed, or a like one)"
                    : "none of its hashes can be relied upon (sha256 is needed, or a like one)");
        }
    }

    const Lock& lock_;
    const text::TomlDocument& document_;
    std::vector<TomlNode> tables_; // of the packages
    size_t package_ = 0;
    std::vector<Problem> problems_;
};

} // namespace

std::vector<Problem> strict_problems(const Lock& lock, const text::TomlDocument& document) {
    return StrictRules(lock, document).check();
}

} // namespace pawl::lock
