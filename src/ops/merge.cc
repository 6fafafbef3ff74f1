// A merge of lines mixes halves of entries; here an entry is taken whole, and all entries of one
// project together. What only one side changed is taken from there; what both changed alike, too.
// Nothing is resolved: versions are those of one side or the other.

#include "ops/merge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/fs.h"
#include "base/text.h"
#include "exchange/format.h"
#include "lock/overlap.h"
#include "lock/write.h"
#include "ops/lock_document.h"
#include "ops/lock_record.h"
#include "ops/lock_steps.h"
#include "ops/merge_foreign.h"

namespace pawl::ops {

namespace {

using Entries = std::vector<lock::Package>;

/// One value of three; nothing when both sides changed it in two ways.
template <class T>
std::optional<T> merged(const T& base, const T& ours, const T& theirs) {
    if (ours == theirs || theirs == base) {
        return ours;
    }
    return ours == base ? std::optional<T>(theirs) : std::nullopt;
}

/// What either side added, without what either side took away; in order.
template <class T>
std::vector<T> merged_list(const std::vector<T>& base, const std::vector<T>& ours,
                           const std::vector<T>& theirs) {
    auto has = [](const std::vector<T>& list, const T& one) {
        return std::ranges::find(list, one) != list.end();
    };
    std::vector<T> list;
    for (const std::vector<T>* side : {&ours, &theirs}) {
        for (const T& one : *side) {
            bool is_gone = has(base, one) && (!has(ours, one) || !has(theirs, one));
            if (!is_gone && !has(list, one)) {
                list.push_back(one);
            }
        }
    }
    return list;
}

/// The entries as they stand in a lock.
std::string text_of(const Entries& entries) {
    lock::Lock lock;
    lock.created_by = "pawl";
    lock.packages = entries;
    std::string text = lock::write(std::move(lock));
    size_t begin = text.find("[[packages]]");
    return begin == text.npos ? std::string() : text.substr(begin);
}

class Merger {
  public:
    Merger(const lock::Lock& base, const lock::Lock& ours, const lock::Lock& theirs)
        : base_(base), ours_(ours), theirs_(theirs), lock_(ours) {}

    Result<> run() {
        TRY(merge_head());
        merge_packages();
        TRY(check_result());
        return {};
    }

    const std::vector<std::string>& conflicts() const { return conflicts_; }

    /// With conflict markers around what both sides changed.
    std::string text() const {
        std::string text = lock::write(lock_);
        for (const auto& [name, sides] : sides_) {
            std::string ours = text_of(sides.first);
            std::string theirs = text_of(sides.second);
            const std::string& present = ours.empty() ? theirs : ours;
            if (size_t at = text.find(present); at != text.npos) {
                text.replace(at, present.size(),
                             "<<<<<<< ours\n" + ours + "=======\n" + theirs + ">>>>>>> theirs\n");
            }
        }
        return text;
    }

  private:
    template <class T>
    void merge_value(std::string_view key, T lock::Lock::*member) {
        if (auto value = merged(base_.*member, ours_.*member, theirs_.*member)) {
            lock_.*member = std::move(*value);
        } else {
            conflicts_.emplace_back(key);
        }
    }

    template <class T>
    void merge_optional_list(std::optional<std::vector<T>> lock::Lock::*member) {
        auto list = [member](const lock::Lock& lock) {
            return (lock.*member).value_or(std::vector<T>());
        };
        if (ours_.*member || theirs_.*member) {
            lock_.*member = merged_list(list(base_), list(ours_), list(theirs_));
        }
    }

    Result<> merge_head() {
        merge_value("requires-python", &lock::Lock::requires_python);
        merge_value("environments", &lock::Lock::environments);
        merge_optional_list(&lock::Lock::extras);
        merge_optional_list(&lock::Lock::dependency_groups);
        lock_.default_groups =
            merged_list(base_.default_groups, ours_.default_groups, theirs_.default_groups);
        if (std::optional<lock::ToolTables> tool = merged(base_.tool, ours_.tool, theirs_.tool)) {
            lock_.tool = std::move(*tool);
            return {};
        }
        return merge_record();
    }

    /// Where both sides asked for something new, nobody has seen the whole input yet: without a
    /// digest the merged lock is judged by what it holds.
    Result<> merge_record() {
        LockRecord base = TRY_IN("base", read_record(base_));
        LockRecord ours = TRY_IN("ours", read_record(ours_));
        LockRecord theirs = TRY_IN("theirs", read_record(theirs_));
        for (auto list : {&LockRecord::requirements, &LockRecord::constraints,
                          &LockRecord::overrides, &LockRecord::excludes, &LockRecord::guessed,
                          &LockRecord::conflicts, &LockRecord::required_environments}) {
            ours.*list = merged_list(base.*list, ours.*list, theirs.*list);
        }
        ours.input_digest =
            merged(base.input_digest, ours.input_digest, theirs.input_digest).value_or("");
        ours.regions = merged(base.regions, ours.regions, theirs.regions).value_or(ours.regions);
        write_record(lock_, ours);
        return {};
    }

    static std::map<pep::Name, Entries> by_name(const lock::Lock& lock) {
        std::map<pep::Name, Entries> entries;
        for (const lock::Package& package : lock.packages) {
            entries[package.name].push_back(package);
        }
        return entries;
    }

