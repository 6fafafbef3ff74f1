#include "pep/requirement.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::pep {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

std::string not_a_requirement(std::string_view text) {
    return "\"" + printable(text) + "\" is not a requirement";
}

/// Recursive descent over the specification's grammar, given at each function.
class RequirementReader {
  public:
    explicit RequirementReader(std::string_view text) : text_(text) {}

    /// requirement = blanks? name blanks? extras? blanks? (url | specifiers) (";" marker)?
    Result<WrittenRequirement> read() {
        skip_blanks();
        if (!at_identifier()) {
            return wrong("a project's name must stand");
        }
        requirement_.name = take_identifier();
        skip_blanks();
        if (take('[')) {
            TRY(read_extras());
        }
        skip_blanks();
        if (take('@')) {
            TRY(read_url());
        } else {
            TRY(read_specifiers());
        }
        skip_blanks();
        if (is_at_end()) {
            return std::move(requirement_);
        }
        if (is_at('=')) {
            return fail(wrong(after_what()).value().hint("one version is asked for with \"==\""));
        }
        if (!take(';')) {
            return wrong(after_what());
        }
        requirement_.marker = TRY_IN(not_a_requirement(text_), Marker::parse_at(text_, at_));
        return std::move(requirement_);
    }

  private:
    /// "at position 5 an extra's name must stand": positions count bytes from one.
    tl::unexpected<Error> wrong(std::string_view what) const {
        return fail(Error::Kind::input, not_a_requirement(text_) + ": at position " +
                                            std::to_string(at_ + 1) + " " + std::string(what));
    }

    std::string_view after_what() const {
        if (!requirement_.url.empty()) {
            return "\";\" and a marker or the end must stand";
        }
        return requirement_.specifiers.is_empty()
                   ? "a version specifier, \"@\" and a URL, \";\" and a marker, or the end must "
                     "stand"
                   : "\",\" and another specifier, \";\" and a marker, or the end must stand";
    }

    bool is_at_end() const { return at_ == text_.size(); }
    bool is_at(char c) const { return !is_at_end() && text_[at_] == c; }

    bool take(char c) {
        bool found = is_at(c);
        at_ += found ? 1 : 0;
        return found;
    }

    void skip_blanks() {
        while (!is_at_end() && is_blank(text_[at_])) {
            ++at_;
        }
    }

    bool at_identifier() const { return !is_at_end() && is_alnum(text_[at_]); }

    /// A letter or digit, then letters, digits, "-", "_" and ".", of which "-" and "." are not
    /// last.
    std::string_view take_identifier() {
        size_t end = at_;
        while (end < text_.size() && (is_alnum(text_[end]) || text_[end] == '-' ||
                                      text_[end] == '_' || text_[end] == '.')) {
            ++end;
        }
        while (text_[end - 1] == '-' || text_[end - 1] == '.') {
            --end;
        }
        std::string_view identifier = text_.substr(at_, end - at_);
        at_ = end;
        return identifier;
    }

    /// extras = "[" (identifier ("," identifier)*)? "]", blanks between
    Result<> read_extras() {
        skip_blanks();
        if (take(']')) {
            return {};
        }
        for (;;) {
            if (!at_identifier()) {
                return wrong("an extra's name must stand");
            }
            requirement_.extras.push_back(take_identifier());
            skip_blanks();
            if (take(']')) {
                return {};
            }
            if (!take(',')) {
                return wrong("\",\" or \"]\" must stand");
            }
            skip_blanks();
        }
    }

    /// url = "@" blanks? everything up to a blank. A ";" belongs to the URL unless a blank is
    /// before it (the specification asks for one).
    Result<> read_url() {
        skip_blanks();
        size_t begin = at_;
        while (!is_at_end() && !is_blank(text_[at_])) {
            ++at_;
        }
        requirement_.url = text_.substr(begin, at_ - begin);
        if (requirement_.url.empty()) {
            return wrong("a URL must stand");
        }
        return {};
    }

