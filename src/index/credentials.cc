#include "index/credentials.h"

#include <vector>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::index {

namespace {

constexpr uint64_t netrc_bytes_max = uint64_t{1} << 20;

/// The words of a netrc file: blanks part them, double quotes keep blanks, a backslash keeps the
/// next character. Lines beginning with "#" are comments; a macro definition ends at a blank line.
std::vector<std::string> netrc_words(std::string_view text) {
    std::vector<std::string> words;
    bool in_macro = false;
    for (std::string_view line : split_lines(text)) {
        line = trim(line);
        if (in_macro || line.starts_with('#')) {
            in_macro = in_macro && !line.empty();
            continue;
        }
        std::string word;
        bool quoted = false, has_word = false;
        for (size_t i = 0; i <= line.size(); ++i) {
            char c = i < line.size() ? line[i] : ' ';
            if (i == line.size() || (!quoted && is_space(c))) {
                if (has_word) {
                    in_macro = in_macro || word == "macdef";
                    words.push_back(std::exchange(word, {}));
                }
                has_word = false;
                continue;
            }
            has_word = true;
            if (c == '"' && (quoted || word.empty())) {
                quoted = !quoted;
            } else if (c == '\\' && i + 1 < line.size()) {
                word += line[++i];
            } else {
                word += c;
            }
        }
    }
    return words;
}

} // namespace

std::map<std::string, Login> parse_netrc(std::string_view text) {
    std::map<std::string, Login> logins;
    std::vector<std::string> words = netrc_words(text);
    Login* current = nullptr;
    Login ignored; // of a second entry for one host
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        bool has_value = i + 1 < words.size();
        if (word == "default" || (word == "machine" && has_value)) {
            auto [entry, is_new] =
                logins.try_emplace(word == "default" ? std::string() : to_lower(words[++i]));
            current = is_new ? &entry->second : &ignored;
        } else if (current != nullptr && has_value && word == "login") {
            current->user = words[++i];
        } else if (current != nullptr && has_value && word == "password") {
            current->password = words[++i];
        } else if (has_value && (word == "account" || word == "macdef")) {
            ++i;
        }
    }
    return logins;
}

void Credentials::learn(const Url& url) {
    if (url.has_credentials()) {
        by_origin_.try_emplace(url.origin(),
                               Login{std::string(url.user()), std::string(url.password())});
    }
}

std::optional<Login> Credentials::find(const Url& url) {
    auto found = by_origin_.find(url.origin());
    if (found != by_origin_.end()) {
        return found->second;
    }
    if (url.scheme() != "https" && !url.is_loopback()) {
        return std::nullopt; // a netrc entry names a host, not who may listen on the way to it
    }
    if (!netrc_) {
        netrc_.emplace();
        std::string path = netrc_file_;
        if (path.empty()) {
            path = environment_variable("NETRC").value_or("");
        }
        auto home = environment_variable("HOME");
        if (path.empty() && home) {
            path = fs::join(*home, ".netrc");
        }
        if (!path.empty()) {
            if (auto text = fs::read(path, netrc_bytes_max)) {
                netrc_ = parse_netrc(*text);
            }
        }
    }
    auto entry = netrc_->find(std::string(url.host()));
    if (entry == netrc_->end()) {
        entry = netrc_->find("");
    }
    return entry == netrc_->end() ? std::nullopt : std::optional(entry->second);
}

} // namespace pawl::index
