#include "ops/lock_metadata.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "index/client.h"
#include "ops/source_tree.h"
#include "pep/metadata.h"

namespace pawl::ops {

namespace {

using lock::EntryMetadata;
using lock::Package;

/// One spelling of where a direct reference leads, whoever names it; the revision is left out,
/// since a lock holds the commit that it meant.
std::string canonical(const SourceAddress& address) {
    std::string text = address.kind == SourceAddress::Kind::git ? "git+" : "";
    text += address.path.empty() ? address.url : address.path;
    return text + (address.subdirectory.empty() ? "" : "#subdirectory=" + address.subdirectory);
}

std::string canonical(const std::string& source, std::string_view directory) {
    auto absolute = absolute_source(source, directory);
    auto address = absolute ? parse_source_address(*absolute)
                            : Result<SourceAddress>(fail(std::move(absolute.error())));
    return address ? canonical(*address) : source;
}

/// Where an entry's source tree or archive is, as a requirement would say it; "" for files.
std::string source_of(const Package& package, std::string_view directory) {
    auto with_fragment = [](const std::string& text, const std::string& subdirectory) {
        return subdirectory.empty() ? text : text + "#subdirectory=" + subdirectory;
    };
    auto url_of = [directory](const std::string& url, const std::string& path) {
        return url.empty() ? Url::from_path(fs::normalize(fs::join(directory, path))).text() : url;
    };
    if (package.vcs) {
        const lock::Vcs& vcs = *package.vcs;
        std::string url = url_of(vcs.url, vcs.path);
        url = (url.starts_with("git+") ? "" : "git+") + url + "@" + vcs.commit_id;
        return with_fragment(url, vcs.subdirectory);
    }
    if (package.directory) {
        return with_fragment(url_of("", package.directory->path), package.directory->subdirectory);
    }
    if (package.archive) {
        return with_fragment(url_of(package.archive->source.path.empty()
                                        ? package.archive->source.url
                                        : std::string(),
                                    package.archive->source.path),
                             package.archive->subdirectory);
    }
    return "";
}

/// The requirements of the record, with paths and addresses in canonical form.
Result<std::vector<pep::Requirement>> asked(std::span<const std::string> texts,
                                            std::string_view directory) {
    std::vector<pep::Requirement> list = TRY(requirements_of(texts));
    for (pep::Requirement& requirement : list) {
        if (!requirement.url.empty()) {
            const bool is_path = requirement.url.find("://") == std::string::npos;
            requirement.url =
                canonical(is_path ? percent_decode(requirement.url).value_or(requirement.url)
                                  : requirement.url,
                          directory);
        }
    }
    return list;
}

class MetadataReader {
  public:
    MetadataReader(const NamedLock& named, const lock::Lock& lock, const VerifyOptions& options,
                   Services& services)
        : named_(named), lock_(lock), options_(options), services_(services) {}

    Result<std::vector<EntryMetadata>> read() {
        Settings settings = services_.settings();
        settings.no_build = settings.no_build || !options_.allow_builds;
        client_ = TRY(services_.index(settings));
        trees_ = std::make_unique<SourceTrees>(services_, settings, nullptr, 0);
        std::vector<std::optional<index::FileId>> files = TRY(find_files());
        std::vector<EntryMetadata> list;
        for (size_t i = 0; i < lock_.packages.size(); ++i) {
            const Package& package = lock_.packages[i];
            services_.terminal().progress("reading metadata", i, lock_.packages.size());
            list.push_back(TRY_IN(package.name.str(),
                                  files[i] ? of_file(package, *files[i]) : of_source(package)));
        }
        services_.terminal().progress_end();
        return list;
    }

  private:
    /// Asks for everything at once: first the pages, then the metadata.
    Result<std::vector<std::optional<index::FileId>>> find_files() {
        for (const Package& package : lock_.packages) {
            if (!package.wheels.empty() || package.sdist) {
                client_->request_project(client_->project(package.name));
            }
        }
        std::vector<std::optional<index::FileId>> files;
        for (const Package& package : lock_.packages) {
            std::optional<index::FileId>& file = files.emplace_back();
            if (!package.wheels.empty() || package.sdist) {
                file = TRY_IN(package.name.str(), find_file(package));
                client_->request_metadata(*file);
            }
        }
        return files;
    }

    /// The file of the release that tells what it needs at the least cost, if the index has the
    /// release that is locked (a file of the same name and hash); else one of the lock's own.
    Result<index::FileId> find_file(const Package& package) {
        const index::ProjectId project = client_->project(package.name);
        const index::ProjectAnswer answer = TRY(client_->wait_project(project));
        for (uint32_t row = 0; row < answer.files.file_count(); ++row) {
            if (!is_locked(package, answer.files.file(row))) {
                continue;
            }
            const uint32_t version = answer.files.file(row).version;
            return index::FileId{project, answer.files.metadata_file(version).value_or(row)};
        }
        return client_->add_file(project, TRY(own_file(package)));
    }

