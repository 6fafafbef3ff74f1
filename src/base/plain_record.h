#pragma once
// Records of binary formats (ELF headers) out of bytes.

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace pawl {

/// A plain record out of bytes at any alignment; false when it does not fit.
template <class Record>
requires std::is_trivially_copyable_v<Record>
bool read_at(std::string_view bytes, uint64_t offset, Record& record) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(Record)) {
        return false;
    }
    std::memcpy(&record, bytes.data() + offset, sizeof(Record));
    return true;
}

} // namespace pawl
