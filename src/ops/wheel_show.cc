#include "ops/wheel_show.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "text/json.h"
#include "wheel/wheel.h"

namespace pawl::ops {

namespace {

constexpr uint64_t lock_bytes_max = uint64_t{64} << 20;

struct ShownLock {
    wheel::LockMember member;
    std::string problem; ///< why it cannot be used; "" when it can
    wheel::CarriedLock carried;
};

struct ShownWheel {
    std::string path, name, version;
    std::vector<ShownLock> locks;
    std::vector<std::string> strays;

    bool has_problem() const {
        return std::ranges::any_of(locks,
                                   [](const ShownLock& lock) { return !lock.problem.empty(); });
    }
};

ShownLock look_at(const wheel::LockMember& member, Result<std::string> text,
                  const pep::CoreMetadata& wheel) {
    ShownLock shown{.member = member, .problem = {}, .carried = {}};
    Result<wheel::CarriedLock> carried =
        text ? wheel::read_carried_lock(std::move(*text), wheel) : fail(std::move(text.error()));
    Result<> pythons = carried ? wheel::check_pythons(carried->lock, wheel) : Result<>();
    if (!carried || !pythons) {
        std::string& message = carried ? pythons.error().message : carried.error().message;
        shown.problem = message.substr(0, message.find('\n'));
    } else {
        shown.carried = std::move(*carried);
    }
    return shown;
}

Result<ShownWheel> look_at(const std::string& path) {
    if (!fs::exists(path)) {
        return fail(Error::Kind::usage, "there is no such wheel");
    }
    fs::MappedFile bytes = TRY(fs::MappedFile::open(path));
    wheel::WheelFile file = TRY(wheel::WheelFile::open(bytes.bytes(), fs::base_name(path)));
    const pep::CoreMetadata& metadata = file.metadata();
    ShownWheel shown{.path = path,
                     .name = metadata.name.str(),
                     .version = metadata.version.str(),
                     .locks = {},
                     .strays = file.locks().strays};
    for (const wheel::LockMember& member : file.locks().locks) {
        shown.locks.push_back(look_at(member, file.lock_text(member), metadata));
    }
    std::string sidecar = path + ".lock";
    if (fs::exists(sidecar)) {
        wheel::LockMember member{.place = wheel::LockPlace::sidecar, .name = {}, .path = sidecar};
        shown.locks.push_back(look_at(member, fs::read(sidecar, lock_bytes_max), metadata));
    }
    return shown;
}

std::vector<std::string> host_names(const lock::Lock& lock) {
    std::vector<std::string> names;
    for (const wheel::HostUse& use : wheel::hosts_of(lock)) {
        names.push_back(use.host);
    }
    return names;
}

std::string described(const ShownLock& shown) {
    const lock::Lock& lock = shown.carried.lock;
    size_t count = lock.packages.size();
    std::string text = std::to_string(count) + (count == 1 ? " package" : " packages");
    if (lock.requires_python) {
        text += ", Python " + lock.requires_python->str();
    }
    for (const pep::Marker& marker : lock.environments) {
        text += ", where " + marker.str();
    }
    std::vector<std::string> hosts = host_names(lock);
    return printable(text + (hosts.empty() ? "" : ", files from " + join_words(hosts)));
}

void print(const ShownWheel& wheel, Terminal& terminal) {
    std::string text = wheel.name + " " + printable(wheel.version) + " (" + printable(wheel.path) +
                       ")" + (wheel.locks.empty() ? ": no lock" : "") + "\n";
    for (const ShownLock& shown : wheel.locks) {
        text += "  " + printable(shown.member.path) + ": " +
                (shown.problem.empty() ? described(shown) : "BROKEN: " + shown.problem) + "\n";
        for (const std::string& warning : shown.carried.warnings) {
            text += "    " + printable(warning) + "\n";
        }
    }
    for (const std::string& stray : wheel.strays) {
        text += "  " + printable(stray) + ": not a lock's name, nobody looks at it\n";
    }
    terminal.out(text);
}

text::Value to_json(const ShownWheel& wheel) {
    auto list_of = [](const std::vector<std::string>& texts) {
        text::Value list = text::Value::array();
        for (const std::string& text : texts) {
            list.push_back(text);
        }
        return list;
    };
    text::Value locks = text::Value::array();
    for (const ShownLock& shown : wheel.locks) {
        const lock::Lock& lock = shown.carried.lock;
        text::Value one = text::Value::object({{"name", shown.member.name},
                                               {"path", shown.member.path},
                                               {"place", lock_place_name(shown.member.place)}});
        if (!shown.problem.empty()) {
            one.set("problem", shown.problem);
            locks.push_back(std::move(one));
            continue;
        }
        text::Value packages = text::Value::array();
        for (const lock::Package& package : lock.packages) {
            packages.push_back(text::Value::object(
                {{"name", package.name.str()},
                 {"version",
                  package.version ? text::Value(package.version->str()) : text::Value(nullptr)}}));
        }
        one.set("packages", std::move(packages));
        if (lock.requires_python) {
            one.set("requires_python", lock.requires_python->str());
        }
        one.set("hosts", list_of(host_names(lock)));
        one.set("warnings", list_of(shown.carried.warnings));
        locks.push_back(std::move(one));
    }
    return text::Value::object({{"file", wheel.path},
                                {"name", wheel.name},
                                {"version", wheel.version},
                                {"locks", std::move(locks)},
                                {"strays", list_of(wheel.strays)}});
}

} // namespace

Result<> show_wheels(const WheelShowRequest& request, Services& services) {
    text::Value list = text::Value::array();
    std::vector<std::string> broken;
    for (const std::string& path : request.wheels) {
        ShownWheel wheel = TRY_IN(printable(path), look_at(path));
        if (wheel.has_problem()) {
            broken.push_back(printable(path));
        }
        if (request.json) {
            list.push_back(to_json(wheel));
        } else {
            print(wheel, services.terminal());
        }
    }
    if (request.json) {
        services.terminal().out(
            text::to_json(text::Value::object({{"wheels", std::move(list)}}), {.indent = 2}) +
            "\n");
    }
    if (!broken.empty()) {
        return fail(Error::Kind::check_failed,
                    "a lock in " + join_words(broken) + " cannot be used");
    }
    return {};
}

} // namespace pawl::ops
