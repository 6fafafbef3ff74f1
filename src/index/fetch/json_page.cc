#include "index/fetch/json_page.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#include <simdjson.h>
#pragma GCC diagnostic pop

namespace pawl::index {

namespace od = simdjson::ondemand;

struct JsonPageReader::Parser {
    od::parser parser;
};

JsonPageReader::JsonPageReader() : parser_(std::make_unique<Parser>()) {}
JsonPageReader::~JsonPageReader() = default;

namespace {

constexpr size_t hashes_max = 16;

std::string problem_of(simdjson::error_code error) {
    return std::string("this is not the JSON of an index page (") + simdjson::error_message(error) +
           ")";
}

/// Reads one entry's fields. `why` says what is of the wrong shape: the entry is skipped then. A
/// simdjson error means that the page itself is broken.
class EntryReader {
  public:
    simdjson::error_code read(od::object object) {
        for (auto field : object) {
            od::field one;
            std::string_view key;
            if (auto error = std::move(field).get(one)) {
                return error;
            }
            if (auto error = one.unescaped_key().get(key)) {
                return error;
            }
            if (auto error = read_field(key, one.value())) {
                return error;
            }
        }
        if (entry.file_name.empty() && why == nullptr) {
            why = "it has no filename";
        }
        return simdjson::SUCCESS;
    }

    PageEntry entry;
    const char* why = nullptr;

  private:
    simdjson::error_code text(od::value value, std::string_view& into, bool may_be_null,
                              const char* otherwise) {
        od::json_type type{};
        if (auto error = value.type().get(type)) {
            return error;
        }
        if (type != od::json_type::string) { // left alone: the iterator steps over it
            bool is_fine = may_be_null && type == od::json_type::null;
            why = is_fine ? why : otherwise;
            into = {};
            return simdjson::SUCCESS;
        }
        return value.get_string().get(into);
    }

