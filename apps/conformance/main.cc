// pawl-conformance --tables FILE: one JSON object a line in, one out, in the same order, until the
// input ends (see handlers.h).

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>

#include "base/fs.h"
#include "handlers.h"

namespace pawl::conformance {

Result<std::string_view> text_of(const Value& in, std::string_view key) {
    if (std::optional<std::string_view> text = in.string_at(key)) {
        return *text;
    }
    return fail(Error::Kind::usage, "the case has no text \"" + std::string(key) + "\"");
}

Result<std::vector<std::string_view>> texts_of(const Value& in, std::string_view key) {
    const Value::Array* array = in.array_at(key);
    if (array == nullptr) {
        return fail(Error::Kind::usage, "the case has no list \"" + std::string(key) + "\"");
    }
    std::vector<std::string_view> texts;
    for (const Value& element : *array) {
        if (!element.is_string()) {
            return fail(Error::Kind::usage, "\"" + std::string(key) + "\" holds more than texts");
        }
        texts.push_back(element.as_string());
    }
    return texts;
}

namespace {

void add_all(Handlers& handlers) {
    add_version_handlers(handlers);
    add_specifier_handlers(handlers);
    add_requirement_handlers(handlers);
    add_file_name_handlers(handlers);
    add_marker_handlers(handlers);
    add_tag_handlers(handlers);
    add_metadata_handlers(handlers);
    add_misc_handlers(handlers);
    add_pylock_handlers(handlers);
}

Value answer(const Handlers& handlers, const Value& request) {
    Value out;
    const Handler* handler = handlers.find(request.string_at("op").value_or(""));
    const Value* in = request.find("in");
    if (handler == nullptr || in == nullptr) {
        out.set("unsupported", true);
        return out;
    }
    Result<Value> answered = (*handler)(*in);
    if (answered) {
        return std::move(*answered);
    }
    out.set("error", answered.error().message);
    return out;
}

/// The next line without its end; nothing when the input has ended.
std::optional<std::string> read_line(std::FILE* file) {
    std::string line;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
        if (c == '\n') {
            return line;
        }
        line += static_cast<char>(c);
    }
    return line.empty() ? std::nullopt : std::optional(line);
}

Result<> serve(const Handlers& handlers) {
    text::JsonOptions options;
    options.allow_lone_surrogates = true; // Python's json writes them
    while (std::optional<std::string> line = read_line(stdin)) {
        Value request = TRY(text::parse_json(*line, options));
        Value reply;
        const Value* id = request.find("id");
        reply.set("id", id == nullptr ? Value() : *id);
        reply.set("out", answer(handlers, request));
        std::string json = text::to_json(reply) + "\n";
        std::fwrite(json.data(), 1, json.size(), stdout);
        std::fflush(stdout);
    }
    return {};
}

Result<> run(std::span<char*> arguments) {
    if (arguments.size() != 3 || std::string_view(arguments[1]) != "--tables") {
        return fail(Error::Kind::usage, "usage: pawl-conformance --tables FILE");
    }
    std::string text = TRY(fs::read(arguments[2]));
    Value tables = TRY_IN(arguments[2], text::parse_json(text));
    Handlers handlers(tables);
    add_all(handlers);
    return serve(handlers);
}

} // namespace
} // namespace pawl::conformance

int main(int count, char** arguments) {
    pawl::Result<> done = pawl::conformance::run(std::span(arguments, static_cast<size_t>(count)));
    if (!done) {
        std::fprintf(stderr, "pawl-conformance: %s\n", done.error().message.c_str());
        return static_cast<int>(done.error().kind);
    }
    return 0;
}
