#include "ops/complete_lock.h"

#include <algorithm>
#include <set>

#include "base/fs.h"
#include "base/paths.h"
#include "base/text.h"
#include "index/client.h"
#include "ops/source_tree.h"
#include "pep/metadata.h"

namespace pawl::ops {

namespace {

using exchange::EdgeKnowledge;
using exchange::Facts;

bool is_from_index(const lock::Package& package) {
    return !package.vcs && !package.directory && !package.archive;
}

bool has_address(const lock::FileSource& source) {
    return !source.url.empty() || !source.path.empty();
}

/// How a lock names what an entry without an index comes from, in the words of requirements.
std::string source_of(const lock::Package& package, const std::string& directory) {
    auto with_subdirectory = [](const std::string& text, const std::string& subdirectory) {
        return subdirectory.empty() ? text : text + "#subdirectory=" + subdirectory;
    };
    if (package.vcs) {
        std::string where = package.vcs->url.empty()
                                ? "file://" + fs::normalize(fs::join(directory, package.vcs->path))
                                : package.vcs->url;
        return with_subdirectory(package.vcs->type + "+" + where + "@" + package.vcs->commit_id,
                                 package.vcs->subdirectory);
    }
    if (package.directory) {
        return with_subdirectory(fs::normalize(fs::join(directory, package.directory->path)),
                                 package.directory->subdirectory);
    }
    const lock::FileSource& file = package.archive->source;
    return with_subdirectory(file.path.empty() ? file.url
                                               : fs::normalize(fs::join(directory, file.path)),
                             package.archive->subdirectory);
}

class Completion {
  public:
    Completion(exchange::Document& document, const exchange::Needs& needs, Settings settings,
               Services& services)
        : document_(document), needs_(needs), settings_(std::move(settings)), services_(services),
          sources_(services, settings_, nullptr, 0) {}

    Result<> run() {
        client_ = TRY(services_.index(settings_));
        std::vector<uint32_t> entries = entries_to_look_up();
        TRY(load_pages(entries));
        for (uint32_t entry : entries) {
            TRY_IN(exchange::entry_name(document_.lock.packages[entry]), find_release(entry));
        }
        for (uint32_t entry : entries) {
            TRY_IN(exchange::entry_name(document_.lock.packages[entry]), place_files(entry));
        }
        for (uint32_t entry : entries) {
            request_metadata(entry);
        }
        for (uint32_t i = 0; i < document_.facts.size(); ++i) {
            TRY_IN(exchange::entry_name(document_.lock.packages[i]), find_edges(i));
        }
        services_.show_index_warnings();
        return {};
    }

  private:
    struct Release {
        index::ProjectFiles page;
        index::VersionView version;
        std::optional<index::FileId> metadata;
    };

    bool lacks_files(uint32_t entry) const {
        const lock::Package& package = document_.lock.packages[entry];
        bool has_bag = !document_.facts[entry].unplaced_hashes.empty();
        bool lacks_address = (package.sdist && !has_address(package.sdist->source)) ||
                             std::ranges::any_of(package.wheels, [](const lock::Wheel& wheel) {
                                 return !has_address(wheel.source);
                             });
        return ((needs_.file_names || needs_.addresses) && has_bag) ||
               (needs_.addresses && lacks_address);
    }

    bool lacks_edges(uint32_t entry) const {
        return document_.facts[entry].edge_knowledge <
               needs_.edges_of(document_.lock.packages[entry]);
    }

    std::vector<uint32_t> entries_to_look_up() const {
        std::vector<uint32_t> entries;
        for (uint32_t i = 0; i < document_.facts.size(); ++i) {
            if (is_from_index(document_.lock.packages[i]) && (lacks_files(i) || lacks_edges(i))) {
                entries.push_back(i);
            }
        }
        return entries;
    }

    Result<> load_pages(const std::vector<uint32_t>& entries) {
        std::set<pep::Name> names;
        for (uint32_t entry : entries) {
            names.insert(document_.lock.packages[entry].name);
        }
        std::vector<pep::Name> list(names.begin(), names.end());
        Result<std::vector<index::ProjectAnswer>> found = client_->project_files(list);
        bool is_absent = !found && found.error().kind == Error::Kind::network;
        if (is_absent && settings_.offline && !settings_.find_links.empty()) {
            settings_.no_index = true; // then the wheelhouse is all there is
            client_ = TRY(services_.index(settings_));
            found = client_->project_files(list);
        }
        std::vector<index::ProjectAnswer> answers = TRY(std::move(found));
        for (size_t i = 0; i < list.size(); ++i) {
            pages_.emplace(list[i], answers[i].files);
        }
        return {};
    }

