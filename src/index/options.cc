#include "index/options.h"

#include "base/fs.h"
#include "base/text.h"

namespace pawl::index {

namespace {

/// "name=" in front of an index: a URL's scheme ends with ":" before any "=".
bool has_name(std::string_view text) {
    size_t equals = text.find('=');
    return equals != std::string_view::npos && equals > 0 &&
           text.substr(0, equals).find_first_of(":/?@") == std::string_view::npos;
}

} // namespace

void NetworkOptions::set_patience(int64_t silence_ms) {
    connect_wait_ms_max = silence_ms / 3;
    silence_ms_max = silence_ms;
    speed_window_ms = silence_ms * 2;
    page_wait_ms_max = silence_ms * 4;
    retry_base_ms = silence_ms / 60;
}

Result<Source> parse_source(std::string_view text, Source::Kind kind, bool may_have_name) {
    std::string name;
    text = trim(text);
    if (may_have_name && has_name(text)) {
        auto halves = split_once(text, '=');
        name = trim(halves->before);
        text = trim(halves->after);
    }
    if (text.empty()) {
        return fail(Error::Kind::usage, "the address of an index is empty");
    }
    if (text.find("://") == std::string_view::npos && !text.starts_with("file:")) {
        std::string path = TRY(fs::absolute(text));
        if (!fs::exists(path)) {
            return fail(Error::Kind::usage,
                        printable(path) + ": there is no such file or directory");
        }
        bool is_directory = fs::is_directory(path);
        return Source{.kind = kind,
                      .name = name,
                      .url = Url::from_path(path + (is_directory ? "/" : "")),
                      .only_pinned = false};
    }
    Url url = TRY(Url::parse(text)).without_fragment();
    if (kind == Source::Kind::simple && !url.path().ends_with('/')) {
        url = url.with_path(std::string(url.path()) + "/");
    }
    return Source{.kind = kind, .name = name, .url = url, .only_pinned = false};
}

} // namespace pawl::index
