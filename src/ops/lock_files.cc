#include "ops/lock_files.h"

#include <algorithm>

#include "base/fs.h"
#include "base/paths.h"
#include "base/sha256.h"
#include "base/text.h"

namespace pawl::ops {

LockFiles::LockFiles(IndexProvider& provider, SourceTrees& sources, pep::MarkerSpace& space,
                     LockFilesOptions options)
    : provider_(provider), sources_(sources), space_(space), options_(std::move(options)) {}

Result<std::vector<lock::Package>> LockFiles::packages(const resolve::Solution& solution) {
    std::vector<lock::Package> packages;
    packages.reserve(solution.packages.size());
    for (const resolve::Package& resolved : solution.packages) {
        packages.push_back(TRY_IN(resolved.name.str() + " " + resolved.version.str(),
                                  package(solution, resolved)));
    }
    return packages;
}

Result<lock::Package> LockFiles::package(const resolve::Solution& solution,
                                         const resolve::Package& resolved) {
    lock::Package entry{.name = resolved.name, .version = resolved.version};
    entry.marker = space_.marker(resolved.marker);
    const resolve::ReleaseMetadata* metadata =
        TRY(provider_.metadata(resolved.name, resolved.source, resolved.release));
    Result<pep::Specifiers> pythons = pep::Specifiers::parse(metadata->requires_python);
    if (!metadata->requires_python.empty() && pythons) {
        entry.requires_python = requires_python(*pythons, resolved);
    }
    entry.dependencies = dependencies(solution, resolved);
    TRY(resolved.source.empty()
            ? add_files(resolved, entry)
            : sources_.describe(resolved.source, options_.lock_directory, entry));
    return entry;
}

/// Installers stop at an entry whose requires-python does not hold. The resolver went by its lower
/// bound alone (see resolve::python_support), so where the lock goes beyond the upper one the entry
/// says no more than that.
std::optional<pep::Specifiers> LockFiles::requires_python(const pep::Specifiers& pythons,
                                                          const resolve::Package& resolved) {
    if (space_.implies(resolved.where, space_.from_requires_python(pythons))) {
        return pythons;
    }
    const auto intervals = pythons.set().intervals();
    if (intervals.empty() || !intervals.front().begin) {
        return std::nullopt;
    }
    auto lower = pep::Specifiers::parse(
        pep::VersionSet::between(intervals.front().begin, std::nullopt).str());
    return lower ? std::optional(std::move(*lower)) : std::nullopt;
}

/// Whether the answer has another entry like this one. Like ones stand side by side.
template <class Alike>
static bool has_rival(const resolve::Solution& solution, uint32_t place, const Alike& alike) {
    const std::vector<resolve::Package>& all = solution.packages;
    return (place > 0 && alike(all[place - 1])) ||
           (place + 1 < all.size() && alike(all[place + 1]));
}

std::vector<lock::Dependency> LockFiles::dependencies(const resolve::Solution& solution,
                                                      const resolve::Package& resolved) {
    std::vector<lock::Dependency> list;
    for (const resolve::Edge& edge : resolved.dependencies) {
        const resolve::Package& target = solution.packages[edge.target];
        lock::Dependency dependency{.name = target.name};
        // Only as many keys as are needed to tell one entry from another.
        if (target.source.empty() &&
            has_rival(solution, edge.target, [&target](const resolve::Package& other) {
                return other.name == target.name;
            })) {
            dependency.version = target.version;
            if (has_rival(solution, edge.target, [&target](const resolve::Package& other) {
                    return other.name == target.name && other.version == target.version;
                })) {
                dependency.marker = space_.text(target.marker);
            }
        }
        if (std::ranges::find(list, dependency) == list.end()) {
            list.push_back(std::move(dependency));
        }
    }
    return list;
}

/// Wheels that no environment of the lock takes only make it longer.
bool LockFiles::can_be_used(std::string_view tags, const resolve::Package& resolved) {
    return !space_.are_disjoint(provider_.environments_of(tags), resolved.where);
}

/// A broken hash is not "no hash": somebody wanted the file to be checked.
static Result<> check_hashes(std::string_view file_name, const std::vector<Hash>& hashes) {
    for (const Hash& hash : hashes) {
        if (is_known_algorithm(hash.algorithm) &&
            (hash.hex.size() != digest_hex_length(hash.algorithm) || !is_hex(hash.hex))) {
            return fail(Error::Kind::integrity, printable(file_name) + ": the index gives a " +
                                                    hash.algorithm + " that is none: \"" +
                                                    printable(hash.hex) + "\"");
        }
    }
    return {};
}

Result<lock::FileSource> LockFiles::source_of(const index::ProjectFiles& page, uint32_t row) {
    index::FileView file = page.file(row);
    lock::FileSource source{.size_bytes = file.size_bytes,
                            .upload_time = file.upload_time,
                            .hashes = index::hashes_of(file)};
    TRY(check_hashes(file.file_name, source.hashes));
    if (file.url.starts_with("file:")) {
        Url url = TRY(Url::parse(file.url));
        source.path = fs::relative_path(TRY(url.local_path()), options_.lock_directory);
    } else {
        source.url = file.url;
    }
    bool strong = std::ranges::any_of(
        source.hashes, [](const Hash& hash) { return is_strong_algorithm(hash.algorithm); });
    if (!strong) {
        // An index without hashes: the file itself is asked, once.
        source.hashes = {TRY(sources_.hash_of(page.distribution(row)))};
    }
    return source;
}

Result<> LockFiles::add_files(const resolve::Package& resolved, lock::Package& entry) {
    auto [page, version_row] = provider_.page_row(resolved.name, resolved.release);
    index::VersionView version = page.version(version_row);
    FormatRule rule = options_.formats.rule(resolved.name);
    for (uint32_t row = version.file_first; row < version.file_first + version.file_count; ++row) {
        index::FileView view = page.file(row);
        bool is_wheel = view.kind == index::FileKind::wheel;
        bool is_ruled_out = is_wheel ? !rule.wheels : !rule.sdists;
        if (is_ruled_out || view.is_too_new || (is_wheel && !can_be_used(view.tags, resolved))) {
            continue;
        }
        lock::FileSource source = TRY(source_of(page, row));
        std::string name(view.file_name);
        entry.index = view.index_url;
        if (is_wheel) {
            entry.wheels.push_back({std::move(name), std::move(source)});
        } else if (!entry.sdist || name.ends_with(".tar.gz")) {
            entry.sdist = lock::Sdist{std::move(name), std::move(source)};
        }
    }
    if (entry.wheels.empty() && !entry.sdist) {
        return fail(Error::Kind::environment, "no file of this release can be used");
    }
    return {};
}

} // namespace pawl::ops
