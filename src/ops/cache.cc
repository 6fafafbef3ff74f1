#include "ops/cache.h"

#include <array>
#include <cstdio>

#include "base/fs.h"
#include "base/text.h"
#include "install/unpack.h"
#include "store/upkeep.h"
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

namespace {

/// A damaged wheel once more from where it came. The old entry stays until the new one is whole
/// and checked. False when that cannot be.
Result<bool> fetch_anew(const store::Damage& damage, Services& services) {
    if (damage.what != store::Damage::What::wheel || damage.url.empty() ||
        services.settings().offline) {
        return false;
    }
    store::Store& store = *TRY(services.store());
    store::Staging scratch = TRY(store.begin());
    std::string path = fs::join(scratch.path(), "wheel.whl");
    std::vector<Hash> hashes{{"sha256", damage.sha256}};
    Url url = TRY(Url::parse(damage.url));
    index::DistributionFile file{
        .file_name = damage.file_name, .url = std::move(url), .hashes = hashes};
    std::vector<index::Download> downloads = {{std::move(file), path}};
    TRY(TRY(services.index(services.settings()))->download(downloads));
    install::WheelSource source{
        .path = path, .file_name = damage.file_name, .hashes = hashes, .url = damage.url};
    TRY(install::unpack_wheel(store, source, {.replace = true}));
    return true;
}

/// What was done about it, in words.
Result<std::string_view> repair(const store::Damage& damage, Services& services) {
    Result<bool> fetched = fetch_anew(damage, services);
    if (!fetched) {
        services.terminal().warn(fetched.error().message);
    }
    if (fetched && *fetched) {
        return "fetched anew";
    }
    if (!TRY(store::take_away(*TRY(services.store()), damage))) {
        return "left as it is, for somebody is using it: verify again later";
    }
    return "removed; it is made or fetched again when it is needed";
}

} // namespace

Result<> verify_cache(bool with_repair, Services& services) {
    store::VerifyReport report = TRY(store::verify(*TRY(services.store())));
    bool is_mended = true;
    for (const store::Damage& damage : report.damaged) {
        services.terminal().warn(damage.message);
        if (with_repair) {
            std::string_view done = TRY_IN(printable(damage.path), repair(damage, services));
            services.terminal().note("  " + std::string(done));
            is_mended = is_mended && !done.starts_with("left");
        }
    }
    for (const store::Damage& unfinished : report.unfinished) {
        if (with_repair) {
            TRY(store::take_away(*TRY(services.store()), unfinished));
        }
    }
    std::string text =
        "checked " + std::to_string(report.wheels) + " wheels, " +
        std::to_string(report.environments) + " environments and " + std::to_string(report.others) +
        " other files: " +
        (report.damaged.empty() ? "all sound" : std::to_string(report.damaged.size()) + " damaged");
    if (report.unmarked > 0) {
        text += "; " + std::to_string(report.unmarked) +
                " files of bytecode that Python wrote itself could not be checked";
    }
    if (!report.unfinished.empty()) {
        text += "; " + std::to_string(report.unfinished.size()) +
                " entries that a power cut left unfinished are " +
                (with_repair ? "removed" : "made anew before they are used");
    }
    services.terminal().note(text);
    if (!report.damaged.empty() && !(with_repair && is_mended)) {
        Error error{Error::Kind::integrity, "the cache is damaged"};
        return fail(with_repair ? std::move(error)
                                : std::move(error).hint("pawl cache verify --repair mends it"));
    }
    return {};
}

} // namespace pawl::ops
