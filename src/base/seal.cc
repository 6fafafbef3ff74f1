#include "base/seal.h"

#include "base/sha256.h"
#include "base/text.h"

namespace pawl {

namespace {

std::string hash_of(std::string_view head, std::string_view body) {
    Sha256 hash;
    hash.update(head);
    hash.update("\n");
    hash.update(body);
    return to_hex(hash.finish());
}

} // namespace

std::string seal(std::string_view head, std::string_view body) {
    std::string text(head);
    text += ' ';
    text += hash_of(head, body);
    text += '\n';
    text += body;
    return text;
}

std::optional<std::string_view> unseal(std::string_view head, std::string_view text) {
    constexpr size_t hash_digits = 64;
    size_t body_begin = head.size() + 1 + hash_digits + 1;
    if (text.size() < body_begin || !text.starts_with(head) || text[head.size()] != ' ' ||
        text[body_begin - 1] != '\n') {
        return std::nullopt;
    }
    std::string_view body = text.substr(body_begin);
    if (hash_of(head, body) != text.substr(head.size() + 1, hash_digits)) {
        return std::nullopt;
    }
    return body;
}

} // namespace pawl