    static bool is_locked(const Package& package, const index::FileView& file) {
        auto is_same = [&file](const std::string& name, const lock::FileSource& source) {
            return file.file_name == name &&
                   std::ranges::any_of(source.hashes, [&file](const Hash& hash) {
                       return file.hashes.find(hash.algorithm + "=" + hash.hex) !=
                              std::string_view::npos;
                   });
        };
        return (package.sdist && is_same(package.sdist->name, package.sdist->source)) ||
               std::ranges::any_of(package.wheels, [&is_same](const lock::Wheel& wheel) {
                   return is_same(wheel.name, wheel.source);
               });
    }

    /// A wheel for any platform, else any wheel, else the sdist.
    Result<index::DistributionFile> own_file(const Package& package) {
        const auto pure = std::ranges::find_if(package.wheels, [](const lock::Wheel& wheel) {
            return wheel.name.ends_with("-none-any.whl");
        });
        const bool is_wheel = !package.wheels.empty();
        const lock::Wheel* wheel = !is_wheel                      ? nullptr
                                   : pure == package.wheels.end() ? &package.wheels.front()
                                                                  : &*pure;
        const lock::FileSource& source = is_wheel ? wheel->source : package.sdist->source;
        index::DistributionFile file{.file_name = is_wheel ? wheel->name : package.sdist->name,
                                     .name = package.name.str(),
                                     .version = package.version ? package.version->str() : "",
                                     .kind =
                                         is_wheel ? index::FileKind::wheel : index::FileKind::sdist,
                                     .hashes = source.hashes,
                                     .index_url = package.index};
        if (source.path.empty()) {
            file.url = TRY(Url::parse(source.url));
        } else {
            file.url = Url::from_path(fs::normalize(fs::join(named_.directory, source.path)));
        }
        return file;
    }

    Result<EntryMetadata> of_file(const Package& package, index::FileId id) {
        EntryMetadata metadata;
        index::MetadataAnswer answer = TRY(client_->wait_metadata(id));
        if (answer.outcome == index::MetadataAnswer::Outcome::must_build) {
            if (!options_.allow_builds) {
                metadata.unknown = "only a build can tell: --build allows it";
                return metadata;
            }
            Result<std::string> text = trees_->of_sdist(client_->file(id));
            if (!text) {
                metadata.unknown = "it could not be built: " + text.error().message;
                return metadata;
            }
            answer = TRY(client_->put_built_metadata(id, *text));
        }
        if (answer.outcome == index::MetadataAnswer::Outcome::invalid) {
            metadata.unknown = "its metadata cannot be used: " + printable(answer.reason);
            return metadata;
        }
        for (uint32_t row = 0; row < answer.metadata.requirement_count(); ++row) {
            metadata.needs.push_back(
                TRY_IN(package.name.str(),
                       pep::Requirement::parse(answer.metadata.requirement(row).text)));
        }
        if (!answer.metadata.requires_python().empty()) {
            auto pythons = pep::Specifiers::parse(answer.metadata.requires_python());
            if (pythons) {
                metadata.requires_python = std::move(*pythons);
            }
        }
        return metadata;
    }

    Result<EntryMetadata> of_source(const Package& package) {
        EntryMetadata metadata;
        if (package.vcs && package.vcs->type != "git") {
            metadata.unknown = "it comes from " + printable(package.vcs->type);
            return metadata;
        }
        auto text = trees_->of_source(package.name, source_of(package, named_.directory));
        if (!text && text.error().kind == Error::Kind::permission) {
            metadata.unknown = "only a build can tell: --build allows it";
            return metadata;
        }
        if (!text) {
            return fail(std::move(text.error()));
        }
        pep::CoreMetadata core = TRY(pep::CoreMetadata::parse(*text));
        metadata.needs = std::move(core.requires_dist);
        metadata.requires_python = std::move(core.requires_python);
        for (pep::Requirement& need : metadata.needs) {
            if (!need.url.empty()) {
                need.url = canonical(need.url, named_.directory);
            }
        }
        return metadata;
    }

    const NamedLock& named_;
    const lock::Lock& lock_;
    VerifyOptions options_;
    Services& services_;
    index::Client* client_ = nullptr;
    std::unique_ptr<SourceTrees> trees_;
};

} // namespace

Result<lock::VerifyInput> verify_input(const NamedLock& named, const ReadLock& read,
                                       const VerifyOptions& options, Services& services) {
    lock::VerifyInput input{.lock = &read.lock};
    input.metadata = TRY(MetadataReader(named, read.lock, options, services).read());
    input.question.roots = TRY(asked(read.record.requirements, named.directory));
    input.question.constraints = TRY(asked(read.record.constraints, named.directory));
    input.question.overrides = TRY(asked(read.record.overrides, named.directory));
    input.question.excludes.insert(read.record.excludes.begin(), read.record.excludes.end());
    input.knows_roots = !read.record.requirements.empty();
    for (const Package& package : read.lock.packages) {
        const std::string source = source_of(package, named.directory);
        input.sources.push_back(source.empty() ? "" : canonical(source, named.directory));
    }
    input.left_out = left_out_by(read.record.conflicts);
    for (const std::string& text : read.record.required_environments) {
        input.required_environments.push_back(TRY(pep::Marker::parse(text)));
    }
    return input;
}

} // namespace pawl::ops
