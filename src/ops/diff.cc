#include "ops/diff.h"

#include "base/text.h"
#include "lock/changes.h"
#include "ops/named_lock.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

using lock::Change;
using lock::PackageChange;
using text::Value;

std::string_view kind_name(PackageChange::Kind kind) {
    switch (kind) {
    case PackageChange::Kind::added:
        return "added";
    case PackageChange::Kind::removed:
        return "removed";
    case PackageChange::Kind::updated:
        return "updated";
    case PackageChange::Kind::changed:
        return "changed";
    }
    return "";
}

std::string from_to(const Change& change) {
    if (change.before.empty()) {
        return "added " + change.key + " " + change.after;
    }
    if (change.after.empty()) {
        return "removed " + change.key + " " + change.before;
    }
    return change.key + ": " + change.before + " -> " + change.after;
}

std::string line_of(const PackageChange& change) {
    const bool has_two =
        change.before != change.after && !change.before.empty() && !change.after.empty();
    const std::string& one = change.after.empty() ? change.before : change.after;
    std::string text(kind_name(change.kind));
    text.resize(8, ' ');
    return text + change.name.str() + " " + (has_two ? change.before + " -> " + change.after : one);
}

/// A release has dozens of files: of those that came or went the first ones stand for all.
std::vector<std::string> details_of(const PackageChange& package) {
    constexpr size_t shown_max = 3;
    std::vector<std::string> lines;
    size_t added = 0;
    size_t removed = 0;
    for (const Change& detail : package.details) {
        size_t* count = detail.key != "file" ? nullptr : detail.before.empty() ? &added : &removed;
        if (count == nullptr || ++*count <= shown_max) {
            lines.push_back(from_to(detail));
        }
    }
    auto summarize = [&lines](std::string_view what, size_t count) {
        if (count > shown_max) {
            lines.push_back(std::string(what) + " " + std::to_string(count - shown_max) +
                            " more files");
        }
    };
    summarize("removed", removed);
    summarize("added", added);
    return lines;
}

std::string text_of(const lock::Changes& changes) {
    std::string text;
    for (const Change& change : changes.lock) {
        text += "lock    " + printable(from_to(change)) + "\n";
    }
    for (const PackageChange& package : changes.packages) {
        text += printable(line_of(package)) + "\n";
        for (const std::string& detail : details_of(package)) {
            text += "        " + printable(detail) + "\n";
        }
    }
    return text;
}

Value json_of(const std::vector<Change>& changes) {
    Value list = Value::array();
    for (const Change& change : changes) {
        list.push_back(Value::object(
            {{"key", change.key}, {"before", change.before}, {"after", change.after}}));
    }
    return list;
}

Value json_of(const lock::Changes& changes) {
    Value packages = Value::array();
    for (const PackageChange& package : changes.packages) {
        packages.push_back(Value::object({{"change", kind_name(package.kind)},
                                          {"name", package.name.str()},
                                          {"before", package.before},
                                          {"after", package.after},
                                          {"details", json_of(package.details)}}));
    }
    return Value::object({{"equal", changes.is_empty()},
                          {"lock", json_of(changes.lock)},
                          {"packages", std::move(packages)}});
}

} // namespace

Result<> diff_locks(const DiffRequest& request, Services& services) {
    const NamedLock before_name = TRY(find_named_lock(request.before));
    const NamedLock after_name = TRY(find_named_lock(request.after));
    const ReadLock before = TRY(read_named_lock(before_name));
    const ReadLock after = TRY(read_named_lock(after_name));
    const lock::Changes changes = TRY(lock::changes(before.lock, after.lock));
    services.terminal().out(request.json ? text::to_json(json_of(changes), {.indent = 2}) + "\n"
                                         : text_of(changes));
    if (changes.is_empty()) {
        return {};
    }
    return fail(Error::Kind::check_failed,
                printable(before_name.name) + " and " + printable(after_name.name) + " differ");
}

} // namespace pawl::ops
