#include "lock/sources.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"

namespace pawl::lock {

namespace {

enum class HostKind : unsigned char { ordinary, loopback_or_private, link_local, odd };

/// Four numbers with dots; nothing for other texts.
std::optional<std::array<uint64_t, 4>> parse_ipv4(std::string_view host) {
    const auto parts = split(host, '.');
    std::array<uint64_t, 4> numbers{};
    if (parts.size() != numbers.size()) {
        return std::nullopt;
    }
    for (size_t i = 0; i < numbers.size(); ++i) {
        auto number = parse_unsigned(parts[i]);
        const bool has_leading_zero = parts[i].size() > 1 && parts[i].front() == '0';
        if (!number || *number > 255 || has_leading_zero) {
            return std::nullopt;
        }
        numbers[i] = *number;
    }
    return numbers;
}

HostKind kind_of_ipv4(const std::array<uint64_t, 4>& ip) {
    if (ip[0] == 169 && ip[1] == 254) {
        return HostKind::link_local;
    }
    const bool is_private =
        ip[0] == 0 || ip[0] == 10 || ip[0] == 127 || (ip[0] == 172 && ip[1] >= 16 && ip[1] < 32) ||
        (ip[0] == 192 && ip[1] == 168) || (ip[0] == 100 && ip[1] >= 64 && ip[1] < 128);
    return is_private ? HostKind::loopback_or_private : HostKind::ordinary;
}

HostKind kind_of_ipv6(std::string_view ip) {
    // What the machine's own metadata services listen on, and all of fe80::/10.
    if (ip.starts_with("fe8") || ip.starts_with("fe9") || ip.starts_with("fea") ||
        ip.starts_with("feb") || ip.starts_with("fd00:ec2:")) {
        return HostKind::link_local;
    }
    const bool is_embedded_ipv4 = ip.starts_with("::ffff:") || ip.starts_with("64:ff9b:");
    if (is_embedded_ipv4 || ip == "::1" || ip == "::" || ip.starts_with("fc") ||
        ip.starts_with("fd")) {
        return is_embedded_ipv4 ? HostKind::odd : HostKind::loopback_or_private;
    }
    return HostKind::ordinary;
}

/// By the text alone: what a name leads to is for the one who connects to find out.
HostKind kind_of_host(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        return kind_of_ipv6(host.substr(1, host.size() - 2));
    }
    if (host.find(':') != host.npos) {
        return kind_of_ipv6(host);
    }
    if (auto ip = parse_ipv4(host)) {
        return kind_of_ipv4(*ip);
    }
    if (host == "localhost" || host.ends_with(".localhost")) {
        return HostKind::loopback_or_private;
    }
    // "2852039166", "0xa9fea9fe", "0251.0376.1": addresses in disguise. A top-level domain is never
    // a number.
    const std::string_view last =
        split(host.ends_with('.') ? host.substr(0, host.size() - 1) : host, '.').back();
    const bool numeric = !last.empty() && is_digit(last.front()) &&
                         std::ranges::all_of(last, [](char c) { return is_alnum(c); }) &&
                         (last.starts_with("0x") || std::ranges::all_of(last, is_digit));
    return numeric ? HostKind::odd : HostKind::ordinary;
}

/// How far a path may lead.
enum class Reach : unsigned char { below, above, anywhere };

/// What is wrong with a path; "" when nothing is.
std::string path_problem(std::string_view path, Reach reach) {
    const bool has_control = std::ranges::any_of(
        path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
    if (has_control || path.find('\\') != path.npos) {
        return "must have / between its parts and no control characters";
    }
    if (reach == Reach::anywhere) {
        return "";
    }
    const bool has_drive = path.size() > 1 && path[1] == ':' && is_alpha(path[0]);
    if (path.starts_with('/') || path.starts_with('~') || has_drive) {
        return "must be relative to the lock";
    }
    if (reach == Reach::above) {
        return "";
    }
    int depth = 0;
    for (std::string_view part : split(path, '/')) {
        if (part == "..") {
            --depth;
        } else if (!part.empty() && part != ".") {
            ++depth;
        }
        if (depth < 0) {
            return "leads out of the lock's folder";
        }
    }
    return "";
}

class SourceChecker {
  public:
    SourceChecker(const Package& package, const SourceRules& rules)
        : package_(package), rules_(rules) {}

    Result<> check() {
        TRY(check_url("index", package_.index));
        if (package_.vcs) {
            TRY(check_repository(package_.vcs->url, package_.vcs->type));
            TRY(check_path("vcs.path", package_.vcs->path, Reach::below));
            TRY(check_subdirectory("vcs", package_.vcs->subdirectory));
        }
        if (package_.directory) {
            TRY(check_path("directory.path", package_.directory->path, Reach::below));
            TRY(check_subdirectory("directory", package_.directory->subdirectory));
        }
        if (package_.archive) {
            TRY(check_file("archive", package_.archive->source));
            TRY(check_subdirectory("archive", package_.archive->subdirectory));
        }
        if (package_.sdist) {
            TRY(check_file("sdist", package_.sdist->source));
        }
        for (size_t i = 0; i < package_.wheels.size(); ++i) {
            TRY(check_file("wheels[" + std::to_string(i) + "]", package_.wheels[i].source));
        }
        return {};
    }

  private:
    tl::unexpected<Error> refuse(std::string_view key, std::string_view what,
                                 std::string_view hint = "") const {
        std::string message = package_.name.str();
        if (package_.line > 0) {
            message.insert(0, "line " + std::to_string(package_.line) + ": ");
        }
        message += ": " + std::string(key) + " " + std::string(what);
        Error error{Error::Kind::refused, std::move(message)};
        return hint.empty() ? fail(std::move(error)) : fail(std::move(error).hint(hint));
    }

    Result<> check_file(const std::string& key, const FileSource& source) const {
        // "../../etc/passwd" has the wrong hash, but need not even be opened.
        const bool is_named_as_distribution = source.path.ends_with(".whl") ||
                                              source.path.ends_with(".zip") ||
                                              source.path.ends_with(".tar.gz");
        if (!is_named_as_distribution && !rules_.allow_outside_paths &&
            !path_problem(source.path, Reach::below).empty()) {
            return refuse(key + ".path",
                          "leads out of the lock's folder, and not to a distribution");
        }
        TRY(check_path(key + ".path", source.path,
                       rules_.allow_files_above ? Reach::above : Reach::below));
        return check_url(key + ".url", source.url);
    }

    Result<> check_path(std::string_view key, const std::string& path, Reach reach) const {
        if (path.empty()) {
            return {};
        }
        const std::string problem =
            path_problem(path, rules_.allow_outside_paths ? Reach::anywhere : reach);
        return problem.empty() ? Result<>() : refuse(key, problem);
    }

    /// Inside an archive or a repository there is no way out, whatever the rules.
    Result<> check_subdirectory(std::string_view key, const std::string& path) const {
        const std::string problem = path_problem(path, Reach::below);
        return problem.empty() ? Result<>()
                               : refuse(std::string(key) + ".subdirectory",
                                        path.starts_with('/') ? "must be a relative path"
                                                              : "leads out of the source");
    }

    Result<> check_url(std::string_view key, const std::string& text) const {
        if (text.empty()) {
            return {};
        }
        auto url = Url::parse(text);
        if (!url) {
            // The text is not shown: what cannot be taken apart may hold a password.
            return refuse(key, "is not an address");
        }
        if (url->has_credentials()) {
            return refuse(
                key, "holds a user name or a password",
                "keep credentials out of locks; pawl takes them from netrc or its settings");
        }
        if (url->scheme() == "file") {
            return rules_.allow_file_urls ? Result<>() : refuse(key, "is a file on this machine");
        }
        if (!url->is_http()) {
            return refuse(key, "must be an https or http address");
        }
        return check_host(key, *url);
    }

    Result<> check_host(std::string_view key, const Url& url) const {
        const HostKind kind = kind_of_host(url.host());
        if (url.host().empty()) {
            return refuse(key, "names no host");
        }
        if (kind == HostKind::link_local || kind == HostKind::odd) {
            return refuse(key,
                          "leads to " + printable(url.host()) + ", an address that no index has");
        }
        if (kind == HostKind::loopback_or_private && !rules_.allow_private_hosts) {
            return refuse(key, "leads to " + printable(url.host()) + ", a private address");
        }
        return {};
    }

    Result<> check_repository(std::string_view text, std::string_view type) const {
        const std::string prefix = std::string(type) + "+";
        if (text.starts_with(prefix)) {
            text.remove_prefix(prefix.size());
        }
        auto url = Url::parse(text);
        if (text.empty() || !url) {
            return {}; // "git@host:path" was checked by the strict rules
        }
        const bool is_ssh = url->scheme() == "ssh" || url->scheme().ends_with("+ssh");
        if (!url->password().empty() || (!url->user().empty() && !is_ssh)) {
            return refuse("vcs.url", "holds a user name or a password",
                          "keep credentials out of locks; git has its credential helpers");
        }
        if (url->scheme() == "file") {
            return rules_.allow_file_urls ? Result<>()
                                          : refuse("vcs.url", "is a folder on this machine");
        }
        return check_host("vcs.url", *url);
    }

    const Package& package_;
    const SourceRules& rules_;
};

} // namespace

Result<> check_sources(const Package& package, const SourceRules& rules) {
    return SourceChecker(package, rules).check();
}

Result<> check_sources(const Lock& lock, const SourceRules& rules) {
    for (const Package& package : lock.packages) {
        TRY(check_sources(package, rules));
    }
    return {};
}

} // namespace pawl::lock