    /// specifiers = ("(" blanks? list? blanks? ")") | list?
    /// list = specifier (blanks? "," blanks? specifier)* ","?
    ///
    /// Where a specifier ends is told by what cannot be in one. White space may stand before the
    /// version; after "===" everything but white space, ";" and ")" belongs to it, commas too.
    Result<> read_specifiers() {
        bool in_brackets = take('(');
        skip_blanks();
        size_t begin = at_;
        while (at_specifier()) {
            skip_specifier();
            skip_blanks();
            if (!take(',')) {
                break;
            }
            skip_blanks();
        }
        std::string_view list = text_.substr(begin, at_ - begin);
        Result<Specifiers> specifiers = Specifiers::parse(list);
        if (!specifiers) {
            at_ = begin + wrong_part(list);
            return wrong(specifiers.error().message);
        }
        requirement_.specifiers = std::move(*specifiers);
        if (in_brackets && !take(')')) {
            return wrong("\")\" must stand");
        }
        return {};
    }

    bool at_specifier() const {
        std::string_view rest = text_.substr(at_);
        return rest.starts_with('<') || rest.starts_with('>') || rest.starts_with("==") ||
               rest.starts_with("!=") || rest.starts_with("~=");
    }

    void skip_specifier() {
        bool is_arbitrary = text_.substr(at_).starts_with("===");
        while (!is_at_end() &&
               std::string_view("<>=!~").find(text_[at_]) != std::string_view::npos) {
            ++at_;
        }
        while (!is_at_end() && is_space(text_[at_])) {
            ++at_;
        }
        while (!is_at_end() && !is_space(text_[at_]) && text_[at_] != ';' && text_[at_] != ')' &&
               (is_arbitrary || text_[at_] != ',')) {
            ++at_;
        }
    }

    /// Where in the list the first specifier stands that is none.
    static size_t wrong_part(std::string_view list) {
        for (std::string_view part : split(list, ',')) {
            if (!trim(part).empty() && !Specifier::parse(part)) {
                return static_cast<size_t>(trim(part).data() - list.data());
            }
        }
        return 0;
    }

    std::string_view text_;
    size_t at_ = 0;
    WrittenRequirement requirement_;
};

template <class Text>
void sort_each_once(std::vector<Text>& texts) {
    std::ranges::sort(texts);
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

} // namespace

Result<WrittenRequirement> WrittenRequirement::parse(std::string_view text) {
    return RequirementReader(text).read();
}

std::string WrittenRequirement::str() const {
    std::string text(name);
    std::vector<std::string_view> sorted = extras;
    sort_each_once(sorted);
    for (const std::string_view& extra : sorted) {
        text += &extra == sorted.data() ? "[" : ",";
        text += extra;
    }
    text += sorted.empty() ? "" : "]";
    text += specifiers.str();
    if (!url.empty()) {
        text += " @ ";
        text += url;
    }
    if (marker) {
        text += url.empty() ? "; " : " ; ";
        text += marker->str();
    }
    return text;
}

Result<Requirement> Requirement::parse(std::string_view text) {
    WrittenRequirement written = TRY(WrittenRequirement::parse(text));
    Name name = TRY_IN(not_a_requirement(text), Name::parse(written.name));
    Requirement requirement{.name = std::move(name),
                            .name_as_written = std::string(written.name),
                            .extras = {},
                            .specifiers = std::move(written.specifiers),
                            .url = std::string(written.url),
                            .marker = std::move(written.marker)};
    for (std::string_view extra : written.extras) {
        requirement.extras.push_back(TRY_IN(not_a_requirement(text), Name::parse(extra)));
        requirement.extras_as_written.emplace_back(extra);
    }
    sort_each_once(requirement.extras);
    sort_each_once(requirement.extras_as_written);
    return requirement;
}

std::string Requirement::str() const {
    WrittenRequirement written{.name = name_as_written.empty() ? name.str() : name_as_written,
                               .extras = {},
                               .specifiers = specifiers,
                               .url = url,
                               .marker = marker};
    for (const std::string& extra : extras_as_written) {
        written.extras.push_back(extra);
    }
    if (extras_as_written.empty()) {
        for (const Name& extra : extras) {
            written.extras.push_back(extra.str());
        }
    }
    return written.str();
}

} // namespace pawl::pep
