#include "ops/cache.h"

#include <array>
#include <cstdio>

#include "base/text.h"
#include "store/environments.h"
#include "text/json.h"

namespace pawl::ops {

Result<> show_cache_directory(Services& services) {
    services.terminal().out(TRY(services.cache_directory()) + "\n");
    return {};
}

Result<> show_cache_size(bool json, Services& services) {
    std::vector<store::SizePart> parts = TRY(store::size(*TRY(services.store())));
    text::Value list = text::Value::array();
    std::string text;
    uint64_t total = 0;
    std::array<char, 128> line{};
    auto add_line = [&](const std::string& name, uint64_t entries, uint64_t bytes) {
        std::snprintf(line.data(), line.size(), "%-14s %8llu  %s\n", name.c_str(),
                      static_cast<unsigned long long>(entries), format_bytes(bytes).c_str());
        text += line.data();
    };
    uint64_t entries = 0;
    for (const store::SizePart& part : parts) {
        add_line(part.name, part.entries, part.bytes);
        total += part.bytes;
        entries += part.entries;
        list.push_back(text::Value::object(
            {{"name", part.name}, {"entries", part.entries}, {"bytes", part.bytes}}));
    }
    add_line("total", entries, total);
    services.terminal().out(json ? text::to_json(list, {.indent = 2}) + "\n" : text);
    return {};
}

static void tell_removed(const store::Removed& removed, Terminal& terminal) {
    terminal.note(
        "removed " + std::to_string(removed.entries) + " entries, " + format_bytes(removed.bytes) +
        (removed.kept_in_use == 0 ? std::string()
                                  : "; kept " + std::to_string(removed.kept_in_use) + " in use"));
}

Result<> clean_cache(Services& services) {
    tell_removed(TRY(store::clean(*TRY(services.store()))), services.terminal());
    return {};
}

Result<> prune_cache(Services& services) {
    tell_removed(TRY(store::prune(*TRY(services.store()))), services.terminal());
    return {};
}

Result<> verify_cache(bool repair, Services& services) {
    store::VerifyReport report = TRY(store::verify(*TRY(services.store()), repair));
    for (const std::string& damaged : report.damaged) {
        services.terminal().warn(damaged);
    }
    services.terminal().note("checked " + std::to_string(report.checked) + " wheels, " +
                             std::to_string(report.damaged.size()) + " damaged" +
                             (repair && !report.damaged.empty() ? " and moved away" : ""));
    if (!report.damaged.empty() && !repair) {
        return fail(Error{Error::Kind::integrity, "the cache is damaged"}.hint(
            "pawl cache verify --repair moves damaged entries away; they are fetched again"));
    }
    return {};
}

} // namespace pawl::ops
