// A requirements file as a lock: every line pinned and with hashes, as pip-compile, uv and pipenv
// write them. What is not pinned is no lock, and is refused with its line.

#include <algorithm>

#include "base/fs.h"
#include "base/paths.h"
#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/manifest.h"
#include "exchange/memberships.h"
#include "project/requirement_address.h"
#include "project/requirements_file.h"

namespace pawl::exchange {

namespace {

class RequirementsReader {
  public:
    RequirementsReader(const project::RequirementsFile& file, const Context& context)
        : file_(file), context_(context) {}

    Result<Document> read() {
        document_.directory = context_.directory;
        document_.warnings = file_.warnings;
        TRY(read_indexes());
        for (const project::FileRequirement& line : file_.requirements) {
            TRY_IN(line.at.str(), read_line(line));
        }
        if (document_.lock.packages.empty()) {
            document_.warnings.push_back(printable(context_.file) + ": no package stands in it");
        }
        TRY(join_memberships(document_));
        return std::move(document_);
    }

  private:
    Result<> read_indexes() {
        auto add = [this](const project::FileOption& option) -> Result<> {
            Url url = TRY_IN(option.at.str(), Url::parse(option.value));
            document_.indexes.push_back({"", url.without_credentials().text()});
            if (url.has_credentials()) {
                document_.logins.push_back(std::move(url));
            }
            return {};
        };
        if (file_.index_url) {
            TRY(add(*file_.index_url));
        }
        for (const project::FileOption& option : file_.extra_index_urls) {
            TRY(add(option));
        }
        return {};
    }

    Result<> read_line(const project::FileRequirement& line) {
        const pep::Requirement& requirement = line.requirement;
        lock::Package package{.name = requirement.name};
        package.line = line.at.line;
        Facts facts;
        facts.extras = requirement.extras;
        facts.memberships.push_back({{}, requirement.marker});
        for (const Hash& hash : line.hashes) {
            if (!is_strong_algorithm(hash.algorithm)) {
                return fail(Error::Kind::input,
                            printable(hash.algorithm) + " is no algorithm to rely on");
            }
        }
        facts.unplaced_hashes = line.hashes;
        if (requirement.url.empty()) {
            TRY(read_release(line, package));
        } else {
            TRY(read_address(line, package, facts));
        }
        document_.add(std::move(package), std::move(facts));
        return {};
    }

    Result<> read_release(const project::FileRequirement& line, lock::Package& package) const {
        const auto& clauses = line.requirement.specifiers.clauses();
        bool is_pinned = clauses.size() == 1 && !clauses[0].is_wildcard() && clauses[0].version() &&
                         (clauses[0].op() == pep::Specifier::Operator::equal ||
                          clauses[0].op() == pep::Specifier::Operator::arbitrary_equal);
        if (!is_pinned || line.hashes.empty()) {
            return fail(Error{Error::Kind::input,
                              "\"" + printable(line.text) +
                                  (is_pinned ? "\" has no hash" : "\" is not pinned with \"==\"") +
                                  ", so this is no lock"}
                            .hint("make one: pawl lock -r " + printable(context_.file)));
        }
        package.version = clauses[0].version();
        if (document_.indexes.size() == 1) {
            package.index = document_.indexes[0].url;
        }
        return {};
    }

    Result<> read_address(const project::FileRequirement& line, lock::Package& package,
                          Facts& facts) const {
        std::string url = line.requirement.url;
        std::string fragment;
        if (size_t hash = url.find('#'); hash != url.npos) {
            fragment = url.substr(hash + 1);
            url.resize(hash);
        }
        std::string subdirectory;
        for (std::string_view part : split(fragment, '&')) {
            std::optional<Halves> halves = split_once(part, '=');
            if (halves && halves->before == "subdirectory") {
                subdirectory = std::string(halves->after);
            } else if (halves && is_strong_algorithm(halves->before)) {
                Hash hash = TRY(parse_hash(part, '='));
                if (std::ranges::find(facts.unplaced_hashes, hash) == facts.unplaced_hashes.end()) {
                    facts.unplaced_hashes.push_back(std::move(hash));
                }
            }
        }
        if (std::string_view vcs = project::vcs_of(url); !vcs.empty()) {
            return read_vcs(std::string(vcs), url.substr(vcs.size() + 1), subdirectory, package);
        }
        Url parsed = TRY(Url::parse(url));
        std::string path;
        if (parsed.scheme() == "file") {
            path = fs::relative_path(TRY(parsed.local_path()), document_.directory);
        }
        bool is_file = !facts.unplaced_hashes.empty();
        if (!path.empty() && !is_file) {
            package.directory = lock::Directory{
                .path = path, .editable = line.editable, .subdirectory = std::move(subdirectory)};
            return {};
        }
        if (!is_file) {
            return fail(Error::Kind::input,
                        "\"" + printable(line.text) + "\" has no hash, so this is no lock");
        }
        lock::Archive archive;
        archive.subdirectory = std::move(subdirectory);
        archive.source.path = path;
        archive.source.url = path.empty() ? url : "";
        archive.source.hashes = std::move(facts.unplaced_hashes);
        facts.unplaced_hashes.clear();
        package.archive = std::move(archive);
        return {};
    }

    /// "https://host/repository@COMMIT"
    static Result<> read_vcs(std::string type, const std::string& url, std::string subdirectory,
                             lock::Package& package) {
        size_t at = url.rfind('@');
        std::string commit = at == url.npos ? "" : url.substr(at + 1);
        bool is_hash =
            (commit.size() == 40 || commit.size() == 64) && std::ranges::all_of(commit, [](char c) {
                return is_digit(c) || (c >= 'a' && c <= 'f');
            });
        if (!is_hash) {
            return fail(
                Error::Kind::input,
                "\"" + printable(commit) +
                    "\" is no commit: 40 hexadecimal digits are one, and all else may move");
        }
        lock::Vcs vcs{.type = std::move(type)};
        vcs.url = url.substr(0, at);
        vcs.commit_id = std::move(commit);
        vcs.subdirectory = std::move(subdirectory);
        package.vcs = std::move(vcs);
        return {};
    }

    const project::RequirementsFile& file_;
    const Context& context_;
    Document document_;
};

} // namespace

// The text is read once more, since includes are found from the file's path.
// NOLINTNEXTLINE(performance-unnecessary-value-param): as all readers
Result<Document> read_requirements(std::string, const Context& context) {
    project::RequirementsOptions options{.directory = context.directory,
                                         .variable = context.variable};
    std::vector<std::string> files = {std::string(fs::base_name(context.file))};
    project::RequirementsFile file = TRY(project::read_requirements_files(files, {}, options));
    return RequirementsReader(file, context).read();
}

} // namespace pawl::exchange
