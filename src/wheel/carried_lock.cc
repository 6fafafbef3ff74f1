// A lock in a wheel comes from whoever made the wheel, which is as trusted as the wheel's code, and
// says where further code is to be fetched, which is more than the wheel's code could say to an
// installer. So it is held to narrower rules than a lock that lies in the user's own folder: no
// paths at all (a wheel is one file, what lies around it on the user's disk is none of its
// business), every address by a host that can be shown to the user (hosts_of), and it must be an
// answer to what this very wheel asks for.
//
// That last question has an exact answer for one environment (check_chosen). For all environments
// at once it has one only if the lock says where it holds; tools exist that write a lock for the
// machine they run on and do not say so. What such a lock leaves out elsewhere is a warning here,
// and an error where somebody tries to install it there.

#include "wheel/carried_lock.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "base/url.h"
#include "lock/read.h"
#include "lock/sources.h"
#include "pep/marker_space.h"

namespace pawl::wheel {

namespace {

std::string described(const pep::CoreMetadata& wheel) {
    return wheel.name.str() + " " + wheel.version.str();
}

tl::unexpected<Error> foreign(const pep::CoreMetadata& wheel, std::string_view why) {
    return fail(Error::Kind::integrity,
                "the lock is not one of " + described(wheel) + ": " + std::string(why));
}

std::string version_text(const lock::Package& package) {
    return package.name.str() + (package.version ? " " + package.version->str() : "");
}

/// A lock of ours says whose it is.
Result<> check_project(const lock::Lock& lock, const pep::CoreMetadata& wheel) {
    const lock::ToolTable* table = lock.tool.find("pawl");
    if (table == nullptr) {
        return {};
    }
    text::TomlDocument document =
        TRY_IN("[tool.pawl] of the lock", text::TomlDocument::parse(table->document()));
    std::optional<std::string_view> project = TRY(document.root().get_string("project"));
    if (project && *project != wheel.name.str()) {
        return foreign(wheel, "it says that it is for " + printable(*project));
    }
    return {};
}

/// Takes the wheel's own entry out; true when there was one.
Result<bool> take_itself_out(lock::Lock& lock, const pep::CoreMetadata& wheel) {
    size_t before = lock.packages.size();
    for (const lock::Package& package : lock.packages) {
        bool agrees = !package.version || *package.version == wheel.version;
        if (package.name == wheel.name && !agrees) {
            return foreign(wheel, "it names " + version_text(package));
        }
    }
    std::erase_if(lock.packages,
                  [&](const lock::Package& package) { return package.name == wheel.name; });
    for (lock::Package& package : lock.packages) {
        std::erase_if(package.dependencies,
                      [&](const lock::Dependency& one) { return one.name == wheel.name; });
    }
    return lock.packages.size() < before;
}

tl::unexpected<Error> refuse_path(const lock::Package& package, std::string_view key) {
    return fail(Error{Error::Kind::refused, version_text(package) + ": " + std::string(key) +
                                                " is a path, and a lock from elsewhere has no "
                                                "place that a path could start from"}
                    .hint("lock from an index, so that every file has an address"));
}

/// Whether the locked version is one that the requirement takes; addresses are not compared.
bool satisfies(const lock::Package& package, const pep::Requirement& requirement) {
    return !package.version || !requirement.url.empty() ||
           requirement.specifiers.contains(*package.version, pep::Prereleases::yes);
}

/// Compares a lock with what its wheel asks for, over all environments of the lock.
class Comparison {
  public:
    Comparison(const lock::Lock& lock, const pep::CoreMetadata& wheel)
        : lock_(lock), wheel_(wheel) {
        if (lock.requires_python) {
            region_ = space_.from_requires_python(*lock.requires_python);
        }
        if (!lock.environments.empty()) {
            pep::MarkerId where = pep::MarkerId::never;
            for (const pep::Marker& marker : lock.environments) {
                where = space_.either(where, space_.from(marker));
            }
            region_ = space_.both(region_, where);
        }
    }

    Result<> check(const std::vector<std::string>& extras, std::vector<std::string>& warnings) {
        for (const pep::Requirement& requirement : wheel_.requires_dist) {
            if (requirement.name != wheel_.name) {
                TRY(check(requirement, extras, warnings));
            }
        }
        return {};
    }

  private:
    Result<> check(const pep::Requirement& requirement, const std::vector<std::string>& extras,
                   std::vector<std::string>& warnings) {
        pep::MarkerId marker =
            requirement.marker ? space_.from(*requirement.marker) : pep::MarkerId::always;
        pep::MarkerId where = space_.both(region_, space_.with_extras(marker, extras));
        pep::MarkerContext context{.extras = std::set<std::string>(extras.begin(), extras.end())};
        pep::MarkerId there = pep::MarkerId::never;
        for (const lock::Package* package : lock_.find(requirement.name)) {
            pep::MarkerId entry = package->marker
                                      ? space_.with_context(space_.from(*package->marker), context)
                                      : pep::MarkerId::always;
            if (!satisfies(*package, requirement) && !space_.are_disjoint(where, entry)) {
                return foreign(wheel_, "the wheel needs " + printable(requirement.str()) +
                                           ", the lock has " + version_text(*package));
            }
            there = space_.either(there, entry);
        }
        pep::MarkerId missing = space_.minus(where, there);
        if (missing == pep::MarkerId::never) {
            return {};
        }
        if (missing == region_) {
            return foreign(wheel_, "the wheel needs " + printable(requirement.str()) +
                                       ", the lock has no such project");
        }
        warnings.push_back("the lock has no " + requirement.name.str() + " where " +
                           printable(space_.text(space_.simplify(missing, region_))) +
                           ", and the wheel needs it there");
        return {};
    }

