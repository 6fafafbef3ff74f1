// Pipfile.lock (pipenv's own; "pipfile-spec" 6): a section for each category of the Pipfile, in it
// one version of each project with the hashes of all its files, in no order and without names.
//
// It was resolved for one Python on one platform. An entry that stands in several sections alike is
// one entry here. What that platform did not need, pipenv may leave unlocked (`"version": "*"` and
// no hash): then the lock is for all environments but those that need it.

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/url.h"
#include "exchange/formats.h"
#include "exchange/manifest_hash.h"
#include "exchange/memberships.h"
#include "exchange/pipenv_manifest.h"
#include "pep/marker_space.h"
#include "text/json.h"

namespace pawl::exchange {

namespace {

using text::Value;

tl::unexpected<Error> wrong(const std::string& what) {
    return fail(Error::Kind::input, what);
}

/// The text of a member, if it is there.
Result<std::string> text_at(const Value& table, std::string_view key) {
    const Value* value = table.find(key);
    if (value == nullptr) {
        return std::string();
    }
    if (!value->is_string()) {
        return wrong("\"" + std::string(key) + "\" must be a string");
    }
    return value->as_string();
}

class PipenvReader {
  public:
    PipenvReader(const Value& root, const Context& context) : root_(root), context_(context) {}

    Result<Document> read() {
        document_.directory = context_.directory;
        document_.lock.created_by = "pipenv";
        if (!root_.is_object()) {
            return wrong("it must be one JSON object");
        }
        TRY_IN("_meta", read_meta());
        TRY(read_manifest());
        for (const Value::Member& section : root_.as_object()) {
            if (section.key == "_meta") {
                continue;
            }
            TRY_IN(printable(section.key), read_section(section));
        }
        exclude_unlocked();
        TRY(join_memberships(document_));
        find_asked_extras(document_);
        return std::move(document_);
    }

  private:
    Result<> read_meta() {
        const Value* meta = root_.object_at("_meta");
        if (meta == nullptr) {
            return wrong("is missing: this is no Pipfile.lock");
        }
        std::optional<int64_t> spec = meta->integer_at("pipfile-spec");
        if (spec != 6) {
            return fail(Error{Error::Kind::input, "pipfile-spec " +
                                                      (spec ? std::to_string(*spec) : "?") +
                                                      " is not supported (6 is)"}
                            .hint("it needs a newer pawl, or the pipenv that made it"));
        }
        if (const Value* pythons = meta->object_at("requires")) {
            for (std::string_view key : {"python_version", "python_full_version"}) {
                std::string version = TRY(text_at(*pythons, key));
                if (!version.empty() && version != "*") {
                    document_.lock.requires_python = TRY_IN("requires", pipenv_pythons(version));
                }
            }
        }
        if (const Value* hash = meta->object_at("hash")) {
            written_hash_ = TRY(text_at(*hash, "sha256"));
        }
        const Value::Array* sources = meta->array_at("sources");
        for (const Value& source : sources != nullptr ? *sources : Value::Array()) {
            TRY(read_index(source));
        }
        return {};
    }

    Result<> read_index(const Value& source) {
        if (!source.is_object()) {
            return wrong("sources: each must be an object");
        }
        std::string name = TRY(text_at(source, "name"));
        std::string written = expanded(TRY(text_at(source, "url")));
        Result<Url> url = Url::parse(written);
        if (!url) {
            return wrong("sources: the URL of \"" + printable(name) + "\" cannot be read");
        }
        document_.indexes.push_back({name, url->without_credentials().text()});
        if (url->has_credentials()) {
            document_.logins.push_back(std::move(*url));
        }
        return {};
    }

    /// "${NAME}" by the environment; what is unset stays.
    std::string expanded(std::string_view text) const {
        std::string out;
        while (!text.empty()) {
            size_t begin = text.find("${");
            size_t end = begin == text.npos ? text.npos : text.find('}', begin);
            if (end == text.npos || !context_.variable) {
                return out + std::string(text);
            }
            std::string_view name = text.substr(begin + 2, end - begin - 2);
            std::optional<std::string> value = context_.variable(name);
            out += text.substr(0, begin);
            out += value ? *value : std::string(text.substr(begin, end - begin + 1));
            text.remove_prefix(end + 1);
        }
        return out;
    }

