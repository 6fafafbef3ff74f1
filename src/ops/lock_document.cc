#include "ops/lock_document.h"

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "lock/sources.h"
#include "script/inline_metadata.h"

namespace pawl::ops {

namespace {

constexpr uint64_t lock_bytes_max = uint64_t{256} << 20;
constexpr uint64_t manifest_bytes_max = uint64_t{16} << 20;

Result<std::optional<std::string>> text_beside(std::string_view directory, std::string_view name) {
    std::string path = fs::join(directory, name);
    if (!fs::exists(path)) {
        return std::nullopt;
    }
    return TRY(fs::read(path, manifest_bytes_max));
}

/// The metadata of the script that "report.py.lock" belongs to.
Result<std::optional<std::string>> script_of(std::string_view path) {
    if (!path.ends_with(".py.lock") && !path.ends_with(".pyw.lock")) {
        return std::nullopt;
    }
    std::string script(path.substr(0, path.size() - std::string_view(".lock").size()));
    if (!fs::exists(script)) {
        return std::nullopt;
    }
    std::string text = TRY(fs::read(script, manifest_bytes_max));
    auto metadata = TRY(script::read_inline_metadata(text, printable(script)));
    return metadata ? std::move(metadata->block.content) : std::string();
}

std::string known_formats() {
    std::vector<std::string> names;
    for (const exchange::FormatInfo& one : exchange::formats()) {
        if (one.can_read) {
            names.push_back(std::string(one.name) + " (" + std::string(one.files) + ")");
        }
    }
    return join_words(names);
}

} // namespace

Result<exchange::Context> context_of(std::string_view path) {
    std::string absolute = TRY(fs::absolute(path));
    exchange::Context context;
    context.file = std::string(path);
    context.directory = fs::parent(absolute);
    context.script = TRY(script_of(absolute));
    if (!context.script) {
        context.pyproject = TRY(text_beside(context.directory, "pyproject.toml"));
        context.pipfile = TRY(text_beside(context.directory, "Pipfile"));
    }
    context.variable = [](std::string_view name) {
        return environment_variable(std::string(name).c_str());
    };
    return context;
}

Result<exchange::Format> format_of_file(std::string_view path, std::string_view text) {
    if (auto format = exchange::format_of_name(fs::base_name(path))) {
        return *format;
    }
    if (auto format = exchange::format_of_content(text)) {
        return *format;
    }
    return fail(
        Error{Error::Kind::usage, "nothing tells whose lock " + printable(path) + " is"}.hint(
            "name its format; there are " + known_formats()));
}

Result<exchange::Document> load_document(const LoadDocument& what, Services& services) {
    std::string text = what.text ? *what.text : TRY(fs::read(what.path, lock_bytes_max));
    exchange::Format format = what.format.empty() ? TRY(format_of_file(what.path, text))
                                                  : TRY(exchange::format_named(what.format));
    if (!exchange::info(format).can_read) {
        return fail(Error::Kind::usage, "pawl writes " + std::string(exchange::info(format).name) +
                                            ", and does not read it");
    }
    exchange::Context context = TRY(context_of(what.path));
    exchange::Document document = TRY(exchange::read(std::move(text), format, context));
    TRY_IN(printable(what.path), lock::check_sources(document.lock));
    for (const std::string& warning : document.warnings) {
        services.terminal().warn(warning);
    }
    if (document.stale_reason.empty()) {
        return document;
    }
    std::string reason = printable(what.path) + " is out of date: " + document.stale_reason;
    if (exchange::info(format).refuses_stale && !what.is_frozen) {
        return fail(Error{Error::Kind::check_failed, std::move(reason)}.hint(
            "lock again with the tool that made it, or take it as it is with --frozen"));
    }
    services.terminal().warn(reason);
    return document;
}

} // namespace pawl::ops
