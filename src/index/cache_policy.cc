#include "index/cache_policy.h"

#include <algorithm>

#include "base/text.h"
#include "index/http_date.h"
#include "index/record.h"

namespace pawl::index {

namespace {

constexpr int64_t fresh_s_max = 366 * 86400;
constexpr int64_t heuristic_s_max = 600;
constexpr uint32_t magic = 0x31504350; // "PCP1"
constexpr size_t validator_bytes_max = 1024;

struct Layout {
    static constexpr size_t magic = 0, flags = 4, stored = 8, fresh = 16, etag = 24,
                            last_modified = 32;
    static constexpr size_t bytes = 40;
};

/// All values of a header, in order, as one list.
std::string all_of(const Headers& headers, std::string_view name) {
    std::string values;
    for (const auto& [header, value] : headers) {
        if (header == name) {
            values += (values.empty() ? "" : ", ") + value;
        }
    }
    return values;
}

struct Directives {
    bool no_store = false, no_cache = false;
    std::optional<int64_t> max_age;
};

Directives read_directives(const Headers& headers) {
    Directives directives;
    std::string text = all_of(headers, "cache-control");
    for (std::string_view part : split(text, ',')) {
        auto halves = split_once(part, '=');
        std::string name = to_lower(trim(halves ? halves->before : part));
        std::string_view value = halves ? trim(halves->after) : std::string_view();
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        directives.no_store = directives.no_store || name == "no-store";
        directives.no_cache = directives.no_cache || name == "no-cache";
        if (name == "max-age" && !directives.max_age) {
            // A number too large to hold is as good as for ever, a malformed one is none.
            bool is_number = !value.empty() && std::ranges::all_of(value, is_digit);
            auto seconds = parse_unsigned(value);
            directives.max_age = !is_number ? 0
                                 : seconds  ? static_cast<int64_t>(std::min<uint64_t>(
                                                 *seconds, static_cast<uint64_t>(fresh_s_max)))
                                            : fresh_s_max;
        }
    }
    return directives;
}

int64_t freshness(const Headers& headers, const Directives& directives, int64_t now_s) {
    if (directives.no_cache) {
        return 0;
    }
    int64_t date = parse_http_date(all_of(headers, "date")).value_or(now_s);
    int64_t lifetime = 0;
    std::string expires = all_of(headers, "expires");
    std::string modified = all_of(headers, "last-modified");
    if (directives.max_age) {
        lifetime = *directives.max_age;
    } else if (!expires.empty()) {
        auto end = parse_http_date(expires);
        lifetime = end ? *end - date : 0;
    } else if (auto when = parse_http_date(modified)) {
        lifetime = std::min((date - *when) / 10, heuristic_s_max); // RFC 9111 §4.2.2
    }
    auto age = static_cast<int64_t>(
        std::min<uint64_t>(parse_unsigned(trim(all_of(headers, "age"))).value_or(0),
                           static_cast<uint64_t>(fresh_s_max)));
    // A clock that differs from the server's by hours must not make pages old or young: Age counts,
    // Date only beside Expires and Last-Modified.
    return std::clamp<int64_t>(lifetime - age, 0, fresh_s_max);
}

std::string validator(const Headers& headers, std::string_view name) {
    std::string value = all_of(headers, name);
    bool is_plain = std::ranges::none_of(
        value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    return is_plain && value.size() <= validator_bytes_max ? value : std::string();
}

} // namespace

CachePolicy CachePolicy::from(const Headers& headers, int64_t now_s) {
    Directives directives = read_directives(headers);
    CachePolicy policy;
    policy.stored_s = now_s;
    policy.fresh_s = freshness(headers, directives, now_s);
    policy.etag = validator(headers, "etag");
    policy.last_modified = validator(headers, "last-modified");
    policy.may_be_stored = !directives.no_store;
    return policy;
}

bool CachePolicy::is_fresh(int64_t now_s) const {
    return now_s >= stored_s && now_s < stored_s + fresh_s;
}

std::vector<std::string> CachePolicy::conditions() const {
    std::vector<std::string> headers;
    if (!etag.empty()) {
        headers.push_back("If-None-Match: " + etag);
    } else if (!last_modified.empty()) {
        headers.push_back("If-Modified-Since: " + last_modified);
    }
    return headers;
}

void CachePolicy::confirm(const Headers& headers, int64_t now_s) {
    CachePolicy fresh = from(headers, now_s);
    stored_s = fresh.stored_s;
    bool says_how_long =
        !all_of(headers, "cache-control").empty() || !all_of(headers, "expires").empty();
    fresh_s = says_how_long ? fresh.fresh_s : fresh_s;
    etag = fresh.etag.empty() ? etag : fresh.etag;
    last_modified = fresh.last_modified.empty() ? last_modified : fresh.last_modified;
    may_be_stored = fresh.may_be_stored;
}

std::string CachePolicy::encode() const {
    RecordWriter writer(Layout::bytes);
    writer.put(Layout::magic, magic);
    writer.put(Layout::flags, static_cast<uint32_t>(is_absent ? 1 : 0));
    writer.put(Layout::stored, stored_s);
    writer.put(Layout::fresh, fresh_s);
    writer.put_text(Layout::etag, etag);
    writer.put_text(Layout::last_modified, last_modified);
    return writer.finish();
}

std::optional<CachePolicy> CachePolicy::decode(std::string_view bytes) {
    if (bytes.size() < Layout::bytes || load<uint32_t>(bytes, Layout::magic) != magic) {
        return std::nullopt;
    }
    CachePolicy policy;
    policy.is_absent = (load<uint32_t>(bytes, Layout::flags) & 1) != 0;
    policy.stored_s = load<int64_t>(bytes, Layout::stored);
    policy.fresh_s = std::clamp<int64_t>(load<int64_t>(bytes, Layout::fresh), 0, fresh_s_max);
    policy.etag = load_text(bytes, Layout::etag);
    policy.last_modified = load_text(bytes, Layout::last_modified);
    return policy;
}

} // namespace pawl::index