    Result<> read_manifest() {
        if (!context_.pipfile) {
            return {};
        }
        Pipfile pipfile = TRY_IN("Pipfile", read_pipfile(*context_.pipfile));
        document_.projects.push_back(std::move(pipfile.project));
        if (!written_hash_.empty() &&
            written_hash_ != TRY_IN("Pipfile", pipenv_content_hash(*context_.pipfile))) {
            document_.stale_reason = "the Pipfile has changed since it was made";
        }
        return {};
    }

    // --- entries --------------------------------------------------------------------------------

    Result<> read_section(const Value::Member& section) {
        if (!section.value.is_object()) {
            return wrong("a section must be an object");
        }
        Selector selector = selector_of_section(section.key);
        if (selector.kind == Selector::Kind::group) {
            TRY(pep::Name::parse(section.key));
        }
        for (const Value::Member& entry : section.value.as_object()) {
            TRY_IN("\"" + printable(entry.key) + "\"", read_entry(entry, selector));
        }
        return {};
    }

    Result<> read_entry(const Value::Member& entry, const Selector& selector) {
        const Value& table = entry.value;
        if (!table.is_object()) {
            return wrong("an entry must be an object");
        }
        pep::Name name = TRY(pep::Name::parse(entry.key));
        lock::Package package{.name = std::move(name)};
        Facts facts;
        Membership membership{selector, {}};
        if (std::string marker = TRY(text_at(table, "markers")); !marker.empty()) {
            membership.marker = TRY_IN("markers", pep::Marker::parse(marker));
        }
        if (membership.marker && is_unlocked(table)) {
            unlocked_ = space_.either(unlocked_, space_.from(*membership.marker));
            document_.warnings.push_back(printable(context_.file) + ": pipenv did not lock " +
                                         package.name.str() + ", so the lock is not for where " +
                                         membership.marker->str());
            return {};
        }
        facts.memberships.push_back(std::move(membership));
        const Value::Array* extras = table.array_at("extras");
        for (const Value& extra : extras != nullptr ? *extras : Value::Array()) {
            if (!extra.is_string()) {
                return wrong("extras: each must be a string");
            }
            facts.extras.push_back(TRY_IN("extras", pep::Name::parse(extra.as_string())));
        }
        std::ranges::sort(facts.extras);
        TRY(read_source(table, package, facts));
        add(std::move(package), std::move(facts));
        return {};
    }

    static bool is_unlocked(const Value& table) {
        const Value* version = table.find("version");
        auto has = [&table](std::string_view key) { return table.find(key) != nullptr; };
        return version != nullptr && version->is_string() && version->as_string() == "*" &&
               !has("hashes") && !has("git") && !has("path") && !has("file");
    }

    void exclude_unlocked() {
        if (pep::MarkerSpace::is_never(unlocked_)) {
            return;
        }
        if (auto rest = space_.marker(space_.negate(unlocked_))) {
            document_.lock.environments.push_back(std::move(*rest));
        }
    }

    Result<> read_source(const Value& table, lock::Package& package, Facts& facts) {
        if (std::string git = TRY(text_at(table, "git")); !git.empty()) {
            return read_git(table, std::move(git), package);
        }
        std::string path = TRY(text_at(table, "path"));
        std::string file = TRY(text_at(table, "file"));
        TRY(read_hashes(table, facts));
        if (!file.empty() || (!path.empty() && !facts.unplaced_hashes.empty())) {
            return make_archive(file, path, package, facts);
        }
        if (!path.empty()) {
            package.directory =
                lock::Directory{.path = path,
                                .editable = table.bool_at("editable").value_or(false),
                                .subdirectory = {}};
            return {};
        }
        std::string version = TRY(text_at(table, "version"));
        if (!version.starts_with("==") || version.starts_with("===")) {
            return wrong("version: \"" + printable(version) + "\" must be \"==\" and a version");
        }
        package.version = TRY_IN("version", pep::Version::parse(version.substr(2)));
        if (facts.unplaced_hashes.empty()) {
            return fail(Error{Error::Kind::input, "there are no hashes"}.hint(
                "nothing could be checked; lock again with pipenv"));
        }
        return read_origin(table, package);
    }

