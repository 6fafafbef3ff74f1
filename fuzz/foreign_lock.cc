// Locks of other tools: one that is read can be written in its own format again, reads back, and is
// then written as the same bytes; written in any other format it is that or an error.

#include "exchange/exchange.h"
#include "fuzz/fuzz.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{16} << 10;

exchange::Context context_of(exchange::Format format) {
    exchange::Context context;
    context.file = std::string(exchange::info(format).file_name);
    context.directory = "/nonexistent";
    return context;
}

void check_written(const exchange::Document& document, exchange::Format format) {
    auto written = exchange::write(document, format, context_of(format));
    if (!fuzz::is_fine(written)) {
        return;
    }
    auto again = exchange::read(written->text, format, context_of(format));
    check(fuzz::is_fine(again));
    auto twice = exchange::write(*again, format, context_of(format));
    check(fuzz::is_fine(twice));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    using exchange::Format;
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    std::optional<Format> format = exchange::format_of_content(bytes);
    if (!format || *format == Format::pylock) { // which has a target of its own
        return 0;
    }
    auto document = exchange::read(std::string(bytes), *format, context_of(*format));
    if (!fuzz::is_fine(document)) {
        return 0;
    }
    check_written(*document, *format);
    for (Format target : {Format::pylock, Format::requirements, Format::pipenv, Format::poetry,
                          Format::pdm, Format::uv}) {
        static_cast<void>(fuzz::is_fine(exchange::write(*document, target, context_of(target))));
    }
    return 0;
}
