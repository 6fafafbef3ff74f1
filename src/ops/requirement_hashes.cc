#include "ops/requirement_hashes.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "ops/source_tree.h"

namespace pawl::ops {

namespace {

class HashReview {
  public:
    HashReview(const LockInput& input, Services& services) : input_(input), services_(services) {}

    Result<> review(lock::Package& package) {
        std::vector<const ApprovedHashes*> approved = approved_for(package);
        std::string name =
            package.name.str() + (package.version ? " " + package.version->str() : "");
        if (approved.empty()) {
            return input_.require_hashes ? without_hash(name) : Result<>();
        }
        if (package.vcs || package.directory) {
            return fail(Error::Kind::integrity,
                        approved[0]->origin + ": " + name +
                            " is a source tree, which has no hash to check");
        }
        size_t before = package.wheels.size() + (package.sdist ? 1 : 0);
        if (package.archive) {
            if (TRY(is_approved(package.archive->source, package.archive->file_name(), approved))) {
                return {};
            }
            return disagree(name, approved, 1);
        }
        std::vector<lock::Wheel> wheels;
        for (lock::Wheel& wheel : package.wheels) {
            if (TRY(is_approved(wheel.source, wheel.name, approved))) {
                wheels.push_back(std::move(wheel));
            }
        }
        package.wheels = std::move(wheels);
        if (package.sdist &&
            !TRY(is_approved(package.sdist->source, package.sdist->name, approved))) {
            package.sdist.reset();
        }
        return package.wheels.empty() && !package.sdist ? disagree(name, approved, before)
                                                        : Result<>();
    }

  private:
    /// Those for this version; should no line speak of it, all for the project.
    std::vector<const ApprovedHashes*> approved_for(const lock::Package& package) const {
        std::vector<const ApprovedHashes*> all;
        std::vector<const ApprovedHashes*> fitting;
        for (const ApprovedHashes& one : input_.hashes) {
            if (one.requirement.name != package.name) {
                continue;
            }
            all.push_back(&one);
            bool fits =
                !package.version || !one.requirement.url.empty() ||
                one.requirement.specifiers.contains(*package.version, pep::Prereleases::yes);
            if (fits) {
                fitting.push_back(&one);
            }
        }
        return fitting.empty() ? all : fitting;
    }

    Result<> without_hash(const std::string& name) const {
        return fail(Error{Error::Kind::integrity, name + " has no --hash in " +
                                                      printable(input_.name) +
                                                      ", and --require-hashes asks for one"}
                        .hint("add " + name +
                              " with its hashes, or leave --require-hashes away: the "
                              "lock itself holds a hash of every file"));
    }

    static tl::unexpected<Error> disagree(const std::string& name,
                                          const std::vector<const ApprovedHashes*>& approved,
                                          size_t files) {
        std::vector<std::string> origins;
        for (const ApprovedHashes* one : approved) {
            origins.push_back(printable(one->origin));
        }
        return fail(Error{Error::Kind::integrity, join_words(origins) + ": none of the " +
                                                      std::to_string(files) + " files of " + name +
                                                      " has a hash that is given there"}
                        .hint("the files on the index are not those that were approved"));
    }

    /// Whether a hash of the file is approved.
    Result<bool> is_approved(lock::FileSource& source, std::string_view file_name,
                             const std::vector<const ApprovedHashes*>& approved) {
        const Hash* unknown = nullptr;
        for (const ApprovedHashes* one : approved) {
            for (const Hash& hash : one->hashes) {
                auto same = std::ranges::find(source.hashes, hash.algorithm, &Hash::algorithm);
                if (same == source.hashes.end()) {
                    unknown = &hash;
                } else if (same->hex == hash.hex) {
                    return true;
                }
            }
        }
        if (unknown == nullptr) {
            return false;
        }
        source.hashes.push_back(TRY(computed(source, file_name, unknown->algorithm)));
        return TRY(is_approved(source, file_name, approved)); // one algorithm more is known now
    }

    Result<Hash> computed(const lock::FileSource& source, std::string_view file_name,
                          const std::string& algorithm) {
        std::string directory = input_.resolution.directory;
        std::string path = fs::join(directory, source.path);
        std::optional<store::Staging> scratch;
        if (source.path.empty()) {
            scratch = TRY(TRY(services_.store())->begin());
            path = fs::join(scratch->path(), "file");
            Url url = TRY(Url::parse(source.url));
            index::DistributionFile file{.file_name = std::string(file_name),
                                         .url = std::move(url),
                                         .hashes = source.hashes,
                                         .size_bytes = source.size_bytes};
            std::vector<index::Download> downloads = {{file, path}};
            TRY(TRY(services_.index(input_.resolution.settings))->download(downloads));
        }
        fs::MappedFile bytes = TRY(fs::MappedFile::open(path));
        return Hash{algorithm, digest_hex(algorithm, bytes.bytes())};
    }

    const LockInput& input_;
    Services& services_;
};

} // namespace

Result<> check_hashes(const LockInput& input, lock::Lock& lock, Services& services) {
    if (input.hashes.empty() && !input.require_hashes) {
        return {};
    }
    HashReview review(input, services);
    for (lock::Package& package : lock.packages) {
        TRY(review.review(package));
    }
    return {};
}

} // namespace pawl::ops
