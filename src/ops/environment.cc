#include "ops/environment.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/text.h"
#include "install/bytecode.h"
#include "install/plan.h"
#include "install/unpack.h"
#include "lock/sources.h"
#include "ops/direct_url.h"
#include "ops/source_tree.h"
#include "ops/wheel_arrivals.h"
#include "store/environments.h"
#include "store/wheel_entry.h"

namespace pawl::ops {

namespace {

/// A wheel of the lock on its way into the store.
struct Wanted {
    const lock::Package* package = nullptr;
    std::string file_name;
    const lock::FileSource* source = nullptr; ///< absent for what must be built
    std::string sha256;                       ///< "" when the lock only has other hashes
    bool is_direct = false;                   ///< asked for by its address
    std::optional<store::WheelEntry> entry;
};

std::string sha256_of(const lock::FileSource& source) {
    auto found = std::ranges::find(source.hashes, "sha256", &Hash::algorithm);
    return found == source.hashes.end() ? std::string() : found->hex;
}

Wanted wanted_of(const lock::Lock& lock, const lock::Selection& selection) {
    const lock::Package& package = lock.packages[selection.package];
    Wanted wanted{.package = &package};
    if (selection.kind == lock::Selection::Kind::wheel) {
        const lock::Wheel& wheel = package.wheels[selection.wheel];
        wanted.file_name = wheel.name;
        wanted.source = &wheel.source;
    } else if (selection.kind == lock::Selection::Kind::archive &&
               package.archive->file_name().ends_with(".whl")) {
        wanted.file_name = package.archive->file_name();
        wanted.source = &package.archive->source;
        wanted.is_direct = true;
    }
    if (wanted.source != nullptr) {
        wanted.sha256 = sha256_of(*wanted.source);
    }
    return wanted;
}

/// What the store has must be the project that the lock says (its name is found by hash alone).
Result<> check_entry(const Wanted& wanted, const store::WheelEntry& entry) {
    const store::WheelManifest& manifest = entry.manifest;
    bool same_version = true;
    if (wanted.package->version) {
        Result<pep::Version> version = pep::Version::parse(manifest.version);
        same_version = version && *version == *wanted.package->version;
    }
    if (manifest.name != wanted.package->name.str() || !same_version) {
        return fail(Error::Kind::integrity,
                    printable(wanted.file_name) + " holds " + printable(manifest.name) + " " +
                        printable(manifest.version) + ", the lock says " +
                        wanted.package->name.str() +
                        (wanted.package->version ? " " + wanted.package->version->str() : ""));
    }
    return {};
}

/// A wheel that is named by its address was chosen by nobody: it may be for another platform.
Result<> check_platform(const Wanted& wanted, const pep::TagSet& tags,
                        const python::Interpreter& interpreter) {
    if (!wanted.is_direct) {
        return {};
    }
    pep::WheelName name = TRY(pep::WheelName::parse(wanted.file_name));
    if (!tags.rank(name.tags)) {
        return fail(Error::Kind::environment, printable(wanted.file_name) +
                                                  " is not for this platform and " +
                                                  interpreter.describe());
    }
    return {};
}

/// Several at once: each manifest is read, and each file of a wheel is looked at. Those that the
/// environment of before was made of run unlooked at as long as it is there, and so they do here;
/// of them only the facts are read.
Result<> find_in_store(std::vector<Wanted>& all, const std::string& sibling, Services& services) {
    store::Store& store = *TRY(services.store());
    const std::set<std::string> used =
        sibling.empty() ? std::set<std::string>() : store::wheels_of_environment(sibling);
    std::vector<std::string> damages(all.size());
    TRY(parallel_for(all.size(), [&](size_t i) -> Result<> {
        Wanted& wanted = all[i];
        if (wanted.sha256.empty()) {
            return {};
        }
        store::FoundWheel found;
        if (used.contains(wanted.sha256)) {
            found.entry = TRY(store::find_wheel(store, wanted.sha256, store::ManifestPart::facts));
        } else {
            found = TRY(store::find_sound_wheel(store, wanted.sha256));
        }
        wanted.entry = std::move(found.entry);
        damages[i] = std::move(found.damage);
        return wanted.entry ? check_entry(wanted, *wanted.entry) : Result<>();
    }));
    for (const std::string& damage : damages) {
        if (!damage.empty()) {
            services.terminal().warn("the cache was damaged, and is mended: " + damage);
        }
    }
    return {};
}

/// A file on this disk: one of the lock's own, or one that was downloaded and `is_verified`.
struct LocalWheel {
    Wanted* wanted = nullptr;
    std::string path;
    bool is_verified = false;
};

Result<> unpack(const LocalWheel& file, const store::Store& store) {
    Wanted& wanted = *file.wanted;
    install::WheelSource source{.path = file.path,
                                .file_name = wanted.file_name,
                                .hashes = wanted.source->hashes,
                                .size_bytes = wanted.source->size_bytes,
                                .url = wanted.source->url};
    if (file.is_verified) {
        source.verified_sha256 = wanted.sha256;
    }
    wanted.entry = TRY(install::unpack_wheel(store, source));
    return check_entry(wanted, *wanted.entry);
}

Result<index::DistributionFile> distribution_of(const Wanted& wanted) {
    Url url = TRY_IN(wanted.package->name.str(), Url::parse(wanted.source->url));
    return index::DistributionFile{.file_name = wanted.file_name,
                                   .name = wanted.package->name.str(),
                                   .url = std::move(url),
                                   .hashes = wanted.source->hashes,
                                   .size_bytes = wanted.source->size_bytes,
                                   .index_url = wanted.package->index};
}

/// Downloads what is missing and unpacks each wheel as soon as it is there, several at once.
Result<> fetch_missing(std::vector<Wanted>& all, const EnvironmentRequest& request,
                       Services& services) {
    store::Store& store = *TRY(services.store());
    std::vector<LocalWheel> local;
    std::vector<LocalWheel> remote;
    std::vector<index::Download> downloads;
    std::optional<store::Staging> scratch;
    for (Wanted& wanted : all) {
        if (wanted.entry || wanted.source == nullptr) {
            continue;
        }
        if (!wanted.source->path.empty()) {
            local.push_back({&wanted, fs::join(request.lock_directory, wanted.source->path)});
            continue;
        }
        if (!scratch) {
            scratch = TRY(store.begin());
        }
        std::string path = fs::join(scratch->path(), std::to_string(remote.size()) + ".whl");
        downloads.push_back({TRY(distribution_of(wanted)), path});
        remote.push_back({&wanted, std::move(path), !wanted.sha256.empty()});
    }
    if (!downloads.empty()) {
        Timings::Scope scope(services.timings(), "download and unpack");
        index::Client& client = *TRY(services.index(request.settings));
        TRY(download_and_work(
            client, downloads, [&](size_t i) { return unpack(remote[i], store); },
            services.terminal()));
    }
    Timings::Scope scope(services.timings(), "unpack");
    return parallel_for(local.size(), [&](size_t i) { return unpack(local[i], store); });
}

Result<> build_missing(std::vector<Wanted>& all, const EnvironmentRequest& request,
                       Services& services) {
    SourceTrees sources(services, request.settings, request.interpreter, request.build_depth);
    for (Wanted& wanted : all) {
        if (wanted.entry) {
            continue;
        }
        if (request.settings.no_build) {
            return fail(Error{Error::Kind::permission,
                              wanted.package->name.str() +
                                  " has no wheel for this platform and can only be built, which is "
                                  "not allowed here"}
                            .hint(request.settings.build_advice));
        }
        wanted.entry = TRY_IN(wanted.package->name.str(),
                              sources.built_wheel({wanted.package, request.lock_directory}));
    }
    return {};
}

/// Reads the lists of files where the facts do not say enough. False when one of them is damaged.
Result<bool> read_needed_lists(WheelSet& set, const python::Interpreter& interpreter) {
    auto read = [&](const std::function<bool(uint32_t)>& is_needed) -> Result<bool> {
        std::vector<store::WheelEntry*> unread;
        for (uint32_t i = 0; i < set.wheels.size(); ++i) {
            if (set.wheels[i].manifest.files.empty() && is_needed(i)) {
                unread.push_back(&set.wheels[i]);
            }
        }
        Result<> done =
            parallel_for(unread.size(), [&](size_t i) { return store::read_list(*unread[i]); });
        if (!done && done.error().kind != Error::Kind::integrity) {
            return fail(std::move(done.error()));
        }
        return done.has_value();
    };
    auto is_read = [](const store::WheelEntry& wheel) { return !wheel.manifest.files.empty(); };
    if (std::ranges::all_of(set.wheels, is_read)) {
        return true; // there was no environment before
    }
    if (!TRY(read([&](uint32_t i) { return !set.wheels[i].manifest.data_directory.empty(); }))) {
        return false;
    }
    const install::Places places = install::Places::of_environment(interpreter.scheme);
    const std::set<uint32_t> without = TRY(install::items_without_need_of_lists(set.items, places));
    return read([&](uint32_t i) { return !without.contains(i); });
}

} // namespace

Result<WheelSet> wheels_of(const lock::Lock& lock, const EnvironmentRequest& request,
                           Services& services) {
    Timings::Scope scope(services.timings(), "wheels");
    pep::TagSet tags(request.interpreter->tags());
    std::vector<lock::Selection> selections = TRY(lock::select(
        lock, {.environment = request.interpreter->markers, .tags = &tags}, request.wanted));
    std::vector<Wanted> all;
    for (const lock::Selection& selection : selections) {
        all.push_back(wanted_of(lock, selection));
        TRY(check_platform(all.back(), tags, *request.interpreter));
    }
    TRY(find_in_store(all, request.sibling, services));
    auto is_there = [](const Wanted& one) { return one.entry.has_value(); };
    if (!std::ranges::all_of(all, is_there)) {
        TRY(fetch_missing(all, request, services));
        TRY(build_missing(all, request, services));
    }
    WheelSet set;
    set.wheels.reserve(all.size()); // the items point into it
    for (Wanted& wanted : all) {
        const store::WheelEntry& wheel = set.wheels.emplace_back(std::move(*wanted.entry));
        set.items.push_back({.sha256 = wheel.sha256,
                             .wheel = &wheel,
                             .requested = request.requested.contains(wanted.package->name.str()),
                             .direct_url = direct_url_of(*wanted.package, request.lock_directory)});
    }
    return set;
}

Result<install::Environment> environment_of(const lock::Lock& lock,
                                            const EnvironmentRequest& request, Services& services) {
    store::Store& store = *TRY(services.store());
    store::UseLease use = TRY(store::UseLease::acquire(store));
    WheelSet set = TRY(wheels_of(lock, request, services));
    Timings::Scope scope(services.timings(), "environment");
    if (!TRY(read_needed_lists(set, *request.interpreter))) {
        EnvironmentRequest whole = request; // which reads all, and fetches what is damaged
        whole.sibling.clear();
        set = TRY(wheels_of(lock, whole, services));
    }
    install::Environment environment =
        TRY(install::make_environment(store, *request.interpreter, set.items, request.sibling));
    if (request.build_depth == 0) { // who builds did not choose what the build needs
        for (const std::string& warning : environment.warnings) {
            services.terminal().warn(warning);
        }
    }
    if (environment.is_new) {
        install::compile_bytecode_later(*request.interpreter, set.wheels);
    }
    return environment;
}

} // namespace pawl::ops
