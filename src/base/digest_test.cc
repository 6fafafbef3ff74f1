#include "base/digest.h"

#include <gtest/gtest.h>

#include "base/sha256.h"

namespace pawl {

constexpr const char* abc_sha256 =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, sha256_of_abc_is_the_published_one) {
    EXPECT_EQ(Sha256::hex_of("abc"), abc_sha256);
    EXPECT_EQ(digest_hex("sha256", "abc"), abc_sha256);
    EXPECT_EQ(digest_hex("md5", ""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(digest_hex("sha3_256", "").substr(0, 8), "a7ffc6f8");
}

TEST(Digest, every_known_hash_must_match) {
    std::vector<Hash> expected = {{"sha256", abc_sha256}, {"md5", std::string(32, '0')}};
    auto checker = HashChecker::create(expected);
    ASSERT_TRUE(checker);
    checker->update("abc");
    auto finished = checker->finish("x.whl");
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().kind, Error::Kind::integrity);
    EXPECT_NE(finished.error().message.find("md5"), std::string::npos);
}

TEST(Digest, weak_or_unknown_hashes_alone_are_refused) {
    std::vector<Hash> weak = {{"md5", std::string(32, '0')}, {"crc99", "ab"}};
    EXPECT_FALSE(HashChecker::create(weak));
    EXPECT_FALSE(HashChecker::create({}));
}

TEST(Digest, hashes_are_read_strictly) {
    EXPECT_EQ(parse_hash("SHA256:" + std::string(64, 'A'))->hex, std::string(64, 'a'));
    EXPECT_TRUE(parse_hash("sha256=" + std::string(64, '0'), '='));
    for (const char* bad : {"sha256", "sha256:", "sha256:abcd", "sha256:xyz"}) {
        EXPECT_FALSE(parse_hash(bad)) << bad;
    }
}

} // namespace pawl
