#include "index/context.h"

#include "base/clock.h"
#include "base/subprocess.h"

namespace pawl::index {

namespace {

Credentials credentials_of(const Options& options) {
    Credentials credentials(options.network.netrc_file);
    for (const Source& source : options.sources) {
        credentials.learn(source.url);
    }
    for (const Url& login : options.network.logins) {
        credentials.learn(login);
    }
    return credentials;
}

std::string cache_file(const std::string& directory, std::string_view name) {
    return directory.empty() ? std::string() : fs::join(directory, name);
}

} // namespace

Context::Context(Options chosen, std::string cache_directory)
    : options(std::move(chosen)), http(options.network, credentials_of(options), turn),
      pages(cache_file(cache_directory, "http/pages.pack")),
      metadata(cache_file(cache_directory, "metadata/core.pack")),
      cache_directory_(std::move(cache_directory)), now_s_(now().microseconds / 1'000'000) {
    for (const Source& source : options.sources) {
        source_urls.push_back(source.url.text_without_fragment());
    }
}

void Context::warn(std::string text) {
    if (warned_.insert(text).second) {
        warnings_.push_back(std::move(text));
    }
}

std::vector<std::string> Context::take_warnings() {
    return std::exchange(warnings_, {});
}

Error Context::offline_error(std::string_view what) const {
    return Error{Error::Kind::network, "offline and not in the cache: " + std::string(what)}.hint(
        "run once without --offline");
}

Result<std::string> Context::scratch_directory() {
    if (!scratch_) {
        std::string parent = environment_variable("TMPDIR").value_or("/tmp");
        if (!cache_directory_.empty()) {
            parent = fs::join(cache_directory_, "tmp"); // renames stay on one file system
            TRY(fs::make_directories(parent, 0700));
        }
        scratch_ = TRY(fs::TemporaryDirectory::create(parent, "fetch-"));
    }
    return scratch_->path();
}

} // namespace pawl::index
