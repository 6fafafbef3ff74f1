#include "exchange/uv_sources.h"

#include "base/url.h"
#include "exchange/uv_text.h"
#include "project/requirement_address.h"

namespace pawl::exchange {

using text::TomlNode;

namespace {

bool is_archive(std::string_view path) {
    return path.ends_with(".whl") || path.ends_with(".zip") || path.ends_with(".tar.gz") ||
           path.ends_with(".tgz") || path.ends_with(".tar.bz2") || path.ends_with(".tar.xz");
}

std::string key_of_path(std::string_view path, bool is_editable) {
    return is_archive(path) ? "path" : is_editable ? "editable" : "directory";
}

Result<std::string> git_text(TomlNode table, std::string_view url) {
    std::string text(url);
    char separator = '?';
    for (std::string_view key : {"subdirectory", "rev", "tag", "branch"}) {
        if (auto value = TRY(table.get_string(key))) {
            text += separator + std::string(key) + "=" + percent_encode(*value, "/");
            separator = '&';
        }
    }
    return text;
}

/// Of a member of the workspace, as the lock knows it.
std::string directory_of(const pep::Name& member, const Document& document) {
    for (const Project& one : document.projects) {
        if (one.name == member) {
            return one.directory;
        }
    }
    for (const lock::Package& package : document.lock.packages) {
        if (package.name == member && package.directory) {
            return package.directory->path;
        }
    }
    return member.str();
}

UvSource source_of_url(std::string_view url) {
    UvSource source;
    if (std::string_view vcs = project::vcs_of(url); !vcs.empty()) {
        source.key = "git";
        source.value = uv_git_of(url.substr(vcs.size() + 1));
    } else {
        source.key = url.find("://") == url.npos ? key_of_path(url, false) : "url";
        source.value = std::string(url);
    }
    return source;
}

} // namespace

Result<UvSources> UvSources::read(TomlNode uv, const Document& document) {
    UvSources sources;
    if (auto list = TRY(uv.get_array("index"))) {
        for (TomlNode index : *list) {
            auto name = TRY(index.get_string("name"));
            auto url = TRY(index.get_string("url"));
            if (name && url) {
                sources.indexes_.emplace(*name, *url);
            }
        }
    }
    auto table = TRY(uv.get_table("sources"));
    if (!table) {
        return sources;
    }
    for (TomlNode entry : *table) {
        pep::Name project = TRY(pep::Name::parse(entry.key()));
        if (!entry.is_array()) {
            TRY(sources.read_rule(entry, project, document));
            continue;
        }
        for (TomlNode rule : entry) {
            TRY(sources.read_rule(rule, project, document));
        }
    }
    return sources;
}

Result<> UvSources::read_rule(TomlNode table, const pep::Name& project, const Document& document) {
    if (!table.is_table()) {
        return fail(std::move(table.type_error("a table").value()));
    }
    UvSource rule;
    if (auto index = TRY(table.get_string("index"))) {
        auto found = indexes_.find(*index);
        rule.key = "index";
        rule.value = found == indexes_.end() ? std::string(*index) : found->second;
    } else if (auto git = TRY(table.get_string("git"))) {
        rule.key = "git";
        rule.value = TRY(git_text(table, *git));
    } else if (auto url = TRY(table.get_string("url"))) {
        rule.key = "url";
        rule.value = std::string(*url);
    } else if (auto path = TRY(table.get_string("path"))) {
        rule.key = key_of_path(*path, TRY(table.get_bool("editable")).value_or(false));
        rule.value = std::string(*path);
    } else if (TRY(table.get_bool("workspace")).value_or(false)) {
        rule.key = "editable";
        rule.value = directory_of(project, document);
    }
    if (auto marker = TRY(table.get_string("marker"))) {
        rule.marker = TRY(pep::Marker::parse(*marker));
    }
    if (auto extra = TRY(table.get_string("extra"))) {
        rule.only_for = Selector{Selector::Kind::extra, pep::normalize_name(*extra)};
    } else if (auto group = TRY(table.get_string("group"))) {
        rule.only_for = Selector{Selector::Kind::group, pep::normalize_name(*group)};
    }
    rules_[project].push_back(std::move(rule));
    return {};
}

std::vector<UvSource> UvSources::of(const pep::Requirement& requirement,
                                    const Selector& selector) const {
    if (!requirement.url.empty()) {
        return {source_of_url(requirement.url)};
    }
    std::vector<UvSource> fitting;
    if (auto found = rules_.find(requirement.name); found != rules_.end()) {
        for (const UvSource& rule : found->second) {
            if (!rule.only_for || rule.only_for == selector) {
                fitting.push_back(rule);
            }
        }
    }
    return fitting;
}

} // namespace pawl::exchange
