#pragma once
// Binary records that are read in place: a fixed header, rows of fixed size, then the texts, which
// rows name by position and length. Little-endian, 4-byte aligned numbers copied out by memcpy,
// every text checked against the record's end when it is read.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pawl::index {

// The formats are read on the kind of machine that wrote them; the caches are never shared between
// machines of different byte order.
template <class T>
T load(std::string_view record, size_t position) {
    T value{};
    if (position + sizeof(T) <= record.size()) {
        std::memcpy(&value, record.data() + position, sizeof(T));
    }
    return value;
}

template <class T>
void store_number(std::string& record, size_t position, T value) {
    std::memcpy(record.data() + position, &value, sizeof(T));
}

constexpr size_t text_reference_bytes = 8;

/// The text that the reference at `position` names; "" when it does not lie in the record.
inline std::string_view load_text(std::string_view record, size_t position) {
    uint64_t begin = load<uint32_t>(record, position);
    uint64_t length = load<uint32_t>(record, position + 4);
    if (begin + length > record.size()) {
        return {};
    }
    return record.substr(begin, length);
}

/// Builds a record: the rows are there from the beginning (zero), texts are appended, each once.
class RecordWriter {
  public:
    explicit RecordWriter(size_t rows_bytes) : record_(rows_bytes, '\0') {}

    template <class T>
    void put(size_t position, T value) {
        store_number(record_, position, value);
    }

    /// A text that other rows may have too.
    void put_text(size_t position, std::string_view text) {
        if (text.empty()) {
            return;
        }
        auto [found, is_new] =
            places_.try_emplace(std::string(text), static_cast<uint32_t>(record_.size()));
        if (is_new) {
            record_.append(text);
        }
        put_reference(position, found->second, text.size());
    }

    /// A text that no other row has: not looked up.
    void put_own_text(size_t position, std::string_view text) {
        put_reference(position, record_.size(), text.size());
        record_.append(text);
    }

    std::string finish() { return std::move(record_); }
    size_t size() const { return record_.size(); }

  private:
    void put_reference(size_t position, size_t begin, size_t length) {
        put(position, static_cast<uint32_t>(begin));
        put(position + 4, static_cast<uint32_t>(length));
    }

    std::string record_;
    std::unordered_map<std::string, uint32_t> places_;
};

} // namespace pawl::index
