#pragma once
// direct_url.json (PEP 610, packaging.python.org "Recording the Direct URL Origin of installed
// distributions"): where a distribution came from that came from no index.
//
// Reading and writing JSON is done by whoever has a JSON library: the two templates at the end take
// any value type that looks like text::Value.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace pawl::pep {

struct DirectUrl {
    struct Archive {
        /// Algorithm and digest, in the order of the file.
        std::optional<std::vector<std::pair<std::string, std::string>>> hashes;
        bool operator==(const Archive&) const = default;
    };
    struct Vcs {
        std::string kind; ///< "git", "hg", "bzr", "svn" or another tool's name
        std::string commit_id;
        std::optional<std::string> requested_revision;
        bool operator==(const Vcs&) const = default;
    };
    struct Directory {
        std::optional<bool> editable;
        bool operator==(const Directory&) const = default;
    };
    std::string url;
    std::optional<Archive> archive;
    std::optional<Vcs> vcs;
    std::optional<Directory> directory;
    std::optional<std::string> subdirectory;
    bool operator==(const DirectUrl&) const = default;

    /// Exactly one kind of origin; a directory has a file URL with an absolute path.
    Result<> validate() const;
};

/// The URL without user and password, unless these are environment variables ("${USER}:${TOKEN}")
/// or "git", the name by which everybody clones over ssh. Never write a URL that was not through
/// here.
std::string without_credentials(std::string_view url);

namespace detail {
Error direct_url_error(std::string_view key, std::string_view why);

/// Null stands for an absent member.
template <class Json>
const Json* member(const Json& json, std::string_view key) {
    const Json* found = json.find(key);
    return found != nullptr && !found->is_null() ? found : nullptr;
}

template <class Json>
Result<std::optional<std::string>> text_member(const Json& json, std::string_view key) {
    const Json* found = member(json, key);
    if (found == nullptr) {
        return std::nullopt;
    }
    if (!found->is_string()) {
        return fail(direct_url_error(key, "is no string"));
    }
    return std::optional(std::string(found->as_string()));
}

template <class Json>
Result<std::string> required_text(const Json& json, std::string_view key) {
    auto text = TRY(text_member(json, key));
    if (!text) {
        return fail(direct_url_error(key, "is missing"));
    }
    return std::move(*text);
}

template <class Json>
Result<const Json*> object_member(const Json& json, std::string_view key) {
    const Json* found = member(json, key);
    if (found != nullptr && !found->is_object()) {
        return fail(direct_url_error(key, "is no object"));
    }
    return found;
}

/// Joins the old `hash` ("sha256=…") with `hashes`: they must not disagree.
Result<> add_legacy_hash(std::string_view legacy, DirectUrl::Archive& archive);

template <class Json>
Result<DirectUrl::Archive> read_archive(const Json& json) {
    DirectUrl::Archive archive;
    if (const Json* hashes = TRY(object_member(json, "hashes"))) {
        archive.hashes.emplace();
        for (const auto& entry : hashes->as_object()) {
            if (!entry.value.is_string()) {
                return fail(direct_url_error("hashes", "holds more than strings"));
            }
            archive.hashes->emplace_back(entry.key, entry.value.as_string());
        }
    }
    if (auto legacy = TRY(text_member(json, "hash"))) {
        TRY(add_legacy_hash(*legacy, archive));
    }
    return archive;
}
} // namespace detail

/// From the file's JSON, validated; what the specification does not know is ignored.
template <class Json>
Result<DirectUrl> read_direct_url(const Json& json) {
    if (!json.is_object()) {
        return fail(detail::direct_url_error("", "is no object"));
    }
    DirectUrl origin;
    origin.url = TRY(detail::required_text(json, "url"));
    if (const Json* archive = TRY(detail::object_member(json, "archive_info"))) {
        origin.archive = TRY(detail::read_archive(*archive));
    }
    if (const Json* vcs = TRY(detail::object_member(json, "vcs_info"))) {
        origin.vcs.emplace();
        origin.vcs->kind = TRY(detail::required_text(*vcs, "vcs"));
        origin.vcs->requested_revision = TRY(detail::text_member(*vcs, "requested_revision"));
        origin.vcs->commit_id = TRY(detail::required_text(*vcs, "commit_id"));
    }
    if (const Json* directory = TRY(detail::object_member(json, "dir_info"))) {
        origin.directory.emplace();
        if (const Json* editable = detail::member(*directory, "editable")) {
            if (!editable->is_bool()) {
                return fail(detail::direct_url_error("editable", "is neither true nor false"));
            }
            origin.directory->editable = editable->as_bool();
        }
    }
    origin.subdirectory = TRY(detail::text_member(json, "subdirectory"));
    TRY(origin.validate());
    return origin;
}

/// To the file's JSON, without credentials.
template <class Json>
Json write_direct_url(const DirectUrl& origin) {
    Json json;
    json.set("url", Json(without_credentials(origin.url)));
    if (origin.archive) {
        Json archive = Json::object();
        if (origin.archive->hashes) {
            Json hashes = Json::object();
            for (const auto& [algorithm, digest] : *origin.archive->hashes) {
                hashes.set(algorithm, Json(digest));
            }
            archive.set("hashes", std::move(hashes));
        }
        json.set("archive_info", std::move(archive));
    }
    if (origin.vcs) {
        Json vcs = Json::object();
        vcs.set("vcs", Json(origin.vcs->kind));
        if (origin.vcs->requested_revision) {
            vcs.set("requested_revision", Json(*origin.vcs->requested_revision));
        }
        vcs.set("commit_id", Json(origin.vcs->commit_id));
        json.set("vcs_info", std::move(vcs));
    }
    if (origin.directory) {
        Json directory = Json::object();
        if (origin.directory->editable) {
            directory.set("editable", Json(*origin.directory->editable));
        }
        json.set("dir_info", std::move(directory));
    }
    if (origin.subdirectory) {
        json.set("subdirectory", Json(*origin.subdirectory));
    }
    return json;
}

} // namespace pawl::pep
