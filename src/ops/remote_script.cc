#include "ops/remote_script.h"

#include <algorithm>

#include "base/fs.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/url.h"
#include "index/http.h"
#include "ops/run_memory.h"
#include "ops/script_source.h"

namespace pawl::ops {

namespace {

/// What runs here with the user's rights must come from who it says, or from this machine.
Result<Url> safe_url(std::string_view text) {
    Url url = TRY(Url::parse(text));
    if (!url.is_http()) {
        return fail(Error::Kind::usage, printable(text) + ": only https addresses can be run");
    }
    if (url.scheme() == "http" && !url.is_loopback()) {
        return fail(Error{Error::Kind::permission,
                          index::shown_url(url) +
                              ": over plain http anybody on the way can change the script"}
                        .hint("use https, or fetch it, look at it and run the file"));
    }
    return url;
}

/// "https://host/report.py#sha256=…"
std::string_view digest_in(const Url& url) {
    constexpr std::string_view name = "sha256=";
    return url.fragment().starts_with(name) ? url.fragment().substr(name.size())
                                            : std::string_view();
}

Result<> check_bytes(std::string_view bytes, std::string_view sha256, const RunRequest& request,
                     const std::string& shown) {
    if (!request.sha256.empty() && sha256 != request.sha256) {
        return fail(Error::Kind::integrity, shown + " has the SHA-256 " + std::string(sha256) +
                                                ", and should have " + request.sha256);
    }
    std::string begin = to_lower(trim(bytes.substr(0, 64)));
    if (begin.starts_with("<!doctype html") || begin.starts_with("<html")) {
        return fail(Error{Error::Kind::input, shown + " is a web page, not a script"}.hint(
            "use the address of the raw file"));
    }
    return {};
}

/// The user's word. Without a terminal there is nobody to ask, which is said before anything is
/// fetched.
bool needs_word(const RunRequest& request) {
    return !request.yes && request.sha256.empty();
}

Error without_word(const std::string& shown) {
    return Error{Error::Kind::permission, shown + " is somebody else's program, and was not run"}
        .hint("say --yes, or --sha256 with the digest of what you have looked at");
}

Result<std::string> fetch(const Url& url, Services& services) {
    // Whatever --trusted-host says about an index, a program is not taken from just anybody.
    Settings settings = services.settings();
    settings.trusted_hosts.clear();
    index::Client& client = *TRY(services.index(settings));
    return client.fetch(url.without_fragment(), script_bytes_max);
}

/// With this digest in its name, so that it is what it was.
Result<std::string> keep(std::string_view bytes, const std::string& path) {
    TRY(fs::make_directories(fs::parent(path), 0700));
    TRY(fs::write_atomic(path, bytes, 0600));
    return path;
}

bool is_kept(const std::string& path, const std::string& sha256) {
    Result<std::string> kept = fs::read(path, script_bytes_max);
    return kept && Sha256::hex_of(*kept) == sha256;
}

} // namespace

bool is_url(std::string_view program) {
    size_t colon = program.find("://");
    return colon != std::string_view::npos && colon != 0 &&
           std::ranges::all_of(program.substr(0, colon), [](char c) {
               return is_alnum(c) || c == '+' || c == '-' || c == '.';
           });
}

Result<std::string> checked_sha256(std::string_view text) {
    bool is_digest = text.size() == 64 && from_hex(text).has_value();
    if (!text.empty() && !is_digest) {
        return fail(Error::Kind::usage,
                    "--sha256 takes 64 hexadecimal digits, not \"" + printable(text) + "\"");
    }
    return to_lower(text);
}

Result<std::string> fetch_program(RunRequest& request, Services& services) {
    Url url = TRY(safe_url(request.program));
    std::string shown = index::shown_url(url);
    if (request.sha256.empty()) {
        request.sha256 = TRY_IN(shown, checked_sha256(digest_in(url)));
    }
    std::string cache = TRY(services.cache_directory());
    if (!request.sha256.empty()) {
        std::string path = kept_script_path(cache, request.sha256, request.program);
        if (is_kept(path, request.sha256)) {
            return path;
        }
    }
    if (needs_word(request) && !services.terminal().is_interactive()) {
        return fail(without_word(shown));
    }
    std::string bytes = TRY(fetch(url, services));
    std::string sha256 = Sha256::hex_of(bytes);
    TRY(check_bytes(bytes, sha256, request, shown));
    if (needs_word(request) &&
        !services.terminal().confirm("Run " + shown + " (" + format_bytes(bytes.size()) +
                                     ", SHA-256 " + sha256 + ")?")) {
        return fail(without_word(shown));
    }
    return keep(bytes, kept_script_path(cache, sha256, request.program));
}

} // namespace pawl::ops