    const lock::Lock& lock_;
    const pep::CoreMetadata& wheel_;
    pep::MarkerSpace space_;
    pep::MarkerId region_ = pep::MarkerId::always;
};

Result<> check_fits(CarriedLock& carried, const pep::CoreMetadata& wheel) {
    Comparison comparison(carried.lock, wheel);
    TRY(comparison.check({}, carried.warnings));
    for (const pep::Name& extra : carried.lock.extras.value_or(std::vector<pep::Name>())) {
        std::vector<std::string> warnings;
        TRY(comparison.check({extra.str()}, warnings));
        for (std::string& warning : warnings) {
            if (std::ranges::find(carried.warnings, warning) == carried.warnings.end()) {
                carried.warnings.push_back(std::move(warning));
            }
        }
    }
    return {};
}

std::string strong_hash(const std::vector<Hash>& hashes) {
    for (const Hash& hash : hashes) {
        if (is_strong_algorithm(hash.algorithm)) {
            return hash.algorithm + ":" + hash.hex;
        }
    }
    return "";
}

} // namespace

Result<CarriedLock> read_carried_lock(std::string text, const pep::CoreMetadata& wheel) {
    lock::ReadResult read = TRY(lock::read(std::move(text)));
    CarriedLock carried{.lock = std::move(read.lock), .warnings = std::move(read.warnings)};
    TRY(check_project(carried.lock, wheel));
    carried.named_itself = TRY(take_itself_out(carried.lock, wheel));
    TRY(check_fits(carried, wheel));
    TRY(check_no_paths(carried.lock));
    return carried;
}

Result<> check_no_paths(const lock::Lock& lock) {
    for (const lock::Package& package : lock.packages) {
        if (package.directory) {
            return refuse_path(package, "directory");
        }
        if (package.vcs && (!package.vcs->path.empty() || package.vcs->url.empty())) {
            return refuse_path(package, "vcs.path");
        }
        if (package.archive && !package.archive->source.path.empty()) {
            return refuse_path(package, "archive.path");
        }
        if (package.sdist && !package.sdist->source.path.empty()) {
            return refuse_path(package, "sdist.path");
        }
        for (const lock::Wheel& wheel : package.wheels) {
            if (!wheel.source.path.empty()) {
                return refuse_path(package, "the path of " + printable(wheel.name));
            }
        }
    }
    return lock::check_sources(lock);
}

Result<> check_pythons(const lock::Lock& lock, const pep::CoreMetadata& wheel) {
    if (!lock.requires_python || !wheel.requires_python) {
        return {};
    }
    pep::MarkerSpace space;
    if (!space.implies(space.from_requires_python(*wheel.requires_python),
                       space.from_requires_python(*lock.requires_python))) {
        return fail(Error{Error::Kind::integrity, "the lock is for Python " +
                                                      printable(lock.requires_python->str()) +
                                                      ", and " + described(wheel) + " is for " +
                                                      printable(wheel.requires_python->str())}
                        .hint("lock for all Pythons of the wheel: leave requires-python to it"));
    }
    return {};
}

Result<> check_chosen(const std::vector<const lock::Package*>& chosen,
                      const pep::CoreMetadata& wheel, const ChosenFor& target) {
    std::vector<std::string> extras(target.extras.begin(), target.extras.end());
    pep::MarkerSpace space;
    for (const pep::Requirement& requirement : wheel.requires_dist) {
        pep::MarkerId marker = requirement.marker
                                   ? space.with_extras(space.from(*requirement.marker), extras)
                                   : pep::MarkerId::always;
        if (requirement.name == wheel.name || !space.evaluate(marker, *target.environment)) {
            continue;
        }
        auto found = std::ranges::find_if(chosen, [&](const lock::Package* package) {
            return package->name == requirement.name;
        });
        if (found == chosen.end() || !satisfies(**found, requirement)) {
            return foreign(
                wheel, "the wheel needs " + printable(requirement.str()) + " here, the lock has " +
                           (found == chosen.end() ? "no such project" : version_text(**found)));
        }
    }
    return {};
}

std::vector<HostUse> hosts_of(const lock::Lock& lock) {
    std::map<std::string, HostUse> hosts;
    auto add = [&hosts](const lock::Package& package, const std::string& address, std::string name,
                        std::string hash) {
        if (address.empty()) {
            return; // its index is asked, and that is the user's own
        }
        std::string_view text = address;
        size_t scheme = text.find("://");
        size_t plus = text.find('+'); // "git+https://"
        text.remove_prefix(plus < scheme ? plus + 1 : 0);
        Result<Url> url = Url::parse(text);
        // "git@host:path" is no URL and yet an address.
        std::string host(url ? url->host() : text.substr(0, text.find_first_of(":/")));
        HostUse& use = hosts[host];
        use.host = host;
        use.files.push_back({&package, std::move(name), std::move(hash),
                             url ? url->text_without_fragment() : printable(text)});
    };
    for (const lock::Package& package : lock.packages) {
        if (package.vcs) {
            add(package, package.vcs->url, "revision " + package.vcs->commit_id,
                package.vcs->type + ":" + package.vcs->commit_id);
        }
        if (package.archive) {
            add(package, package.archive->source.url, package.archive->file_name(),
                strong_hash(package.archive->source.hashes));
        }
        if (package.sdist) {
            add(package, package.sdist->source.url, package.sdist->name,
                strong_hash(package.sdist->source.hashes));
        }
        for (const lock::Wheel& one : package.wheels) {
            add(package, one.source.url, one.name, strong_hash(one.source.hashes));
        }
    }
    std::vector<HostUse> list;
    for (auto& [host, use] : hosts) {
        list.push_back(std::move(use));
    }
    return list;
}

} // namespace pawl::wheel
