#pragma once
// Little-endian numbers out of bytes and into them, for the zip formats of this room.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"

namespace pawl::archive {

/// The number in `bytes` at `offset`, which the caller knows to be inside.
template <class T>
T number_at(std::string_view bytes, size_t offset) {
    check(offset + sizeof(T) <= bytes.size());
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
        value |= uint64_t{static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
    }
    return static_cast<T>(value);
}

template <class T>
void append_number(std::string& bytes, T value) {
    for (size_t i = 0; i < sizeof(T); ++i) {
        bytes.push_back(static_cast<char>((uint64_t{value} >> (8 * i)) & 0xff));
    }
}

} // namespace pawl::archive