    void merge_packages() {
        std::map<pep::Name, Entries> base = by_name(base_);
        std::map<pep::Name, Entries> ours = by_name(ours_);
        std::map<pep::Name, Entries> theirs = by_name(theirs_);
        std::set<pep::Name> names;
        for (const auto* side : {&ours, &theirs}) {
            for (const auto& entry : *side) {
                names.insert(entry.first);
            }
        }
        lock_.packages.clear();
        for (const pep::Name& name : names) {
            std::optional<Entries> entries = merged(base[name], ours[name], theirs[name]);
            if (!entries) {
                conflicts_.push_back(name.str());
                sides_.emplace(name, std::pair(ours[name], theirs[name]));
                entries = ours[name].empty() ? theirs[name] : ours[name];
            }
            lock_.packages.insert(lock_.packages.end(), entries->begin(), entries->end());
        }
    }

    /// Two sides that are right can be wrong together.
    Result<> check_result() {
        std::set<pep::Name> names;
        for (const lock::Package& package : lock_.packages) {
            names.insert(package.name);
        }
        for (const lock::Package& package : lock_.packages) {
            for (const lock::Dependency& dependency : package.dependencies) {
                if (!names.contains(dependency.name)) {
                    conflicts_.push_back(package.name.str() + " (which needs " +
                                         dependency.name.str() + ", and that is gone)");
                }
            }
        }
        LockRecord record = TRY(read_record(lock_));
        for (const lock::Overlap& overlap :
             TRY(lock::overlaps(lock_, left_out_by(record.conflicts)))) {
            conflicts_.push_back(lock_.packages[overlap.first].name.str() +
                                 " (two entries of which would apply at once)");
        }
        return {};
    }

    const lock::Lock& base_;
    const lock::Lock& ours_;
    const lock::Lock& theirs_;
    lock::Lock lock_;
    std::vector<std::string> conflicts_;
    std::map<pep::Name, std::pair<Entries, Entries>> sides_; ///< where both changed a project
};

/// By the name in the repository, since git's own files have none that tells.
std::optional<exchange::Format> format_of(const MergeRequest& request, std::string_view ours) {
    std::string_view shown = request.path.empty() ? request.ours : request.path;
    auto format = exchange::format_of_name(fs::base_name(shown));
    return format ? format : exchange::format_of_content(ours);
}

/// Another tool's lock, which must be one again when it is merged.
Result<> merge_foreign_locks(const MergeRequest& request, exchange::Format format,
                             Services& services) {
    const std::string& shown = request.path.empty() ? request.ours : request.path;
    if (format == exchange::Format::pipenv || format == exchange::Format::cyclonedx) {
        return fail(Error{Error::Kind::usage, printable(shown) + ": locks of this kind are merged "
                                                                 "by nobody but their own tool"}
                        .hint("take one side's, and lock again"));
    }
    const std::string ours = TRY(fs::read(request.ours));
    MergedText merged =
        merge_foreign(format, TRY(fs::read(request.base)), ours, TRY(fs::read(request.theirs)));
    const bool is_in_place = format == exchange::Format::requirements; // which its reader opens
    if (merged.conflicts.empty() && !is_in_place) {
        exchange::Context context = TRY(context_of(request.ours));
        context.pyproject.reset(); // may be merged or not
        Result<exchange::Document> read = exchange::read(merged.text, format, context);
        if (!read) {
            merged.conflicts.push_back("what would be no lock any more (" + read.error().message +
                                       ")");
            merged.text = ours;
        }
    }
    TRY(publish(TRY(fs::absolute(request.ours)), merged.text));
    if (merged.is_stale) {
        services.terminal().warn(printable(shown) +
                                 ": both sides asked for something new: its tool must lock again, "
                                 "which keeps the versions");
    }
    return merged.conflicts.empty()
               ? Result<>()
               : fail(Error{Error::Kind::check_failed, printable(shown) + ": both sides changed " +
                                                           printable(join_words(merged.conflicts))}
                          .hint("take one side's, and let its tool lock again"));
}

Result<lock::Lock> read_side(const std::string& path, Terminal& terminal) {
    std::string text = TRY(fs::read(path));
    if (trim(text).empty()) {
        return lock::Lock();
    }
    return TRY(read_known_lock(std::move(text), path, terminal)).lock.value_or(lock::Lock());
}

} // namespace

Result<> merge_locks(const MergeRequest& request, Services& services) {
    std::optional<exchange::Format> format = format_of(request, TRY(fs::read(request.ours)));
    if (format && *format != exchange::Format::pylock) {
        return merge_foreign_locks(request, *format, services);
    }
    lock::Lock base = TRY(read_side(request.base, services.terminal()));
    lock::Lock ours = TRY(read_side(request.ours, services.terminal()));
    lock::Lock theirs = TRY(read_side(request.theirs, services.terminal()));
    Merger merger(base, ours, theirs);
    TRY(merger.run());
    TRY(publish(TRY(fs::absolute(request.ours)), merger.text()));
    if (merger.conflicts().empty()) {
        return {};
    }
    const std::string& shown = request.path.empty() ? request.ours : request.path;
    return fail(Error{Error::Kind::check_failed, printable(shown) + ": both sides changed " +
                                                     printable(join_words(merger.conflicts()))}
                    .hint("take one side's, and let pawl lock find out what else must change"));
}

} // namespace pawl::ops
