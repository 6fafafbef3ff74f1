#include "exchange/uv_text.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/url.h"
#include "text/toml_write.h"

namespace pawl::exchange {

namespace {

std::string prefix(std::string_view kind, std::string_view project) {
    return std::string(kind) + "-" + std::to_string(project.size()) + "-" + std::string(project) +
           "-";
}

pep::Marker with_made_up_extras(const pep::Marker& marker, std::string_view project) {
    using Operator = pep::Marker::Operator;
    if (marker.kind() != pep::Marker::Kind::comparison) {
        std::vector<pep::Marker> children;
        for (const pep::Marker& child : marker.children()) {
            children.push_back(with_made_up_extras(child, project));
        }
        return pep::Marker::of(marker.kind(), std::move(children));
    }
    const pep::Marker::Comparison& one = marker.comparison();
    bool is_extra = one.variable == pep::MarkerVariable::extras;
    if (!is_extra && one.variable != pep::MarkerVariable::dependency_groups) {
        return marker;
    }
    Selector selector{is_extra ? Selector::Kind::extra : Selector::Kind::group, one.literal};
    return pep::Marker::of(
        {.variable = pep::MarkerVariable::extra,
         .op = one.op == Operator::not_in ? Operator::not_equal : Operator::equal,
         .literal = uv_extra_of(selector, project)});
}

} // namespace

std::optional<Selector> selector_of_uv_extra(std::string_view text, std::string_view project) {
    for (auto [kind, word] :
         {std::pair(Selector::Kind::extra, "extra"), std::pair(Selector::Kind::group, "group")}) {
        std::string before = prefix(word, project);
        if (text.starts_with(before)) {
            return Selector{kind, std::string(text.substr(before.size()))};
        }
    }
    return std::nullopt;
}

std::string uv_extra_of(const Selector& selector, std::string_view project) {
    return prefix(selector.kind == Selector::Kind::group ? "group" : "extra", project) +
           selector.name;
}

std::string uv_marker_text(const pep::Marker& marker, std::string_view project) {
    std::string text = project.empty() ? marker.str() : with_made_up_extras(marker, project).str();
    return text.find('\'') == text.npos ? replace_all(text, "\"", "'") : text;
}

std::string uv_string(std::string_view text) {
    return text::toml_string(text);
}

std::string uv_span(std::string_view text) {
    if (text.starts_with('P')) {
        return std::string(text);
    }
    struct Unit {
        char letter;
        std::string_view before, after;
    };
    constexpr std::array<Unit, 5> units = {
        {{'w', "P", "W"}, {'d', "P", "D"}, {'h', "PT", "H"}, {'m', "PT", "M"}, {'s', "PT", "S"}}};
    std::string number;
    for (char c : text) {
        if (is_digit(c)) {
            number += c;
        } else if (const auto* unit = std::ranges::find(units, to_lower(c), &Unit::letter);
                   unit != units.end()) {
            return std::string(unit->before) + number + std::string(unit->after);
        }
    }
    return std::string(text);
}

std::string uv_git_of(std::string_view url) {
    std::string_view fragment;
    if (size_t hash = url.find('#'); hash != url.npos) {
        fragment = url.substr(hash + 1);
        url = url.substr(0, hash);
    }
    std::string_view revision;
    size_t path = url.find('/', url.find("://") == url.npos ? 0 : url.find("://") + 3);
    if (size_t at = url.rfind('@'); at != url.npos && path != url.npos && at > path) {
        revision = url.substr(at + 1);
        url = url.substr(0, at);
    }
    std::string text(url);
    char separator = '?';
    for (std::string_view part : split(fragment, '&')) {
        if (part.starts_with("subdirectory=")) {
            text += separator + std::string(part);
            separator = '&';
        }
    }
    if (!revision.empty()) {
        text += separator + std::string("rev=") + percent_encode(revision, "/");
    }
    return text;
}

std::string uv_requirement(const Edge& edge) {
    Result<pep::Requirement> whole = pep::Requirement::parse(edge.str());
    UvTable table;
    table.text("name", edge.name.str());
    if (!edge.extras.empty()) {
        table.names("extras", edge.extras);
    }
    if (whole && whole->marker) {
        table.text("marker", uv_marker_text(*whole->marker));
    }
    if (edge.specifiers && !edge.specifiers->is_empty()) {
        table.text("specifier", edge.specifiers->str());
    }
    if (!edge.url.empty()) {
        table.text(edge.url.starts_with("git+") ? "git" : "url",
                   edge.url.starts_with("git+") ? uv_git_of(edge.url.substr(4)) : edge.url);
    }
    return table.str();
}

UvTable& UvTable::text(std::string_view key, std::string_view value) {
    return toml(key, text::toml_string(value));
}

UvTable& UvTable::names(std::string_view key, std::span<const pep::Name> names) {
    std::vector<std::string> texts;
    for (const pep::Name& name : names) {
        texts.push_back(name.str());
    }
    return toml(key, text::toml_strings(texts));
}

UvTable& UvTable::toml(std::string_view key, std::string_view value) {
    body_ += (body_.empty() ? "" : ", ") + text::toml_key(key) + " = " + std::string(value);
    return *this;
}

} // namespace pawl::exchange
