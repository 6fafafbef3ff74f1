#pragma once
// Durable or verified: what a power cut may do to an entry, and what it costs us.

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

/// Says in "<entry>/state" that the entry was published under this start of the machine.
Result<> mark_published(std::string_view entry);
Survival survival(std::string_view entry);

/// Writes the store's file system to the disk and marks these entries (directories) as durable.
/// Takes as long as the disk does; not for the hot path.
Result<> settle(const Store& store, std::span<const std::string> entries);
/// The same in a process of its own, which this one does not wait for. Never fails: an entry that
/// is not settled is only checked once more after the next start.
void settle_later(const Store& store, std::span<const std::string> entries);

} // namespace pawl::store
