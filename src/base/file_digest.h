#pragma once
// Hashes of files that may be larger than memory.

#include "base/digest.h"
#include "base/fs.h"
#include "base/sha256.h"

namespace pawl {

inline Sha256::Digest sha256_of(const fs::MappedFile& file) {
    Sha256 running;
    file.in_pieces([&](std::string_view piece) { running.update(piece); });
    return running.finish();
}

/// As HashChecker::update() of all of it.
inline void update(HashChecker& checker, const fs::MappedFile& file) {
    file.in_pieces([&](std::string_view piece) { checker.update(piece); });
}

} // namespace pawl
