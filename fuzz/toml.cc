// Spans of all nodes lie in the text, and an edit changes what it should and nothing else.

#include <array>

#include "fuzz/fuzz.h"
#include "text/toml.h"
#include "text/toml_edit.h"
#include "text/toml_write.h"

using namespace pawl;
using text::TomlNode;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;
constexpr std::array<std::string_view, 1> new_key = {"pawl-fuzz"};

/// Recurses as deep as the reader lets values be.
size_t check_node(const text::TomlDocument& document, TomlNode node) {
    text::TomlSpan span = node.span();
    check(span.begin <= span.end && span.end <= document.text().size());
    check(node.source().size() == span.end - span.begin);
    size_t count = 1;
    if (node.is_string()) {
        check(is_utf8(node.string()));
    } else if (node.kind() == TomlNode::Kind::datetime) {
        check(node.datetime().has_date || node.datetime().has_time);
    } else if (node.is_table() || node.is_array()) {
        size_t size = 0;
        for (TomlNode child : node) {
            count += check_node(document, child);
            check(node.is_array() || node.find(child.key()) == child);
            ++size;
        }
        check(size == node.size());
    }
    return count;
}

void check_edits(const text::TomlDocument& document, size_t count) {
    if (document.root().find(new_key[0])) {
        return;
    }
    auto with = text::toml_set(document, new_key, "\"here\"");
    check(fuzz::is_fine(with));
    auto changed = text::TomlDocument::parse(*with);
    check(fuzz::is_fine(changed));
    check(changed->root().get_string(new_key[0]).value() == "here");
    check(check_node(*changed, changed->root()) == count + 1);
    auto without = text::toml_remove(*changed, new_key);
    check(fuzz::is_fine(without));
    auto back = text::TomlDocument::parse(*without);
    check(fuzz::is_fine(back));
    check(check_node(*back, back->root()) == count);
}

void check_string(std::string_view bytes) {
    auto document = text::TomlDocument::parse("a = " + text::toml_string(bytes) + "\n");
    check(fuzz::is_fine(document));
    std::string_view read = document->root().get_string("a").value().value();
    check(!is_utf8(bytes) || read == bytes);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    check_string(bytes);
    auto document = text::TomlDocument::parse(std::string(bytes));
    if (fuzz::is_fine(document)) {
        check(document->text() == bytes);
        check_edits(*document, check_node(*document, document->root()));
    }
    return 0;
}
