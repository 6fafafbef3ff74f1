// The part of TestIndex that writes pages.

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "base/url.h"
#include "pep/name.h"
#include "test/support/test_index.h"

namespace pawl::test {

namespace {

std::string etag_of(std::string_view body) {
    return "\"" + digest_hex("sha256", body).substr(0, 16) + "\"";
}

std::string json_text(std::string_view text) {
    std::string quoted = "\"";
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (byte < 0x20) {
            constexpr std::string_view digits = "0123456789abcdef";
            quoted += "\\u00";
            quoted += digits[byte >> 4];
            quoted += digits[byte & 15];
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

std::string html_text(std::string_view text) {
    std::string escaped = replace_all(text, "&", "&amp;");
    escaped = replace_all(escaped, "<", "&lt;");
    escaped = replace_all(escaped, ">", "&gt;");
    return replace_all(escaped, "\"", "&quot;");
}

struct Page {
    std::string json_files, html_anchors;
    std::string json_status, html_status;
};

void add_to_page(Page& page, const Release& release, const BuiltFile& file,
                 const TestIndexOptions& options) {
    std::string digest = digest_hex("sha256", file.bytes);
    std::string url = "/files/" + percent_encode(file.file_name, "!+");
    std::string json = "{\"filename\": " + json_text(file.file_name) +
                       ", \"url\": " + json_text(url) + ", \"hashes\": {";
    std::string html = "<a href=\"" + html_text(url);
    if (options.hashes) {
        json += "\"sha256\": \"" + digest + "\"";
        html += "#sha256=" + digest;
    }
    json += "}";
    html += "\"";
    if (options.sizes) {
        json += ", \"size\": " + std::to_string(file.bytes.size());
    }
    if (!release.requires_python.empty()) {
        json += ", \"requires-python\": " + json_text(release.requires_python);
        html += " data-requires-python=\"" + html_text(release.requires_python) + "\"";
    }
    if (release.yanked) {
        json += ", \"yanked\": " + (release.yanked->empty() ? "true" : json_text(*release.yanked));
        html += " data-yanked=\"" + html_text(*release.yanked) + "\"";
    }
    if (!release.uploaded.empty()) {
        json += ", \"upload-time\": " + json_text(release.uploaded);
        html += " data-upload-time=\"" + html_text(release.uploaded) + "\"";
    }
    if (release.announces_metadata && !file.metadata.empty()) {
        std::string metadata_digest = digest_hex("sha256", file.metadata);
        json += ", \"core-metadata\": {\"sha256\": \"" + metadata_digest + "\"}";
        html += " data-core-metadata=\"sha256=" + metadata_digest + "\"";
    }
    page.json_files += (page.json_files.empty() ? "" : ",\n") + json + "}";
    page.html_anchors += html + ">" + html_text(file.file_name) + "</a><br/>\n";
}

} // namespace

Result<> TestIndex::change(const World& world) {
    std::map<const Release*, std::vector<BuiltFile>> built;
    for (const Release& release : world.releases) {
        built[&release] = TRY(build_files(release));
    }
    std::lock_guard lock(mutex_);
    std::erase_if(resources_, [](const auto& one) { return one.second.is_page; });
    for (const Release& release : world.releases) {
        for (const BuiltFile& file : built[&release]) {
            std::string path = "/files/" + percent_encode(file.file_name, "!+");
            resources_[path] = Resource{.content_type = "application/octet-stream",
                                        .body = file.bytes,
                                        .etag = etag_of(file.bytes)};
            if (release.has_metadata && !file.metadata.empty()) {
                resources_[path + ".metadata"] = Resource{.content_type = "text/plain",
                                                          .body = file.metadata,
                                                          .etag = etag_of(file.metadata)};
            }
        }
    }
    put_pages(world, built);
    return {};
}

void TestIndex::put_pages(const World& world,
                          const std::map<const Release*, std::vector<BuiltFile>>& built) {
    std::map<std::pair<std::string, std::string>, Page> pages; // by index and project
    for (const Release& release : world.releases) {
        Page& page = pages[{release.index, pep::normalize_name(release.name)}];
        for (const BuiltFile& file : built.at(&release)) {
            add_to_page(page, release, file, options_);
        }
    }
    for (const ProjectStatusLine& line : world.statuses) {
        Page& page = pages[{line.index, pep::normalize_name(line.project)}];
        page.json_status = ", \"project-status\": {\"status\": " + json_text(line.status) +
                           ", \"reason\": " + json_text(line.reason) + "}";
        page.html_status = "<meta name=\"pypi:project-status\" content=\"" +
                           html_text(line.status) + "\">\n" +
                           "<meta name=\"pypi:project-status-reason\" content=\"" +
                           html_text(line.reason) + "\">\n";
    }
    std::map<std::string, std::string> roots;
    for (auto& [place, page] : pages) {
        std::string path = "/" + place.first + "/" + place.second + "/";
        roots[place.first] += "<a href=\"" + place.second + "/\">" + place.second + "</a>\n";
        Resource resource{.content_type = "application/vnd.pypi.simple.v1+json", .is_page = true};
        resource.body = "{\"meta\": {\"api-version\": \"" + options_.api_version +
                        "\"}, \"name\": " + json_text(place.second) + page.json_status +
                        ", \"files\": [\n" + page.json_files + "]}\n";
        resource.html_body = "<!DOCTYPE html>\n<html><head>\n<meta name=\"pypi:repository-version\""
                             " content=\"" +
                             options_.api_version + "\">\n" + page.html_status +
                             "<title>Links</title></head><body>\n" + page.html_anchors +
                             "</body></html>\n";
        resource.etag = etag_of(resource.body);
        resource.html_etag = etag_of(resource.html_body);
        resources_[path] = std::move(resource);
    }
    for (auto& [index, anchors] : roots) {
        std::string body = "<!DOCTYPE html>\n<html><body>\n" + anchors + "</body></html>\n";
        Resource root{.content_type = "text/html", .body = body, .etag = etag_of(body)};
        root.html_body = body;
        root.html_etag = root.etag;
        root.is_page = true;
        resources_["/" + index + "/"] = std::move(root);
    }
}

} // namespace pawl::test
