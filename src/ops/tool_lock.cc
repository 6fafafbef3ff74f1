// What lies in dist-info's pylock/ was put there to be found: whatever is wrong with it is an
// error, for installing something else than the author tested is not what the user asked for.
// A pylock.toml among a package's own data may be there for other reasons (a tool that works on
// locks ships some), and a server may answer the address of a sidecar with anything: there, what
// does not fit is passed over with a warning, unless the user insists on a lock.

#include "ops/tool_lock.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "install/unpack.h"
#include "wheel/carried_lock.h"

namespace pawl::ops {

namespace {

constexpr uint64_t lock_bytes_max = uint64_t{64} << 20;

wheel::LockMembers members_of(const store::WheelManifest& manifest) {
    std::vector<std::string> paths;
    for (const store::WheelFile& file : manifest.files) {
        paths.push_back(file.path);
    }
    return wheel::find_lock_members(paths, {manifest.dist_info, manifest.data_directory});
}

/// The store keeps no RECORD, but what it did not list.
Result<> check_listed(const store::WheelManifest& manifest, const std::string& path) {
    const std::string warning = install::unlisted_warning(path);
    if (std::ranges::find(manifest.warnings, warning) == manifest.warnings.end()) {
        return {};
    }
    return fail(
        Error{Error::Kind::integrity, printable(manifest.file_name) + ": " + warning +
                                          ": the lock was not put there by who made the wheel"}
            .hint("tell its project; --no-lock installs without it"));
}

std::string described(const ToolWheel& wheel) {
    return wheel.metadata.name.str() + " " + wheel.metadata.version.str();
}

/// A lock of dist-info that RECORD does not list never got into the store.
Result<> check_no_smuggled_lock(const ToolWheel& wheel, const ToolLockChoice& choice) {
    const store::WheelManifest& manifest = wheel.entry.manifest;
    return check_listed(manifest, wheel::lock_member_path(
                                      {manifest.dist_info, manifest.data_directory}, choice.name));
}

Result<std::string> text_of(const ToolWheel& wheel, const wheel::LockMember& member) {
    TRY(check_listed(wheel.entry.manifest, member.path));
    return fs::read(wheel.entry.files() + "/" + member.path, lock_bytes_max);
}

/// What lies beside the wheel; nothing for a server that does not answer with a lock.
struct Sidecar {
    wheel::LockMember member;
    std::string text;
};
Result<std::optional<Sidecar>> find_sidecar(const ToolWheel& wheel, const Settings& settings,
                                            Services& services) {
    Sidecar sidecar{.member = {.place = wheel::LockPlace::sidecar, .name = {}, .path = {}},
                    .text = {}};
    const lock::FileSource& from =
        wheel.package.archive ? wheel.package.archive->source : wheel.package.wheels.at(0).source;
    if (!from.path.empty()) {
        sidecar.member.path = from.path + ".lock";
        if (!fs::exists(sidecar.member.path)) {
            return std::optional<Sidecar>();
        }
        sidecar.text = TRY(fs::read(sidecar.member.path, lock_bytes_max));
        return std::optional(std::move(sidecar));
    }
    if (settings.offline) {
        return std::optional<Sidecar>();
    }
    Url address = wheel::sidecar_of(TRY(Url::parse(from.url)));
    index::Client& client = *TRY(services.index(settings));
    Result<std::optional<std::string>> text = client.fetch_if_there(address, lock_bytes_max);
    if (!text || !*text) {
        if (!text) {
            services.terminal().warn(described(wheel) + ": whether a lock lies beside the wheel " +
                                     "could not be found out: " + text.error().message);
        }
        return std::optional<Sidecar>();
    }
    sidecar.member.path = address.text();
    sidecar.text = std::move(**text);
    return std::optional(std::move(sidecar));
}

/// Which lock counts. Two packages that have one may be about anything, too.
Result<std::optional<wheel::LockMember>> choose(const ToolWheel& wheel,
                                                const wheel::LockMembers& members,
                                                const ToolLockChoice& choice, Terminal& terminal) {
    Result<std::optional<wheel::LockMember>> member = wheel::choose_lock(members, choice.name);
    if (!member && !choice.locked && choice.name.empty()) {
        terminal.warn(described(wheel) + ": " + member.error().message + ": both are passed over");
        return std::optional<wheel::LockMember>();
    }
    return member ? std::move(member)
                  : fail(std::move(member.error())
                             .in(described(wheel))
                             .hint("tell its project; --no-lock installs without a lock"));
}

/// Reads the chosen lock; nothing when it is passed over.
Result<std::optional<ToolLock>> read_lock(const wheel::LockMember& member, std::string text,
                                          const ToolWheel& wheel, const ToolLockChoice& choice,
                                          Services& services) {
    std::string place = described(wheel) + ": " + printable(member.path);
    Result<wheel::CarriedLock> carried = wheel::read_carried_lock(std::move(text), wheel.metadata);
    bool is_meant =
        member.place == wheel::LockPlace::dist_info || choice.locked || !choice.name.empty();
    if (!carried && !is_meant) {
        services.terminal().warn(
            place + " is passed over: " +
            carried.error().message.substr(0, carried.error().message.find('\n')));
        return std::optional<ToolLock>();
    }
    if (!carried) {
        return fail(std::move(carried.error())
                        .in(place)
                        .hint("tell its project; --no-lock installs without the lock"));
    }
    for (const std::string& warning : carried->warnings) {
        services.terminal().detail(place + ": " + printable(warning));
    }
    return std::optional(ToolLock{member, std::move(carried->lock)});
}

/// Nothing was found: an error when the user insists, else a word about locks with names.
Result<> tell_none(const ToolWheel& wheel, const wheel::LockMembers& members,
                   const ToolLockChoice& choice, Terminal& terminal) {
    std::vector<std::string> names;
    for (const wheel::LockMember& member : members.locks) {
        if (!member.name.empty()) {
            names.push_back(member.name);
        }
    }
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::string what = described(wheel) + " carries no lock";
    if (!choice.name.empty()) {
        what += " \"" + printable(choice.name) + "\"";
    }
    std::string others = names.empty() ? "" : "it has " + join_words(names) + ": --lock NAME";
    if (choice.locked || !choice.name.empty()) {
        Error error{Error::Kind::check_failed, std::move(what)};
        return others.empty() ? fail(std::move(error)) : fail(std::move(error).hint(others));
    }
    if (!others.empty()) {
        terminal.warn(what + " for everybody; " + others);
    }
    return {};
}

} // namespace

Result<std::optional<ToolLock>> find_tool_lock(const ToolWheel& wheel, const ToolLockChoice& choice,
                                               const Settings& settings, Services& services) {
    if (choice.no_lock) {
        return std::optional<ToolLock>();
    }
    TRY(check_no_smuggled_lock(wheel, choice));
    wheel::LockMembers members = members_of(wheel.entry.manifest);
    for (const std::string& stray : members.strays) {
        services.terminal().warn(described(wheel) + ": " + printable(stray) +
                                 " is not a lock's name, nobody looks at it");
    }
    std::optional<ToolLock> found;
    if (std::optional<wheel::LockMember> member =
            TRY(choose(wheel, members, choice, services.terminal()))) {
        std::string text = TRY(text_of(wheel, *member));
        found = TRY(read_lock(*member, std::move(text), wheel, choice, services));
    }
    if (!found && choice.name.empty()) {
        if (std::optional<Sidecar> sidecar = TRY(find_sidecar(wheel, settings, services))) {
            found =
                TRY(read_lock(sidecar->member, std::move(sidecar->text), wheel, choice, services));
        }
    }
    if (!found) {
        TRY(tell_none(wheel, members, choice, services.terminal()));
    }
    return found;
}

} // namespace pawl::ops
