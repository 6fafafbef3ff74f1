#include "pep/direct_url.h"

#include <memory>
#include <variant>

#include <gtest/gtest.h>

namespace pawl::pep {
namespace {

/// The least that the templates ask of a JSON value.
class Json {
  public:
    struct Member;
    using Members = std::vector<Member>;
    Json() = default;
    Json(std::string text) : data_(std::move(text)) {}
    Json(const char* text) : data_(std::string(text)) {}
    Json(bool value) : data_(value) {}
    static Json object(Members members);
    static Json object();

    bool is_null() const { return data_.index() == 0; }
    bool is_bool() const { return data_.index() == 1; }
    bool is_string() const { return data_.index() == 2; }
    bool is_object() const { return data_.index() == 3; }
    bool as_bool() const { return std::get<1>(data_); }
    const std::string& as_string() const { return std::get<2>(data_); }
    const Members& as_object() const { return *std::get<3>(data_); }
    const Json* find(std::string_view key) const;
    void set(std::string_view key, Json value);
    bool operator==(const Json& other) const;

  private:
    std::variant<std::monostate, bool, std::string, std::shared_ptr<Members>> data_;
};

struct Json::Member {
    std::string key;
    Json value;
    bool operator==(const Member&) const = default;
};

Json Json::object(Members members) {
    Json json;
    json.data_ = std::make_shared<Members>(std::move(members));
    return json;
}

Json Json::object() {
    return object(Members());
}

const Json* Json::find(std::string_view key) const {
    if (is_object()) {
        for (const Member& member : as_object()) {
            if (member.key == key) {
                return &member.value;
            }
        }
    }
    return nullptr;
}

void Json::set(std::string_view key, Json value) {
    if (is_null()) {
        data_ = std::make_shared<Members>();
    }
    std::get<3>(data_)->push_back({std::string(key), std::move(value)});
}

bool Json::operator==(const Json& other) const {
    return is_object() && other.is_object() ? as_object() == other.as_object()
                                            : data_ == other.data_;
}

TEST(DirectUrl, survives_reading_and_writing) {
    Json cases[] = {
        Json::object(
            {{"url", "https://h/a.whl"},
             {"archive_info", Json::object({{"hashes", Json::object({{"sha256", "ab"}})}})}}),
        Json::object(
            {{"url", "ssh://git@h/r"},
             {"vcs_info",
              Json::object({{"vcs", "git"}, {"requested_revision", "v1"}, {"commit_id", "abc"}})},
             {"subdirectory", "sub"}}),
        Json::object(
            {{"url", "file:///home/me"}, {"dir_info", Json::object({{"editable", true}})}}),
        Json::object({{"url", "https://h/a"}, {"archive_info", Json::object()}}),
    };
    for (const Json& json : cases) {
        auto origin = read_direct_url(json);
        ASSERT_TRUE(origin.has_value()) << origin.error().message;
        EXPECT_EQ(write_direct_url<Json>(*origin), json);
    }
}

TEST(DirectUrl, the_old_hash_becomes_one_of_the_hashes) {
    auto with = [](Json archive) {
        return read_direct_url(
            Json::object({{"url", "https://h/a"}, {"archive_info", std::move(archive)}}));
    };
    auto origin = with(Json::object({{"hash", "sha256=ab=c"}}));
    EXPECT_EQ(origin->archive->hashes->front(),
              (std::pair<std::string, std::string>("sha256", "ab=c")));
    EXPECT_FALSE(with(Json::object({{"hash", "sha256"}})));
    EXPECT_FALSE(
        with(Json::object({{"hash", "md5=a"}, {"hashes", Json::object({{"sha256", "a"}})}})));
    EXPECT_FALSE(with(Json::object({{"hash", "md5=a"}, {"hashes", Json::object({{"md5", "b"}})}})));
    EXPECT_TRUE(with(Json::object({{"hash", "md5=a"}, {"hashes", Json::object({{"md5", "a"}})}})));
}

TEST(DirectUrl, malformed_files_are_errors) {
    Json archive = Json::object();
    Json directory = Json::object();
    Json cases[] = {
        Json(),
        Json("text"),
        Json::object(),
        Json::object({{"url", true}, {"archive_info", archive}}),
        Json::object({{"url", "https://h"}}),
        Json::object({{"url", "file:///a"}, {"archive_info", archive}, {"dir_info", directory}}),
        Json::object({{"url", "https://h/a"}, {"dir_info", directory}}),
        Json::object({{"url", "file://relative"}, {"dir_info", directory}}),
        Json::object({{"url", "file:///a"}, {"dir_info", Json::object({{"editable", "yes"}})}}),
        Json::object({{"url", "https://h"}, {"vcs_info", Json::object({{"vcs", "git"}})}}),
        Json::object({{"url", "https://h"}, {"archive_info", archive}, {"subdirectory", true}}),
        Json::object({{"url", "https://h"}, {"archive_info", "x"}}),
    };
    for (const Json& json : cases) {
        EXPECT_FALSE(read_direct_url(json).has_value());
    }
}

TEST(DirectUrl, credentials_are_left_out) {
    struct {
        const char *url, *clean;
    } cases[] = {
        {"https://user:secret@h/r?a#b", "https://h/r?a#b"},
        {"https://user@h:80/r", "https://h:80/r"},
        {"https://a@b@h/", "https://h/"},
        {"ssh://git@h/r", "ssh://git@h/r"},
        {"https://${USER}:${TOKEN}@h/r", "https://${USER}:${TOKEN}@h/r"},
        {"https://${TOKEN}@h/r", "https://${TOKEN}@h/r"},
        {"https://${TOKEN}:x@h/r", "https://h/r"},
        {"HTTPS://u@h/r", "https://h/r"},
        {"file:///home/a@b", "file:///home/a@b"},
        {"https://h/p?x@y", "https://h/p?x@y"},
        {"//u@h/x", "//h/x"},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(without_credentials(test.url), test.clean) << test.url;
    }
}

} // namespace
} // namespace pawl::pep
