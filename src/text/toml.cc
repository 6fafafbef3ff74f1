#include "text/toml.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "text/toml_scalar.h"
#include "text/toml_tree.h"
#include "text/toml_write.h"

namespace pawl::text {

// --- TomlTree -----------------------------------------------------------------------------------

std::string_view TomlTree::decoded_text(uint64_t id) const {
    auto found = std::ranges::lower_bound(
        decoded, id, {}, [](const std::pair<uint64_t, std::string>& entry) { return entry.first; });
    check(found != decoded.end() && found->first == id);
    return found->second;
}

std::string_view TomlTree::key_of(uint32_t index_of_node) const {
    const Node& node = nodes[index_of_node];
    if (node.key_decoded) {
        return decoded_text(uint64_t{index_of_node} * 2);
    }
    std::string_view key = view(node.key_begin, node.key_end);
    if (!key.empty() && (key.front() == '"' || key.front() == '\'')) {
        key = key.substr(1, key.size() - 2);
    }
    return key;
}

std::string_view TomlTree::string_of(uint32_t index_of_node) const {
    const Node& node = nodes[index_of_node];
    if (node.value_decoded) {
        return decoded_text(uint64_t{index_of_node} * 2 + 1);
    }
    return view(node.begin + 1, node.end - 1);
}

uint32_t TomlTree::find(uint32_t table, std::string_view key) const {
    const Node& node = nodes[table];
    if (node.count > linear_entries_max) {
        auto found = index.find({table, key});
        return found == index.end() ? none : found->second;
    }
    for (uint32_t child = node.first; child != none; child = nodes[child].next) {
        if (key_of(child) == key) {
            return child;
        }
    }
    return none;
}

void TomlTree::append_child(uint32_t parent, uint32_t child) {
    Node& node = nodes[parent];
    nodes[child].parent = parent;
    (node.first == none ? node.first : nodes[node.last].next) = child;
    node.last = child;
    ++node.count;
    if (node.kind != TomlNode::Kind::table || node.count <= linear_entries_max) {
        return;
    }
    if (node.count == linear_entries_max + 1) {
        for (uint32_t each = node.first; each != child; each = nodes[each].next) {
            index.emplace(std::pair(parent, key_of(each)), each);
        }
    }
    index.emplace(std::pair(parent, key_of(child)), child);
}

// --- TomlDatetime -------------------------------------------------------------------------------

Timestamp TomlDatetime::timestamp() const {
    check(has_date && has_time);
    // Days since 1970-01-01 in the Gregorian calendar; years begin in March, so that the leap day
    // is the last one.
    const int64_t shifted_year = month <= 2 ? year - 1 : year;
    const int64_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
    const int64_t year_of_era = shifted_year - era * 400;
    const int64_t month_from_march = (month + 9) % 12;
    const int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    const int64_t days = era * 146097 + day_of_era - 719468;
    const int64_t minutes = days * 1440 + hour * 60 + minute - offset_minutes;
    return {(minutes * 60 + second) * 1'000'000 + nanosecond / 1000};
}

// --- TomlNode -----------------------------------------------------------------------------------

namespace {

TomlScalar scalar_of(std::string_view source, TomlNode::Kind kind) {
    TomlScalar scalar;
    check(read_toml_scalar(source, scalar) == nullptr && scalar.kind == kind);
    return scalar;
}

} // namespace

std::string_view toml_kind_name(TomlNode::Kind kind) {
    static constexpr std::string_view names[] = {"a string",   "an integer", "a float", "a boolean",
                                                 "a datetime", "an array",   "a table"};
    return names[static_cast<size_t>(kind)];
}

TomlNode::Kind TomlNode::kind() const {
    return tree_->nodes[index_].kind;
}

TomlNode::Form TomlNode::form() const {
    switch (tree_->nodes[index_].origin) {
    case TomlTree::Origin::value:
        return Form::value;
    case TomlTree::Origin::implied:
        return Form::implied;
    case TomlTree::Origin::dotted:
        return Form::dotted;
    case TomlTree::Origin::header:
        return Form::header;
    case TomlTree::Origin::array_of_tables:
        break;
    }
    return Form::array_of_tables;
}

std::string_view TomlNode::key() const {
    return tree_->key_of(index_);
}

std::string TomlNode::path() const {
    std::vector<std::string> parts;
    uint32_t at = index_;
    while (tree_->nodes[at].parent != TomlTree::none) {
        const uint32_t parent = tree_->nodes[at].parent;
        if (tree_->nodes[parent].kind == Kind::array) {
            size_t position = 0;
            for (uint32_t each = tree_->nodes[parent].first; each != at;
                 each = tree_->nodes[each].next) {
                ++position;
            }
            parts.push_back("[" + std::to_string(position) + "]");
        } else {
            parts.push_back((tree_->nodes[parent].parent == TomlTree::none ? "" : ".") +
                            toml_key(tree_->key_of(at)));
        }
        at = parent;
    }
    std::string path;
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        path += *part;
    }
    return path;
}

std::string_view TomlNode::string() const {
    check(is_string());
    return tree_->string_of(index_);
}

int64_t TomlNode::integer() const {
    return scalar_of(source(), Kind::integer).integer;
}
double TomlNode::floating() const {
    return scalar_of(source(), Kind::floating).floating;
}
bool TomlNode::boolean() const {
    return scalar_of(source(), Kind::boolean).boolean;
}
TomlDatetime TomlNode::datetime() const {
    return scalar_of(source(), Kind::datetime).datetime;
}