    Result<> find_release(uint32_t entry) {
        const lock::Package& package = document_.lock.packages[entry];
        const index::ProjectFiles& page = pages_.at(package.name);
        for (uint32_t row = 0; package.version && row < page.version_count(); ++row) {
            index::VersionView version = page.version(row);
            Result<pep::Version> parsed = pep::Version::parse(version.text);
            if (parsed && *parsed == *package.version) {
                Release release{page, version, std::nullopt};
                if (auto file = page.metadata_file(row)) {
                    release.metadata = index::FileId{client_->project(package.name), *file};
                }
                releases_.emplace(entry, release);
                return {};
            }
        }
        return fail(Error{Error::Kind::network, page.version_count() == 0
                                                    ? "no index that was asked knows it"
                                                    : "no index that was asked has this version"}
                        .hint("name the index with --index-url, or files with --find-links"));
    }

    // --- files ----------------------------------------------------------------------------------

    Result<> place_files(uint32_t entry) {
        if (!lacks_files(entry)) {
            return {};
        }
        lock::Package& package = document_.lock.packages[entry];
        Facts& facts = document_.facts[entry];
        Release& release = releases_.at(entry);
        std::vector<Hash> left = facts.unplaced_hashes;
        for (uint32_t i = 0; i < release.version.file_count; ++i) {
            index::DistributionFile file =
                release.page.distribution(release.version.file_first + i);
            if (!facts.unplaced_hashes.empty()) {
                TRY(place_by_hash(file, facts.unplaced_hashes, left, package));
            }
            TRY(place_by_name(file, package));
        }
        if (!facts.unplaced_hashes.empty() && package.wheels.empty() && !package.sdist) {
            return fail(Error{Error::Kind::integrity,
                              "none of its " + std::to_string(release.version.file_count) +
                                  " files on the index has a hash that the lock gives"}
                            .hint("the files on this index are not those that were locked"));
        }
        if (!left.empty()) {
            services_.terminal().detail(exchange::entry_name(package) + ": " +
                                        std::to_string(left.size()) +
                                        " hashes of the lock are of no file on the index");
        }
        facts.unplaced_hashes.clear();
        return check_placed(package);
    }

    /// A file with one of these hashes joins the entry, with the hashes that the lock gave.
    Result<> place_by_hash(index::DistributionFile& file, const std::vector<Hash>& approved,
                           std::vector<Hash>& left, lock::Package& package) {
        std::vector<Hash> matching;
        if (file.hashes.empty()) {
            file.hashes.push_back(TRY(sources_.hash_of(file)));
        }
        for (const Hash& hash : approved) {
            if (std::ranges::find(file.hashes, hash) != file.hashes.end()) {
                matching.push_back(hash);
                std::erase(left, hash);
            }
        }
        if (matching.empty()) {
            return {};
        }
        lock::FileSource source{.hashes = std::move(matching)};
        TRY(set_address(file, package, source));
        if (file.kind == index::FileKind::wheel) {
            package.wheels.push_back({file.file_name, std::move(source)});
        } else if (!package.sdist || file.file_name.ends_with(".tar.gz")) {
            package.sdist = lock::Sdist{file.file_name, std::move(source)};
        }
        return {};
    }

    Result<> place_by_name(index::DistributionFile& file, lock::Package& package) {
        lock::FileSource* source = nullptr;
        if (package.sdist && package.sdist->name == file.file_name) {
            source = &package.sdist->source;
        }
        for (lock::Wheel& wheel : package.wheels) {
            if (wheel.name == file.file_name) {
                source = &wheel.source;
            }
        }
        if (source == nullptr || has_address(*source)) {
            return {};
        }
        for (const Hash& hash : source->hashes) {
            auto same = std::ranges::find(file.hashes, hash.algorithm, &Hash::algorithm);
            if (same != file.hashes.end() && same->hex != hash.hex) {
                return fail(Error{Error::Kind::integrity, printable(file.file_name) +
                                                              " on the index has another " +
                                                              hash.algorithm + " than in the lock"}
                                .hint("the files on this index are not those that were locked"));
            }
        }
        return set_address(file, package, *source);
    }

    Result<> set_address(const index::DistributionFile& file, lock::Package& package,
                         lock::FileSource& source) const {
        if (file.url->scheme() == "file") {
            source.path = fs::relative_path(TRY(file.url->local_path()), document_.directory);
        } else {
            source.url = file.url->text_without_fragment();
            package.index = file.index_url;
        }
        source.size_bytes = source.size_bytes ? source.size_bytes : file.size_bytes;
        source.upload_time = source.upload_time ? source.upload_time : file.upload_time;
        if (!package.requires_python && !file.requires_python.empty()) {
            Result<pep::Specifiers> pythons = pep::Specifiers::parse(file.requires_python);
            if (pythons) {
                package.requires_python = std::move(*pythons);
            }
        }
        return {};
    }

