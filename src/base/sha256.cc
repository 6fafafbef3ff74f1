#include "base/sha256.h"

#include <span>

// OpenSSL 3 marks the low-level calls as deprecated in favour of EVP, whose first fetch costs
// 0.65–1.2 ms; they stay available as long as OpenSSL 3 does.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/check.h"
#include "base/text.h"

namespace pawl {

static_assert(sizeof(SHA256_CTX) <= 112);

static SHA256_CTX* context(std::array<unsigned char, 112>& state) {
    return reinterpret_cast<SHA256_CTX*>(state.data());
}

Sha256::Sha256() {
    check(SHA256_Init(context(state_)) == 1);
}

void Sha256::update(std::string_view bytes) {
    check(SHA256_Update(context(state_), bytes.data(), bytes.size()) == 1);
}

Sha256::Digest Sha256::finish() {
    Digest digest{};
    check(SHA256_Final(digest.data(), context(state_)) == 1);
    return digest;
}

std::string Sha256::finish_hex() {
    return to_hex(finish());
}

Sha256::Digest Sha256::of(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

std::string Sha256::hex_of(std::string_view bytes) {
    return to_hex(of(bytes));
}

} // namespace pawl
