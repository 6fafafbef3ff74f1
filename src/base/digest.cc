#include "base/digest.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "base/check.h"
#include "base/text.h"

namespace pawl {

namespace {

struct Algorithm {
    std::string_view name; // as indexes and hashlib write it
    const char* openssl_name;
    size_t hex_length;
    bool strong;
};

constexpr std::array<Algorithm, 12> algorithms = {{
    {"md5", "MD5", 32, false},
    {"sha1", "SHA1", 40, false},
    {"sha224", "SHA224", 56, true},
    {"sha256", "SHA256", 64, true},
    {"sha384", "SHA384", 96, true},
    {"sha512", "SHA512", 128, true},
    {"sha3_224", "SHA3-224", 56, true},
    {"sha3_256", "SHA3-256", 64, true},
    {"sha3_384", "SHA3-384", 96, true},
    {"sha3_512", "SHA3-512", 128, true},
    {"blake2b", "BLAKE2B-512", 128, true},
    {"blake2s", "BLAKE2S-256", 64, true},
}};

const Algorithm* find_algorithm(std::string_view name) {
    const auto* found = std::ranges::find(algorithms, name, &Algorithm::name);
    return found == algorithms.end() ? nullptr : found;
}

struct ContextDeleter {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

Context start(const Algorithm& algorithm) {
    Context context(EVP_MD_CTX_new());
    const EVP_MD* type = EVP_get_digestbyname(algorithm.openssl_name);
    check(context && type && EVP_DigestInit_ex(context.get(), type, nullptr) == 1);
    return context;
}

std::string finish_hex(EVP_MD_CTX* context) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    check(EVP_DigestFinal_ex(context, digest.data(), &length) == 1);
    return to_hex(std::span(digest).first(length));
}

} // namespace

bool is_known_algorithm(std::string_view algorithm) {
    return find_algorithm(algorithm) != nullptr;
}

bool is_strong_algorithm(std::string_view algorithm) {
    const Algorithm* found = find_algorithm(algorithm);
    return found != nullptr && found->strong;
}

size_t digest_hex_length(std::string_view algorithm) {
    const Algorithm* found = find_algorithm(algorithm);
    check(found != nullptr);
    return found->hex_length;
}

Result<Hash> parse_hash(std::string_view text, char separator) {
    std::optional<Halves> halves = split_once(text, separator);
    if (!halves) {
        return fail(Error::Kind::input, "\"" + printable(text) +
                                            "\" is not a hash: expected "
                                            "ALGORITHM" +
                                            separator + "DIGITS");
    }
    Hash hash{to_lower(halves->before), to_lower(halves->after)};
    if (!from_hex(hash.hex) || hash.hex.empty()) {
        return fail(Error::Kind::input,
                    "the digest of \"" + printable(text) + "\" is not hexadecimal");
    }
    const Algorithm* known = find_algorithm(hash.algorithm);
    if (known != nullptr && hash.hex.size() != known->hex_length) {
        return fail(Error::Kind::input,
                    "\"" + printable(text) + "\" has " + std::to_string(hash.hex.size()) +
                        " digits, " + hash.algorithm + " has " + std::to_string(known->hex_length));
    }
    return hash;
}

struct HashChecker::Running {
    Hash expected;
    Context context;
};

HashChecker::HashChecker(std::vector<Running> running) : running_(std::move(running)) {}
HashChecker::HashChecker(HashChecker&&) noexcept = default;
HashChecker& HashChecker::operator=(HashChecker&&) noexcept = default;
HashChecker::~HashChecker() = default;

Result<HashChecker> HashChecker::create(std::span<const Hash> expected) {
    std::vector<Running> running;
    bool strong = false;
    std::string names;
    for (const Hash& hash : expected) {
        names += (names.empty() ? "" : ", ") + printable(hash.algorithm);
        const Algorithm* algorithm = find_algorithm(hash.algorithm);
        if (algorithm != nullptr) {
            strong = strong || algorithm->strong;
            running.push_back({hash, start(*algorithm)});
        }
    }
    if (!strong) {
        return fail(Error::Kind::integrity,
                    names.empty() ? std::string("no hash is given")
                                  : "no hash that can be relied on is given (only " + names + ")");
    }
    return HashChecker(std::move(running));
}

void HashChecker::update(std::string_view bytes) {
    for (Running& running : running_) {
        check(EVP_DigestUpdate(running.context.get(), bytes.data(), bytes.size()) == 1);
    }
}

Result<> HashChecker::finish(std::string_view what) {
    for (Running& running : running_) {
        std::string found = finish_hex(running.context.get());
        if (found != running.expected.hex) {
            return fail(Error::Kind::integrity, printable(what) + ": the " +
                                                    running.expected.algorithm +
                                                    " does not match\n  expected " +
                                                    running.expected.hex + "\n  got      " + found);
        }
    }
    return {};
}

std::string digest_hex(std::string_view algorithm, std::string_view bytes) {
    const Algorithm* found = find_algorithm(algorithm);
    check(found != nullptr);
    Context context = start(*found);
    check(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1);
    return finish_hex(context.get());
}

} // namespace pawl
