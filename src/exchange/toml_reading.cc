#include "exchange/toml_reading.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::exchange {

using text::TomlNode;

namespace {

/// The value made by T::parse; its error stands at the node.
template <class T>
Result<T> parsed_at(TomlNode node) {
    if (!node.is_string()) {
        return fail(std::move(node.type_error("a string").value()));
    }
    Result<T> value = T::parse(node.string());
    if (!value) {
        return fail(std::move(value.error()).in("line " + line_text(node)));
    }
    return value;
}

} // namespace

std::string line_text(TomlNode node) {
    return std::to_string(node.place().line);
}

uint32_t LineCounter::of(TomlNode node) {
    text::TomlSpan key = node.key_span();
    size_t at = key.begin != key.end ? key.begin : node.span().begin;
    if (at < at_) {
        at_ = 0;
        line_ = 1;
    }
    line_ += static_cast<uint32_t>(std::ranges::count(text_.substr(at_, at - at_), '\n'));
    at_ = at;
    return line_;
}

Result<pep::Name> name_at(TomlNode table) {
    TRY(table.require_string("name"));
    return parsed_at<pep::Name>(*table.find("name"));
}

Result<std::vector<pep::Name>> names_of(std::span<const std::string_view> texts) {
    std::vector<pep::Name> names;
    for (std::string_view text : texts) {
        names.push_back(TRY(pep::Name::parse(text)));
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

Result<pep::Version> version_at(TomlNode node) {
    return parsed_at<pep::Version>(node);
}

Result<pep::Specifiers> specifiers_at(TomlNode node) {
    return parsed_at<pep::Specifiers>(node);
}

Result<> add_hash(TomlNode node, std::string_view hash, lock::FileSource& file) {
    Result<Hash> parsed = parse_hash(hash);
    if (!parsed) {
        return fail(std::move(parsed.error()).in("line " + line_text(node)));
    }
    if (!is_strong_algorithm(parsed->algorithm)) {
        return node.error(printable(parsed->algorithm) +
                          " is no algorithm to rely on, and there is no other hash");
    }
    file.hashes.push_back(std::move(*parsed));
    return {};
}

Result<> check_commit(TomlNode node, std::string_view commit) {
    bool is_hash =
        (commit.size() == 40 || commit.size() == 64) &&
        std::ranges::all_of(commit, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
    return is_hash ? Result<>()
                   : Result<>(fail(Error::Kind::input,
                                   "line " + line_text(node) + ": \"" + printable(commit) +
                                       "\" is no commit: 40 hexadecimal digits are one"));
}

} // namespace pawl::exchange