size_t TomlNode::size() const {
    return tree_->nodes[index_].count;
}
TomlNode::Iterator TomlNode::begin() const {
    return {tree_, tree_->nodes[index_].first};
}
TomlNode::Iterator TomlNode::end() const {
    return {tree_, TomlTree::none};
}

TomlNode::Iterator& TomlNode::Iterator::operator++() {
    index_ = tree_->nodes[index_].next;
    return *this;
}

std::optional<TomlNode> TomlNode::find(std::string_view key) const {
    if (!is_table()) {
        return std::nullopt;
    }
    const uint32_t found = tree_->find(index_, key);
    if (found == TomlTree::none) {
        return std::nullopt;
    }
    return TomlNode(tree_, found);
}

TomlSpan TomlNode::span() const {
    return {tree_->nodes[index_].begin, tree_->nodes[index_].end};
}

TomlSpan TomlNode::key_span() const {
    return {tree_->nodes[index_].key_begin, tree_->nodes[index_].key_end};
}

std::string_view TomlNode::source() const {
    return tree_->view(tree_->nodes[index_].begin, tree_->nodes[index_].end);
}

Place TomlNode::place() const {
    const TomlSpan key_place = key_span();
    return place_of(tree_->text, key_place.begin != key_place.end ? key_place.begin : span().begin);
}

tl::unexpected<Error> TomlNode::error(std::string_view what) const {
    return fail(Error::Kind::input,
                "line " + std::to_string(place().line) + ": " + std::string(what));
}

tl::unexpected<Error> TomlNode::type_error(std::string_view wanted) const {
    return error((key().empty() ? "this" : "key " + printable(toml_string(key()))) + " must be " +
                 std::string(wanted) + ", not " + std::string(toml_kind_name(kind())));
}

tl::unexpected<Error> TomlNode::missing(std::string_view key) const {
    return error("the key " + printable(toml_string(key)) + " is missing");
}

Result<std::optional<std::string_view>> TomlNode::get_string(std::string_view key) const {
    auto entry = find(key);
    if (!entry) {
        return std::nullopt;
    }
    if (!entry->is_string()) {
        return entry->type_error("a string");
    }
    return std::optional(entry->string());
}

Result<std::optional<int64_t>> TomlNode::get_integer(std::string_view key) const {
    auto entry = find(key);
    if (!entry) {
        return std::nullopt;
    }
    if (entry->kind() != Kind::integer) {
        return entry->type_error("an integer");
    }
    return std::optional(entry->integer());
}

Result<std::optional<bool>> TomlNode::get_bool(std::string_view key) const {
    auto entry = find(key);
    if (!entry) {
        return std::nullopt;
    }
    if (entry->kind() != Kind::boolean) {
        return entry->type_error("a boolean");
    }
    return std::optional(entry->boolean());
}

Result<std::optional<TomlNode>> TomlNode::get_table(std::string_view key) const {
    auto entry = find(key);
    if (entry && !entry->is_table()) {
        return entry->type_error("a table");
    }
    return entry;
}

Result<std::optional<TomlNode>> TomlNode::get_array(std::string_view key) const {
    auto entry = find(key);
    if (entry && !entry->is_array()) {
        return entry->type_error("an array");
    }
    return entry;
}

Result<std::optional<std::vector<std::string_view>>>
TomlNode::get_strings(std::string_view key) const {
    auto array = TRY(get_array(key));
    if (!array) {
        return std::nullopt;
    }
    std::vector<std::string_view> texts;
    for (const TomlNode element : *array) {
        if (!element.is_string()) {
            return element.error("each element of " + printable(toml_string(key)) +
                                 " must be a string, not " +
                                 std::string(toml_kind_name(element.kind())));
        }
        texts.push_back(element.string());
    }
    return std::optional(std::move(texts));
}

Result<std::string_view> TomlNode::require_string(std::string_view key) const {
    auto text = TRY(get_string(key));
    if (!text) {
        return missing(key);
    }
    return *text;
}

// --- TomlDocument -------------------------------------------------------------------------------

TomlDocument::TomlDocument(std::unique_ptr<TomlTree> tree) : tree_(std::move(tree)) {}
TomlDocument::TomlDocument(TomlDocument&&) noexcept = default;
TomlDocument& TomlDocument::operator=(TomlDocument&&) noexcept = default;
TomlDocument::~TomlDocument() = default;

const std::string& TomlDocument::text() const {
    return tree_->text;
}
TomlNode TomlDocument::root() const {
    return {tree_.get(), 0};
}

std::string_view TomlDocument::body(TomlNode table) const {
    check(table.tree_ == tree_.get() && table.form() == TomlNode::Form::header);
    const std::vector<TomlTree::Section>& sections = tree_->sections;
    const bool has_header = table.index_ != 0;
    auto found = sections.begin();
    if (has_header) {
        found = std::ranges::lower_bound(sections.begin() + 1, sections.end(), table.span().begin,
                                         {}, &TomlTree::Section::begin);
        check(found != sections.end() && found->node == table.index_);
    }
    size_t begin = found->header_end;
    if (has_header) {
        begin = std::min(tree_->text.find('\n', begin), tree_->text.size() - 1) + 1;
    }
    const size_t end = found + 1 == sections.end() ? tree_->text.size() : found[1].begin;
    return std::string_view(tree_->text).substr(begin, end - std::min(begin, end));
}

std::optional<TomlNode> TomlDocument::find(std::span<const std::string_view> path) const {
    std::optional<TomlNode> node = root();
    for (std::string_view key : path) {
        node = node->find(key);
        if (!node) {
            break;
        }
    }
    return node;
}

} // namespace pawl::text
