#pragma once
// What all fuzz targets share: the bytes as text, and what holds for every error.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/result.h"
#include "base/text.h"

namespace pawl::fuzz {

inline std::string_view as_text(const uint8_t* data, size_t size_bytes) {
    return {reinterpret_cast<const char*>(data), size_bytes};
}

/// A message for people: there is one, of bounded size, and nothing in it steers a terminal.
inline void check_message(std::string_view message) {
    constexpr size_t message_bytes_max = size_t{1} << 20;
    check(!message.empty());
    check(message.size() <= message_bytes_max);
    check(is_utf8(message));
    for (char c : message) {
        check(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    }
}

/// Whether it succeeded; an error is held against check_message().
template <class T>
bool is_fine(const Result<T>& result) {
    if (!result) {
        check_message(result.error().message);
    }
    return result.has_value();
}

} // namespace pawl::fuzz

/// The entry of libFuzzer; returns 0. For one thread.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes);
