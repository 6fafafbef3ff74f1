#pragma once
// Tars with chosen lies, for tests.

#include <string>
#include <string_view>

#include <libdeflate.h>

namespace pawl::archive::forge {

struct TarMember {
    std::string name;
    std::string content;
    char type = '0';
    std::string link;
    std::string mode = "0000644";
    std::string size; ///< the field's bytes; empty: the truth in octal digits
    std::string magic = std::string("ustar\0"
                                    "00",
                                    8);
    std::string prefix;
    bool wrong_checksum = false;
};

inline std::string octal(uint64_t value, size_t digits) {
    std::string text(digits, '0');
    for (size_t i = digits; i-- > 0; value /= 8) {
        text[i] = static_cast<char>('0' + value % 8);
    }
    return text;
}

inline std::string tar_member(const TarMember& m) {
    std::string block(512, '\0');
    auto put = [&](size_t at, std::string_view text) { block.replace(at, text.size(), text); };
    put(0, m.name);
    put(100, m.mode);
    put(108, "0000000");
    put(116, "0000000");
    put(124, m.size.empty() ? octal(m.content.size(), 11) : m.size);
    put(136, "00000000000");
    block[156] = m.type;
    put(157, m.link);
    put(257, m.magic);
    put(345, m.prefix);
    put(148, "        ");
    uint64_t sum = m.wrong_checksum ? 1 : 0;
    for (char c : block) {
        sum += static_cast<unsigned char>(c);
    }
    put(148, octal(sum, 6));
    block[154] = '\0';
    return block + m.content + std::string((512 - m.content.size() % 512) % 512, '\0');
}

inline std::string tar_end() {
    return std::string(1024, '\0');
}

inline std::string pax_record(std::string_view key, std::string_view value) {
    std::string body = " " + std::string(key) + "=" + std::string(value) + "\n";
    size_t length = body.size() + 1;
    while (std::to_string(length).size() + body.size() != length) {
        ++length;
    }
    return std::to_string(length) + body;
}

inline std::string gzip(std::string_view bytes) {
    libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
    std::string packed(libdeflate_gzip_compress_bound(compressor, bytes.size()), '\0');
    packed.resize(libdeflate_gzip_compress(compressor, bytes.data(), bytes.size(), packed.data(),
                                           packed.size()));
    libdeflate_free_compressor(compressor);
    return packed;
}

} // namespace pawl::archive::forge
