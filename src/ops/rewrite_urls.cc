#include "ops/rewrite_urls.h"

#include "base/text.h"
#include "base/url.h"

namespace pawl::ops {

namespace {

struct Rule {
    std::string from, to;
};

bool is_plain_url(std::string_view text) {
    Result<Url> url = Url::parse(text);
    return url && !url->has_credentials() && url->fragment().empty();
}

Result<Rule> parse_rule(std::string_view text) {
    // An address may hold "=", but only one leaves an address on both sides.
    for (size_t at = text.find('='); at != text.npos; at = text.find('=', at + 1)) {
        std::string_view from = text.substr(0, at);
        std::string_view to = text.substr(at + 1);
        if (is_plain_url(from) && is_plain_url(to)) {
            return Rule{std::string(from), std::string(to)};
        }
    }
    bool has_login = text.find('@') != text.npos;
    return fail(
        Error{Error::Kind::usage,
              "--rewrite-urls: " + (has_login ? std::string("it") : "\"" + printable(text) + "\"") +
                  " is not FROM=TO with two URLs" +
                  (has_login ? " (user names and passwords belong into netrc)" : "")}
            .hint("for example "
                  "https://files.pythonhosted.org/=https://mirror.example.org/pypi/"));
}

void rewrite(std::string& url, const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
        if (url.starts_with(rule.from)) {
            url = rule.to + url.substr(rule.from.size());
            return;
        }
    }
}

} // namespace

Result<> rewrite_urls(lock::Lock& lock, std::span<const std::string> texts) {
    std::vector<Rule> rules;
    for (const std::string& text : texts) {
        rules.push_back(TRY(parse_rule(text)));
    }
    for (lock::Package& package : lock.packages) {
        rewrite(package.index, rules);
        if (package.vcs) {
            rewrite(package.vcs->url, rules);
        }
        if (package.archive) {
            rewrite(package.archive->source.url, rules);
        }
        if (package.sdist) {
            rewrite(package.sdist->source.url, rules);
        }
        for (lock::Wheel& wheel : package.wheels) {
            rewrite(wheel.source.url, rules);
        }
    }
    return {};
}

} // namespace pawl::ops