    /// Files that the index has no more are left out, as long as one is there.
    Result<> check_placed(lock::Package& package) {
        if (!needs_.addresses) {
            return {};
        }
        std::vector<std::string> gone;
        std::erase_if(package.wheels, [&gone](const lock::Wheel& wheel) {
            if (has_address(wheel.source)) {
                return false;
            }
            gone.push_back(wheel.name);
            return true;
        });
        if (package.sdist && !has_address(package.sdist->source)) {
            gone.push_back(package.sdist->name);
            package.sdist.reset();
        }
        if (package.wheels.empty() && !package.sdist) {
            return fail(Error{Error::Kind::network, "the index has none of its files"}.hint(
                "name the index with --index-url, or files with --find-links"));
        }
        if (!gone.empty()) {
            services_.terminal().warn(exchange::entry_name(package) + ": the index has no " +
                                      printable(join_words(gone)));
        }
        return {};
    }

    // --- edges ----------------------------------------------------------------------------------

    void request_metadata(uint32_t entry) {
        const Release& release = releases_.at(entry);
        if (lacks_edges(entry) && release.metadata) {
            client_->request_metadata(*release.metadata);
        }
    }

    Result<> find_edges(uint32_t entry) {
        if (!lacks_edges(entry)) {
            return {};
        }
        const lock::Package& package = document_.lock.packages[entry];
        Result<> found =
            is_from_index(package) ? edges_from_index(entry) : edges_from_source(entry);
        bool is_fatal = !found && (found.error().kind == Error::Kind::integrity ||
                                   found.error().kind == Error::Kind::refused);
        if (found || is_fatal) {
            return found;
        }
        services_.terminal().warn(
            exchange::entry_name(package) +
            ": what it needs could not be found out: " + found.error().message);
        return {};
    }

    Result<> edges_from_index(uint32_t entry) {
        const Release& release = releases_.at(entry);
        if (!release.metadata) {
            return fail(Error::Kind::network, "no file of it tells");
        }
        index::MetadataAnswer answer = TRY(client_->wait_metadata(*release.metadata));
        using Outcome = index::MetadataAnswer::Outcome;
        if (answer.outcome == Outcome::invalid) {
            return fail(Error::Kind::input, std::string(answer.reason));
        }
        if (answer.outcome == Outcome::must_build) {
            return take_metadata(entry, TRY(sources_.of_sdist(client_->file(*release.metadata))));
        }
        std::vector<pep::Requirement> requirements;
        for (uint32_t i = 0; i < answer.metadata.requirement_count(); ++i) {
            requirements.push_back(
                TRY(pep::Requirement::parse(answer.metadata.requirement(i).text)));
        }
        take_requirements(entry, requirements);
        return {};
    }

    Result<> edges_from_source(uint32_t entry) {
        const lock::Package& package = document_.lock.packages[entry];
        return take_metadata(
            entry, TRY(sources_.of_source(package.name, source_of(package, document_.directory))));
    }

    Result<> take_metadata(uint32_t entry, const std::string& text) {
        pep::CoreMetadata metadata = TRY(pep::CoreMetadata::parse(text));
        lock::Package& package = document_.lock.packages[entry];
        if (!package.version) { // of a source tree, where pylock.toml may not have it
            package.version = metadata.version;
        }
        take_requirements(entry, metadata.requires_dist);
        return {};
    }

    void take_requirements(uint32_t entry, const std::vector<pep::Requirement>& requirements) {
        Facts& facts = document_.facts[entry];
        facts.edges.clear();
        for (const pep::Requirement& one : requirements) {
            for (exchange::Edge& edge : exchange::Edge::from(one)) {
                facts.edges.push_back(std::move(edge));
            }
        }
        facts.edge_knowledge = EdgeKnowledge::metadata;
    }

    exchange::Document& document_;
    const exchange::Needs& needs_;
    Settings settings_;
    Services& services_;
    SourceTrees sources_;
    index::Client* client_ = nullptr;
    std::map<pep::Name, index::ProjectFiles> pages_;
    std::map<uint32_t, Release> releases_; ///< by entry
};

/// The lock's own indexes where the user named none. All are asked, since a hash decides.
Settings settings_for(const exchange::Document& document, Settings settings) {
    bool is_silent = settings.index_url.empty() && settings.extra_index_urls.empty() &&
                     settings.indexes.empty() && !settings.no_index;
    if (is_silent && !document.indexes.empty()) {
        settings.index_url = document.indexes[0].url;
        for (size_t i = 1; i < document.indexes.size(); ++i) {
            settings.extra_index_urls.push_back(document.indexes[i].url);
        }
        settings.logins.insert(settings.logins.end(), document.logins.begin(),
                               document.logins.end());
    }
    settings.index_strategy = "unsafe-best-match";
    settings.exclude_newer.clear();
    settings.exclude_newer_of.clear();
    return settings;
}

} // namespace

Result<> complete_lock(exchange::Document& document, const exchange::Needs& needs,
                       const Settings& settings, Services& services) {
    if (needs.is_nothing()) {
        return {};
    }
    Timings::Scope scope(services.timings(), "complete");
    return Completion(document, needs, settings_for(document, settings), services).run();
}

} // namespace pawl::ops
