#pragma once
// SHA-256 over OpenSSL's low-level calls: the first EVP fetch costs about a millisecond that a warm
// `pawl run` does not have (libraries.md §1). Other digests of index files live in base/digest.h.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace pawl {

/// One running hash; not for two threads at once.
class Sha256 {
  public:
    using Digest = std::array<unsigned char, 32>;

    Sha256();
    void update(std::string_view bytes);
    /// Ends the hash; the object must not be used afterwards.
    Digest finish();
    std::string finish_hex();

    static Digest of(std::string_view bytes);
    static std::string hex_of(std::string_view bytes);

  private:
    alignas(8) std::array<unsigned char, 112> state_{}; // SHA256_CTX, kept out of the header
};

} // namespace pawl
