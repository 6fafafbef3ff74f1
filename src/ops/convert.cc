#include "ops/convert.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/fs.h"
#include "base/text.h"
#include "exchange/memberships.h"
#include "ops/complete_lock.h"
#include "ops/lock_document.h"
#include "ops/lock_steps.h"
#include "ops/named_lock.h"
#include "ops/rewrite_urls.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

using exchange::Loss;
using exchange::Selector;

bool is_stdout(const ConvertRequest& request) {
    return request.output.empty() || request.output == "-";
}

Result<exchange::Format> target_format(const ConvertRequest& request) {
    if (!request.to.empty()) {
        return exchange::format_named(request.to);
    }
    if (!is_stdout(request)) {
        if (auto format = exchange::format_of_name(fs::base_name(request.output))) {
            return *format;
        }
    }
    return fail(Error{Error::Kind::usage, is_stdout(request)
                                              ? "the format of the output is not known"
                                              : "nothing tells which format " +
                                                    printable(request.output) + " is to have"}
                    .hint("name it with --to"));
}

/// What a flat format gets: the project's own needs, and what was asked for beside them.
std::optional<std::vector<Selector>> selectors_of(const ConvertRequest& request,
                                                  const exchange::Document& document) {
    bool is_default = request.extras.empty() && request.groups.empty() && !request.all_extras &&
                      !request.all_groups;
    if (is_default) {
        return std::nullopt;
    }
    std::vector<Selector> selectors = {Selector()};
    auto add = [&selectors](Selector selector) {
        if (std::ranges::find(selectors, selector) == selectors.end()) {
            selectors.push_back(std::move(selector));
        }
    };
    for (const std::string& extra : request.extras) {
        add({Selector::Kind::extra, pep::normalize_name(extra)});
    }
    for (const std::string& group : request.groups) {
        add({Selector::Kind::group, pep::normalize_name(group)});
    }
    for (const Selector& selector : exchange::selectors_of(document)) {
        if ((request.all_extras && selector.kind == Selector::Kind::extra) ||
            (request.all_groups && selector.kind == Selector::Kind::group)) {
            add(selector);
        }
    }
    return selectors;
}

/// Asking for what the lock does not know would give less than was wanted.
Result<> check_selectors(const std::optional<std::vector<Selector>>& selectors,
                         const exchange::Document& document) {
    std::vector<Selector> known = exchange::selectors_of(document);
    for (const Selector& selector : selectors.value_or(std::vector<Selector>())) {
        if (std::ranges::find(known, selector) == known.end()) {
            return fail(Error::Kind::usage, "the lock has no " + selector.str());
        }
    }
    return {};
}

/// One line for each kind of loss, in the order in which they first occur.
std::vector<std::string> told(const std::vector<Loss>& losses) {
    constexpr size_t names_max = 3;
    std::vector<std::string> order;
    std::map<std::string, std::vector<std::string>> packages;
    for (const Loss& loss : losses) {
        std::string kind = loss.key + ": " + loss.what;
        auto [at, is_new] = packages.try_emplace(kind);
        if (is_new) {
            order.push_back(kind);
        }
        if (!loss.package.empty()) {
            at->second.push_back(loss.package);
        }
    }
    std::vector<std::string> lines;
    for (const std::string& kind : order) {
        const std::vector<std::string>& names = packages[kind];
        std::string line = kind;
        if (names.size() > names_max) {
            line += " (" + std::to_string(names.size()) + " packages)";
        } else if (!names.empty()) {
            line += " (" + join_words(names) + ")";
        }
        lines.push_back(printable(line));
    }
    return lines;
}

std::string json_of(const std::vector<Loss>& losses) {
    text::Value list = text::Value::array();
    for (const Loss& loss : losses) {
        list.push_back(text::Value::object(
            {{"package", loss.package}, {"key", loss.key}, {"message", loss.what}}));
    }
    return text::to_json(text::Value::object({{"losses", std::move(list)}}), {.indent = 2}) + "\n";
}

Result<> tell_losses(const std::vector<Loss>& losses, const ConvertRequest& request,
                     Terminal& terminal) {
    std::vector<std::string> lines = told(losses);
    if (request.is_strict && !lines.empty()) {
        return fail(
            Error{Error::Kind::check_failed,
                  "nothing was written, since this would be lost:\n  " + join(lines, "\n  ")}
                .hint("leave --strict away to convert all the same"));
    }
    for (const std::string& line : lines) {
        terminal.note("not kept: " + line);
    }
    if (request.json) {
        terminal.out(json_of(losses));
    }
    return {};
}

Result<> put_out(const std::string& text, const ConvertRequest& request, Services& services) {
    if (is_stdout(request)) {
        services.terminal().out(text);
        return {};
    }
    bool is_new = TRY(publish(TRY(fs::absolute(request.output)), text));
    services.terminal().note((is_new ? "wrote " : "unchanged: ") + printable(request.output));
    return {};
}

/// Whether this is a program that has a lock, and no lock.
bool is_program(std::string_view path) {
    return std::ranges::any_of(std::array{".py", ".pyw", ".ipynb", ".pyz", ".zip"},
                               [path](std::string_view end) { return path.ends_with(end); }) ||
           fs::exists(fs::join(path, "__main__.py"));
}

/// The lock file of a project's directory; what is none is a lock.
Result<std::string> lock_file_of(const std::string& input) {
    std::string path = input.empty() ? "." : input;
    if (fs::is_directory(path)) {
        for (std::string_view name : {"pylock.toml", "uv.lock", "Pipfile.lock"}) {
            if (std::string lock = fs::join(path, name); fs::exists(lock)) {
                return path == "." ? std::string(name) : lock;
            }
        }
        return fail(Error{Error::Kind::usage, "there is no lock in " + printable(path)}.hint(
            "make one with pawl lock, or name the file"));
    }
    return path;
}

} // namespace

Result<> convert(const ConvertRequest& request, Services& services) {
    exchange::Format target = TRY(target_format(request));
    if (is_stdout(request) && request.json) {
        return fail(Error::Kind::usage, "--json and the lock cannot both go to stdout");
    }
    exchange::Document document = TRY(load_document(
        {request.input, request.from, request.is_frozen, request.input_text}, services));
    exchange::Context context = TRY(context_of(
        is_stdout(request) ? fs::join(fs::parent(request.input), exchange::info(target).file_name)
                           : request.output));
    context.selectors = selectors_of(request, document);
    TRY(check_selectors(context.selectors, document));
    TRY(complete_lock(document, exchange::missing(document, target), services.settings(),
                      services));
    TRY(rewrite_urls(document.lock, request.rewrite_urls));
    exchange::Written written = TRY(exchange::write(document, target, context));
    TRY(tell_losses(written.losses, request, services.terminal()));
    return put_out(written.text, request, services);
}

Result<> export_lock(const ConvertRequest& request, Services& services) {
    ConvertRequest found = request;
    if (!is_program(request.input)) {
        found.input = TRY(lock_file_of(request.input));
        return convert(found, services);
    }
    NamedLock named = TRY(find_named_lock(request.input));
    if (named.file_name.empty()) { // inside the script
        found.from = "pylock";
        found.input_text = std::move(named.text);
    } else {
        found.input = named.name;
    }
    return convert(found, services);
}

} // namespace pawl::ops
