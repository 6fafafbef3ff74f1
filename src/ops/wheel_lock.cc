#include "ops/wheel_lock.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "lock/write.h"
#include "ops/lock_steps.h"
#include "ops/project_input.h"
#include "pep/marker_space.h"
#include "pep/tag_marker.h"
#include "wheel/wheel.h"

namespace pawl::ops {

namespace {

/// Where the locked wheel goes. A wheel that nobody may write to is not replaced behind its
/// owner's back.
Result<std::string> output_path(const WheelLockRequest& request) {
    if (!fs::exists(request.wheel)) {
        return fail(Error::Kind::usage, "there is no wheel " + printable(request.wheel));
    }
    std::string path = TRY(fs::real_path(request.wheel));
    if (!request.output_directory.empty()) {
        TRY(fs::make_directories(request.output_directory));
        return fs::join(TRY(fs::absolute(request.output_directory)), fs::base_name(request.wheel));
    }
    std::optional<fs::FileStat> found = TRY(fs::stat(path));
    constexpr uint32_t write_bits = 0222;
    if (found && (found->mode & write_bits) == 0) {
        return fail(Error{Error::Kind::permission, printable(request.wheel) + " is read-only"}.hint(
            "make it writable, or put the locked one elsewhere with --output-dir DIR"));
    }
    return path;
}

/// The lock of that name which is in the wheel already; one that cannot be used counts as none.
std::optional<lock::Lock> present_lock(const wheel::WheelFile& file, std::string_view name) {
    for (const wheel::LockMember& member : file.locks().locks) {
        if (member.place != wheel::LockPlace::dist_info || member.name != name) {
            continue;
        }
        Result<std::string> text = file.lock_text(member);
        Result<wheel::CarriedLock> carried =
            text ? wheel::read_carried_lock(std::move(*text), file.metadata())
                 : fail(std::move(text.error()));
        if (carried) {
            return std::move(carried->lock);
        }
    }
    return std::nullopt;
}

/// A wheel for some platforms or Pythons only needs no lock for the others.
void restrict_to_tags(const wheel::WheelFile& file, ResolutionRequest& resolution) {
    bool is_pure = std::ranges::any_of(file.name().tags, [](const pep::Tag& tag) {
        return tag.python == "py3" && tag.abi == "none" && tag.platform == "any";
    });
    if (is_pure) {
        return;
    }
    pep::MarkerSpace space;
    pep::MarkerId where = pep::TagEnvironments(space).of(file.name().tags);
    pep::MarkerId pythons = space.from_requires_python(resolution.requires_python);
    if (space.are_disjoint(where, pythons)) {
        return; // the resolution says so
    }
    pep::MarkerId rest = space.simplify(where, pythons);
    if (std::optional<pep::Marker> marker = space.marker(rest)) {
        resolution.environments = {std::move(*marker)};
    }
}

/// What the wheel says of itself, with those of its extras that the lock is to have.
Result<pep::CoreMetadata> wanted_metadata(const wheel::WheelFile& file,
                                          const WheelLockRequest& request) {
    pep::CoreMetadata metadata = file.metadata();
    if (request.extras.empty() && !request.no_extras) {
        return metadata;
    }
    std::vector<pep::Name> wanted;
    for (const std::string& extra : request.extras) {
        pep::Name name = TRY_IN("--extra", pep::Name::parse(extra));
        if (std::ranges::find(metadata.provides_extra, name) == metadata.provides_extra.end()) {
            std::vector<std::string> names;
            for (const pep::Name& one : metadata.provides_extra) {
                names.push_back(one.str());
            }
            return fail(
                Error{Error::Kind::usage, "the wheel has no extra \"" + name.str() + "\""}.hint(
                    names.empty() ? "it has none at all" : "it has " + join_words(names)));
        }
        wanted.push_back(std::move(name));
    }
    metadata.provides_extra = std::move(wanted);
    return metadata;
}

/// Resolves what the wheel asks for, in the versions that its present lock has where they fit.
Result<lock::Lock> resolve_for(const wheel::WheelFile& file, const WheelLockRequest& request,
                               Services& services) {
    std::string name(fs::base_name(request.wheel));
    pep::CoreMetadata metadata = TRY_IN(printable(name), wanted_metadata(file, request));
    LockInput input = TRY(metadata_input(metadata, name, services));
    ResolutionRequest& resolution = input.resolution;
    std::optional<lock::Lock> known = present_lock(file, request.name);
    if (known) {
        resolution.previous = &*known;
        keep_recorded(resolution, TRY(read_record(*known)));
    }
    TRY(add_upgrades(resolution, request.upgrade, request.upgrade_packages));
    restrict_to_tags(file, resolution);
    if (!request.environments.empty()) {
        resolution.environments.clear();
        TRY(restrict_environments(resolution, {.asked = {.environments = request.environments}}, {},
                                  services));
    }
    if (!file.metadata().requires_python) {
        services.terminal().note(printable(name) +
                                 " does not say for which Pythons it is: locked "
                                 "for " +
                                 resolution.requires_python.str());
    }
    lock::Lock lock = TRY_IN(printable(name), resolve_input(input, services));
    LockRecord record = TRY(read_record(lock));
    record.project = file.metadata().name.str();
    write_record(lock, record);
    return lock;
}

/// A lock that the user made, without the entry of the wheel itself.
Result<std::string> given_lock(const wheel::WheelFile& file, const WheelLockRequest& request,
                               Services& services) {
    std::string text = TRY(fs::read(request.lock));
    wheel::CarriedLock carried =
        TRY_IN(printable(request.lock), wheel::read_carried_lock(text, file.metadata()));
    TRY_IN(printable(request.lock), wheel::check_pythons(carried.lock, file.metadata()));
    if (!carried.named_itself) {
        return text;
    }
    services.terminal().note("left out " + file.metadata().name.str() +
                             " itself, which a lock in its own wheel cannot hold");
    return lock::write(carried.lock);
}

} // namespace

Result<> lock_wheel(const WheelLockRequest& request, Services& services) {
    if (!request.name.empty()) {
        TRY_IN("--name", wheel::check_lock_name(request.name));
    }
    std::string shown = printable(request.wheel);
    std::string output = TRY(output_path(request));
    fs::MappedFile bytes = TRY(fs::MappedFile::open(request.wheel));
    wheel::WheelFile file =
        TRY_IN(shown, wheel::WheelFile::open(bytes.bytes(), fs::base_name(request.wheel)));
    TRY_IN(shown, file.check_unsigned());
    TRY_IN(shown, file.check_record());
    std::optional<lock::Lock> before = present_lock(file, request.name);
    std::string text = request.lock.empty() ? lock::write(TRY(resolve_for(file, request, services)))
                                            : TRY(given_lock(file, request, services));
    wheel::CarriedLock carried = TRY_IN(shown, wheel::read_carried_lock(text, file.metadata()));
    for (const std::string& warning : carried.warnings) {
        services.terminal().warn(printable(warning));
    }
    std::string locked = TRY_IN(shown, file.with_lock(request.name, text));
    bool is_written = TRY(publish(output, locked));
    std::string changes = changes_between(before ? &*before : nullptr, carried.lock);
    size_t count = carried.lock.packages.size();
    services.terminal().note(
        (is_written ? "locked " + file.metadata().name.str() + " " + file.metadata().version.str() +
                          " in " + printable(output)
                    : shown + ": unchanged") +
        " (" + std::to_string(count) + (count == 1 ? " package" : " packages") +
        (changes.empty() || !is_written ? "" : ": " + changes) + ")");
    return {};
}

} // namespace pawl::ops
