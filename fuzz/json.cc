// What the reader takes, the writers write so that it reads back equal.

#include "text/json.h"
#include "fuzz/fuzz.h"

using namespace pawl;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    text::JsonOptions lenient{.duplicates = text::JsonOptions::Duplicates::last_wins,
                              .allow_lone_surrogates = true};
    auto any = text::parse_json(bytes, lenient);
    auto value = text::parse_json(bytes);
    if (fuzz::is_fine(any)) {
        text::to_json(*any, {.indent = 2, .sorted = true});
    }
    if (!fuzz::is_fine(value)) {
        return 0;
    }
    check(any.has_value());
    for (text::JsonStyle style : {text::JsonStyle{}, text::JsonStyle{.indent = 4},
                                  text::JsonStyle{.blanks = true, .ascii = true, .sorted = true}}) {
        std::string written = text::to_json(*value, style);
        check(is_utf8(written));
        auto again = text::parse_json(written);
        check(fuzz::is_fine(again));
        check(*again == *value);
    }
    text::JsonWriter writer;
    check(writer.value(*value).take() == text::to_json(*value));
    return 0;
}