    /// The index that it must come from; where there is one only, that.
    Result<> read_origin(const Value& table, lock::Package& package) const {
        std::string name = TRY(text_at(table, "index"));
        if (name.empty()) {
            if (document_.indexes.size() == 1) {
                package.index = document_.indexes[0].url;
            }
            return {};
        }
        auto found = std::ranges::find(document_.indexes, name, &Index::name);
        if (found == document_.indexes.end()) {
            return wrong("index: _meta.sources has no \"" + printable(name) + "\"");
        }
        package.index = found->url;
        return {};
    }

    static Result<> read_hashes(const Value& table, Facts& facts) {
        const Value::Array* hashes = table.array_at("hashes");
        for (const Value& hash : hashes != nullptr ? *hashes : Value::Array()) {
            if (!hash.is_string()) {
                return wrong("hashes: each must be a string");
            }
            Hash parsed = TRY_IN("hashes", parse_hash(hash.as_string()));
            if (!is_strong_algorithm(parsed.algorithm)) {
                return wrong("hashes: " + printable(parsed.algorithm) +
                             " is no algorithm to rely on");
            }
            facts.unplaced_hashes.push_back(std::move(parsed));
        }
        return {};
    }

    static Result<> read_git(const Value& table, std::string url, lock::Package& package) {
        lock::Vcs vcs{.type = "git"};
        vcs.url = std::move(url);
        vcs.commit_id = TRY(text_at(table, "ref"));
        vcs.subdirectory = TRY(text_at(table, "subdirectory"));
        bool is_hash = (vcs.commit_id.size() == 40 || vcs.commit_id.size() == 64) &&
                       std::ranges::all_of(vcs.commit_id, [](char c) {
                           return is_digit(c) || (c >= 'a' && c <= 'f');
                       });
        if (!is_hash) {
            return fail(Error::Kind::input, "ref: \"" + printable(vcs.commit_id) +
                                                "\" is no commit: 40 hexadecimal digits are one");
        }
        package.vcs = std::move(vcs);
        return {};
    }

    static Result<> make_archive(const std::string& file, const std::string& path,
                                 lock::Package& package, Facts& facts) {
        if (facts.unplaced_hashes.size() != 1) {
            return wrong("an archive has one hash");
        }
        lock::Archive archive;
        archive.source.hashes = std::move(facts.unplaced_hashes);
        facts.unplaced_hashes.clear();
        if (file.find("://") != file.npos) {
            Url url = TRY_IN("file", Url::parse(file));
            if (url.has_credentials()) {
                return fail(Error::Kind::refused, "file: the URL holds a user name or password");
            }
            archive.source.url = url.text_without_fragment();
        } else {
            archive.source.path = file.empty() ? path : file;
        }
        package.archive = std::move(archive);
        return {};
    }

    /// Joins one that is the same and stands in another section.
    void add(lock::Package package, Facts facts) {
        for (size_t i = 0; i < document_.facts.size(); ++i) {
            Facts& other = document_.facts[i];
            if (document_.lock.packages[i] == package &&
                other.unplaced_hashes == facts.unplaced_hashes) {
                other.memberships.push_back(facts.memberships[0]);
                std::ranges::sort(other.memberships, {}, &Membership::selector);
                other.extras.insert(other.extras.end(), facts.extras.begin(), facts.extras.end());
                std::ranges::sort(other.extras);
                other.extras.erase(std::unique(other.extras.begin(), other.extras.end()),
                                   other.extras.end());
                return;
            }
        }
        document_.add(std::move(package), std::move(facts));
    }

    const Value& root_;
    const Context& context_;
    std::string written_hash_;
    pep::MarkerSpace space_;
    pep::MarkerId unlocked_ = pep::MarkerId::never; ///< where a package is needed without a pin
    Document document_;
};

} // namespace

Result<Document> read_pipenv(std::string text, const Context& context) {
    std::string place = printable(context.file);
    const std::string json = std::move(text);
    Value root = TRY_IN(place, text::parse_json(json));
    return TRY_IN(place, PipenvReader(root, context).read());
}

} // namespace pawl::exchange
