#include "ops/direct_url.h"

#include "base/fs.h"
#include "base/url.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

std::string url_of(const std::string& url, const std::string& path, std::string_view directory) {
    return url.empty() ? Url::from_path(fs::normalize(fs::join(directory, path))).text() : url;
}

} // namespace

std::string direct_url_of(const lock::Package& package, std::string_view lock_directory) {
    text::Value document = text::Value::object();
    std::string subdirectory;
    if (package.vcs) {
        const lock::Vcs& vcs = *package.vcs;
        text::Value info = text::Value::object({{"vcs", vcs.type}});
        if (!vcs.requested_revision.empty()) {
            info.set("requested_revision", vcs.requested_revision);
        }
        info.set("commit_id", vcs.commit_id);
        document.set("url", url_of(vcs.url, vcs.path, lock_directory));
        document.set("vcs_info", std::move(info));
        subdirectory = vcs.subdirectory;
    } else if (package.directory) {
        document.set("url", url_of("", package.directory->path, lock_directory));
        text::Value info = text::Value::object();
        if (package.directory->editable) {
            info.set("editable", true);
        }
        document.set("dir_info", std::move(info));
        subdirectory = package.directory->subdirectory;
    } else if (package.archive) {
        text::Value hashes = text::Value::object();
        for (const Hash& hash : package.archive->source.hashes) {
            hashes.set(hash.algorithm, hash.hex);
        }
        const lock::FileSource& source = package.archive->source;
        document.set("url", url_of(source.url, source.path, lock_directory));
        document.set("archive_info", text::Value::object({{"hashes", std::move(hashes)}}));
        subdirectory = package.archive->subdirectory;
    } else {
        return "";
    }
    if (!subdirectory.empty()) {
        document.set("subdirectory", subdirectory);
    }
    return text::to_json(document);
}

} // namespace pawl::ops
