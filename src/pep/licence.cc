#include "pep/licence.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/text.h"

namespace pawl::pep {

namespace {

#include "pep/licence_ids.inc"

/// Python's own limit on brackets, which the reference library has inherited.
constexpr int brackets_max = 199;
constexpr std::string_view reference_prefix = "licenseref-";

/// The identifier as SPDX spells it, of one in lower case.
template <size_t count>
std::optional<std::string_view> spelled(const std::string_view (&ids)[count],
                                        std::string_view lower) {
    auto found = std::lower_bound(std::begin(ids), std::end(ids), lower,
                                  [](std::string_view id, std::string_view wanted) {
                                      return std::string_view(to_lower(id)) < wanted;
                                  });
    if (found == std::end(ids) || to_lower(*found) != lower) {
        return std::nullopt;
    }
    return *found;
}

bool is_blank(char c) {
    return is_space(c) || (c >= '\x1c' && c <= '\x1f');
}

/// Brackets stand alone, everything else between blanks.
std::vector<std::string_view> tokens_of(std::string_view text) {
    auto is_bracket = [](char c) { return c == '(' || c == ')'; };
    std::vector<std::string_view> tokens;
    for (size_t at = 0; at < text.size();) {
        size_t end = at + 1;
        if (is_blank(text[at])) {
            at = end;
            continue;
        }
        while (!is_bracket(text[at]) && end < text.size() && !is_blank(text[end]) &&
               !is_bracket(text[end])) {
            ++end;
        }
        tokens.push_back(text.substr(at, end - at));
        at = end;
    }
    return tokens;
}

class LicenceReader {
  public:
    explicit LicenceReader(std::string_view expression)
        : expression_(expression), tokens_(tokens_of(expression)) {
        for (std::string_view token : tokens_) {
            std::string lower = to_lower(token);
            if (lower.starts_with(reference_prefix)) {
                // The same reference is spelled in one way throughout.
                references_[lower] =
                    "LicenseRef-" + std::string(token.substr(reference_prefix.size()));
            }
        }
    }

    Result<std::string> read() {
        for (size_t i = 0; i < tokens_.size(); ++i) {
            std::string token = to_lower(tokens_[i]);
            TRY(wants_operand_ ? read_operand(token) : read_operator(token));
        }
        if (wants_operand_ || depth_ != 0) {
            return wrong("ends too early");
        }
        return std::move(out_);
    }

  private:
    tl::unexpected<Error> wrong(std::string_view why) const {
        return fail(Error::Kind::input, "the licence expression \"" + printable(expression_) +
                                            "\" " + std::string(why));
    }

    void write(std::string_view text) {
        bool touches = out_.empty() || out_.back() == '(' || text == ")";
        out_ += touches ? "" : " ";
        out_ += text;
    }

    static bool is_operator(std::string_view token) {
        return token == "and" || token == "or" || token == "with";
    }

    Result<> read_operand(const std::string& token) {
        bool is_bracket = token == "(" && !wants_exception_;
        if (is_bracket) {
            if (++depth_ > brackets_max) {
                return wrong("has too many brackets");
            }
            write("(");
            return {};
        }
        if (token == "(" || token == ")" || is_operator(token)) {
            return wrong("has \"" + token + "\" where a licence should stand");
        }
        std::string id = TRY(wants_exception_ ? exception_id(token) : licence_id(token));
        write(id);
        takes_exception_ = !wants_exception_;
        wants_exception_ = false;
        wants_operand_ = false;
        return {};
    }

    Result<> read_operator(const std::string& token) {
        if (token == ")" && depth_ > 0) {
            --depth_;
            write(")");
            takes_exception_ = false;
            return {};
        }
        if (!is_operator(token) || (token == "with" && !takes_exception_)) {
            return wrong("has \"" + printable(token) + "\" where AND, OR or WITH should stand");
        }
        wants_exception_ = token == "with";
        wants_operand_ = true;
        write(token == "and" ? "AND" : token == "or" ? "OR" : "WITH");
        return {};
    }

    Result<std::string> exception_id(const std::string& token) const {
        if (auto id = spelled(exception_ids, token)) {
            return std::string(*id);
        }
        return wrong("names an unknown licence exception, \"" + printable(token) + "\"");
    }

    Result<std::string> licence_id(const std::string& token) const {
        if (token.starts_with(reference_prefix)) {
            std::string_view name = std::string_view(token).substr(reference_prefix.size());
            bool is_valid = !name.empty() && std::ranges::all_of(name, [](char c) {
                return is_alnum(c) || c == '.' || c == '-';
            });
            if (!is_valid) {
                return wrong("has a malformed reference, \"" + printable(token) + "\"");
            }
            return references_.at(token);
        }
        bool or_later = token.ends_with('+');
        auto id = spelled(licence_ids,
                          std::string_view(token).substr(0, token.size() - (or_later ? 1 : 0)));
        if (!id) {
            return wrong("names an unknown licence, \"" + printable(token) + "\"");
        }
        return std::string(*id) + (or_later ? "+" : "");
    }

    std::string_view expression_;
    std::vector<std::string_view> tokens_;
    std::map<std::string, std::string, std::less<>> references_;
    std::string out_;
    int depth_ = 0;
    bool wants_operand_ = true;
    bool wants_exception_ = false; // behind WITH
    bool takes_exception_ = false; // behind a licence
};

} // namespace

Result<std::string> normalize_licence(std::string_view expression) {
    return LicenceReader(expression).read();
}

} // namespace pawl::pep