    simdjson::error_code read_hashes(od::value value, std::vector<std::string>& into,
                                     const char* otherwise) {
        od::object object;
        if (value.get_object().get(object)) {
            why = otherwise;
            return simdjson::SUCCESS;
        }
        into.clear();
        for (auto field : object) {
            od::field one;
            std::string_view algorithm, digest;
            if (auto error = std::move(field).get(one)) {
                return error;
            }
            if (auto error = one.unescaped_key().get(algorithm)) {
                return error;
            }
            std::string hash(algorithm);
            if (one.value().get_string().get(digest)) {
                why = "a hash is not a text";
                continue;
            }
            if (into.size() < hashes_max) {
                into.push_back(hash.append("=").append(digest));
            }
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code read_yanked(od::value value) {
        od::json_type type{};
        if (auto error = value.type().get(type)) {
            return error;
        }
        if (type == od::json_type::boolean) {
            bool is_yanked = false;
            auto error = value.get_bool().get(is_yanked);
            entry.yanked = is_yanked ? std::optional<std::string_view>("") : std::nullopt;
            return error;
        }
        std::string_view reason;
        auto error = text(value, reason, true, "yanked is neither true, false nor a reason");
        if (type == od::json_type::string) {
            entry.yanked = reason;
        }
        return error;
    }

    /// true, false or an object of hashes; `is_new` is PEP 714's name, which wins.
    simdjson::error_code read_metadata(od::value value, bool is_new) {
        od::json_type type{};
        if (auto error = value.type().get(type)) {
            return error;
        }
        bool has = false;
        std::vector<std::string> hashes;
        if (type == od::json_type::boolean) {
            if (auto error = value.get_bool().get(has)) {
                return error;
            }
        } else if (type == od::json_type::object) {
            has = true;
            if (auto error = read_hashes(value, hashes, "core-metadata is of a wrong shape")) {
                return error;
            }
        }
        if (has_new_metadata_ && !is_new) {
            return simdjson::SUCCESS;
        }
        has_new_metadata_ = is_new;
        entry.has_metadata = has;
        metadata_hash_.clear();
        for (const std::string& hash : hashes) {
            if (metadata_hash_.empty() || hash.starts_with("sha256=")) {
                metadata_hash_ = hash;
            }
        }
        entry.metadata_hash = metadata_hash_;
        return simdjson::SUCCESS;
    }

    simdjson::error_code read_field(std::string_view key, od::value value) {
        if (key == "filename") {
            return text(value, entry.file_name, false, "filename is not a text");
        }
        if (key == "url") {
            return text(value, entry.url, false, "url is not a text");
        }
        if (key == "hashes") {
            return read_hashes(value, entry.hashes, "hashes is not an object");
        }
        if (key == "requires-python") {
            return text(value, entry.requires_python, true, "requires-python is not a text");
        }
        if (key == "upload-time") {
            return text(value, entry.upload_time, true, "upload-time is not a text");
        }
        if (key == "yanked") {
            return read_yanked(value);
        }
        if (key == "core-metadata") {
            return read_metadata(value, true);
        }
        if (key == "dist-info-metadata" || key == "data-dist-info-metadata") {
            return read_metadata(value, false);
        }
        if (key == "size") {
            uint64_t size = 0;
            if (value.get_uint64().get(size)) {
                std::string_view token = value.raw_json_token();
                why = token.starts_with("null") ? why : "size is not a number of bytes";
            } else {
                entry.size_bytes = size;
            }
        }
        return simdjson::SUCCESS; // what nobody needs is stepped over by the iterator
    }

    std::string metadata_hash_;
    bool has_new_metadata_ = false;
};

simdjson::error_code read_files(od::value value, PageSink& sink) {
    od::array files;
    if (auto error = value.get_array().get(files)) {
        return error;
    }
    for (auto element : files) {
        od::value one;
        if (auto error = element.get(one)) {
            return error;
        }
        od::object object;
        if (one.get_object().get(object)) {
            sink.on_bad_entry("files", "an entry is not an object");
            continue;
        }
        EntryReader reader;
        if (auto error = reader.read(object)) {
            return error;
        }
        if (reader.why != nullptr) {
            sink.on_bad_entry(reader.entry.file_name, reader.why);
        } else {
            sink.on_entry(reader.entry);
        }
    }
    return simdjson::SUCCESS;
}

simdjson::error_code read_texts(od::value value, std::string_view first_key, std::string& first,
                                std::string_view second_key, std::string& second) {
    od::object object;
    if (auto error = value.get_object().get(object)) {
        return error;
    }
    for (auto field : object) {
        od::field one;
        std::string_view key, content;
        if (auto error = std::move(field).get(one)) {
            return error;
        }
        if (auto error = one.unescaped_key().get(key)) {
            return error;
        }
        bool is_first = key == first_key;
        if ((is_first || key == second_key) && !one.value().get_string().get(content)) {
            (is_first ? first : second) = content;
        }
    }
    return simdjson::SUCCESS;
}

simdjson::error_code read_page(od::document& document, PageSink& sink, bool& has_files) {
    od::object page;
    if (auto error = document.get_object().get(page)) {
        return error;
    }
    for (auto field : page) {
        od::field one;
        std::string_view key;
        if (auto error = std::move(field).get(one)) {
            return error;
        }
        if (auto error = one.unescaped_key().get(key)) {
            return error;
        }
        std::string first, second;
        if (key == "files") {
            has_files = true;
            if (auto error = read_files(one.value(), sink)) {
                return error;
            }
        } else if (key == "meta") {
            if (auto error = read_texts(one.value(), "api-version", first, "", second)) {
                return error;
            }
            if (!first.empty()) {
                sink.on_api_version(first);
            }
        } else if (key == "project-status") {
            if (auto error = read_texts(one.value(), "status", first, "reason", second)) {
                return error;
            }
            sink.on_status(first, second);
        }
    }
    return simdjson::SUCCESS;
}

} // namespace

std::string JsonPageReader::read(std::string& body, PageSink& sink) {
    if (body.starts_with("\xEF\xBB\xBF")) {
        body.erase(0, 3);
    }
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    od::document document;
    if (auto error =
            parser_->parser.iterate(body.data(), body.size(), body.capacity()).get(document)) {
        return problem_of(error);
    }
    bool has_files = false;
    if (auto error = read_page(document, sink, has_files)) {
        return problem_of(error);
    }
    if (!has_files) {
        return "this JSON is not an index page: it has no \"files\"";
    }
    const char* rest = nullptr;
    bool at_end = document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
    return at_end ? "" : "there is more after the end of the JSON";
}

} // namespace pawl::index
