#pragma once
// Durable or verified: what a power cut may do to an entry, and what it costs us.
//
// A rename can reach the disk before the bytes of the renamed files: after a power cut an entry
// may have its name and empty files. Syncing before the rename is too slow for the hot path
// (0.3 to 1.8 s for 1,230 files, measured). Instead each entry says under which start of the
// kernel it was published (/proc/sys/kernel/random/boot_id), in the target of a symbolic link that
// one readlink gets: while that start lasts, the page cache holds the truth. Later, when nobody
// waits, one syncfs covers everything and the link is replaced by one that says "durable". After a
// new start, an entry without that word is checked against its hashes (a wheel) or made anew (an
// environment) once. A mark that is lost or unreadable counts as none; a mark that says "durable"
// was written after the data was. Tried with a rename, a kill and a changed boot id in the tests.

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace pawl::store {

enum class Survival : unsigned char {
    sound,     ///< on the disk, or published since this machine was started
    uncertain, ///< the machine was started anew since: check the entry before it is used
};

/// Says in "<entry>/.pawl-state" that the entry was published under this start of the machine.
Result<> mark_published(std::string_view entry);
Survival survival(std::string_view entry);
/// The same, from the target of the link.
Survival survival_of(std::string_view word);

/// Whether a power cut explains that an entry is not whole: nobody knows it to be on the disk, and
/// the machine was started anew since, or its list (a file in it that is never empty) has no bytes.
/// Such an entry is checked, and made anew, before anybody uses it.
bool may_be_unfinished(std::string_view entry, std::string_view list_name);

/// The link's name in each entry.
constexpr std::string_view state_name = ".pawl-state";

/// Writes the store's file system to the disk and marks these entries (directories) as durable.
/// Takes as long as the disk does; not for the hot path.
Result<> settle(const Store& store, std::span<const std::string> entries);
/// The same in a process of its own, which this one does not wait for. Never fails: an entry that
/// is not settled is only checked once more after the next start.
void settle_later(const Store& store, std::span<const std::string> entries);

} // namespace pawl::store
