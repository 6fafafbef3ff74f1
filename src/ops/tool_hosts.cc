#include "ops/tool_hosts.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "wheel/carried_lock.h"

namespace pawl::ops {

namespace {

using wheel::HostUse;

std::string host_of(std::string_view address) {
    Result<Url> url = Url::parse(address);
    return url ? std::string(url->host()) : std::string();
}

/// Hosts that need no word: where the lock came from, the user's indexes, the user's list.
Result<std::set<std::string>> plain_hosts(const LockOrigin& origin, const Settings& settings,
                                          const std::vector<std::string>& allowed) {
    std::set<std::string> hosts;
    hosts.insert(host_of(origin.url));
    for (const index::Source& source : TRY(index_options(settings)).sources) {
        hosts.insert(std::string(source.url.host()));
    }
    for (const std::vector<std::string>* list : {&allowed, &settings.allowed_hosts}) {
        for (const std::string& host : *list) {
            hosts.insert(host);
        }
    }
    hosts.erase("");
    return hosts;
}

/// Whether one of the user's indexes has one of these files at this host itself, as indexes do
/// whose files are elsewhere (pypi.org and files.pythonhosted.org).
bool is_file_host(const HostUse& use, const Settings& settings, Services& services) {
    constexpr size_t pages_max = 3;
    if (settings.no_index) {
        return false;
    }
    Result<index::Client*> client = services.index(settings);
    for (size_t i = 0; client && i < std::min(pages_max, use.files.size()); ++i) {
        const HostUse::File& wanted = use.files[i];
        index::ProjectId project = (*client)->project(wanted.package->name);
        (*client)->request_project(project);
        Result<index::ProjectAnswer> answer = (*client)->wait_project(project);
        if (!answer) {
            services.terminal().detail(answer.error().message);
            return false;
        }
        for (uint32_t row = 0; row < answer->files.file_count(); ++row) {
            index::FileView file = answer->files.file(row);
            if (file.file_name == wanted.name && host_of(file.url) == use.host) {
                return true;
            }
        }
    }
    return false;
}

/// "  click 8.1.7  click-8.1.7-py3-none-any.whl  sha256:…" for each file, not too many.
std::string listed(const HostUse& use) {
    constexpr size_t shown_max = 30;
    std::string text;
    for (size_t i = 0; i < std::min(shown_max, use.files.size()); ++i) {
        const HostUse::File& file = use.files[i];
        text += "\n    " + file.package->name.str() +
                (file.package->version ? " " + file.package->version->str() : "") + "  " +
                printable(file.name) + "  " + printable(file.hash);
    }
    if (use.files.size() > shown_max) {
        text += "\n    and " + std::to_string(use.files.size() - shown_max) + " more";
    }
    return text;
}

std::vector<std::string> projects_of(const HostUse& use) {
    std::set<std::string> names;
    for (const HostUse::File& file : use.files) {
        names.insert(file.package->name.str());
    }
    return {names.begin(), names.end()};
}

} // namespace

Result<> agree_to_hosts(const lock::Lock& lock, const LockOrigin& origin, const Settings& settings,
                        std::vector<std::string>& allowed, Services& services) {
    std::set<std::string> plain = TRY(plain_hosts(origin, settings, allowed));
    for (const HostUse& use : wheel::hosts_of(lock)) {
        if (plain.contains(use.host) || is_file_host(use, settings, services)) {
            continue;
        }
        std::string host = printable(use.host);
        std::string question =
            "The lock of " + printable(origin.name) + " takes files from " + host +
            ", which is neither where it came from nor an index of yours:" + listed(use) +
            "\nTake them from there?";
        if (services.terminal().confirm(question)) {
            allowed.push_back(use.host);
            continue;
        }
        Error error{Error::Kind::permission,
                    "the lock of " + printable(origin.name) + " takes files from " + host + " (" +
                        printable(join_words(projects_of(use))) +
                        "), which is neither where it came from nor an index of yours"};
        return fail(std::move(error).hint("if you trust that host: --allow-host " + host +
                                          " (every file has its hash in the lock)"));
    }
    return {};
}

} // namespace pawl::ops
