#include "install/dist_info.h"

#include <algorithm>

#include "base/fs.h"
#include "base/sha256.h"
#include "wheel/record.h"

namespace pawl::install {

namespace {

constexpr std::string_view installer_text = "pawl\n";

/// What a RECORD for everybody is made for: only how the places are to each other counts.
Places common_places() {
    return Places{.purelib = "lib/python/site-packages",
                  .platlib = "lib/python/site-packages",
                  .scripts = "bin",
                  .headers = "include",
                  .data = ""};
}

Result<> write_own_file(store::WheelManifest& wheel, std::string_view name, std::string_view text,
                        const std::string& tree, const store::FileStamp& stamp) {
    store::WheelFile file{.path = wheel.dist_info + "/" + std::string(name),
                          .sha256 = Sha256::of(text),
                          .size_bytes = text.size()};
    fs::Fd output = TRY(fs::open_new(fs::join(tree, file.path), 0444));
    TRY(fs::write_all(output, text, file.path));
    TRY(stamp.put(output, file));
    wheel.own_files.push_back(std::move(file));
    return {};
}

} // namespace

bool has_common_dist_info(const Item& item, const Places& places) {
    const Places common = common_places();
    return !item.wheel->manifest.own_files.empty() && !item.requested && item.direct_url.empty() &&
           places.platlib == places.purelib && places.data.empty() &&
           relative_path(places.scripts, places.purelib) ==
               relative_path(common.scripts, common.purelib);
}

Result<> write_own_files(store::WheelManifest& wheel, std::span<const wheel::EntryPoint> programs,
                         const std::string& tree, const store::FileStamp& stamp) {
    const Places places = common_places();
    std::string record;
    for (const Run& run : TRY(runs_of(0, wheel, places))) {
        if (run.role == Role::headers) {
            return {};
        }
        for (uint32_t i = run.first; i < run.last; ++i) {
            const store::WheelFile& file = wheel.files[i];
            std::string path = relative_path(placed_path(run, file.path), places.purelib);
            if (run.role == Role::script) {
                wheel::append_record_row(record, path);
            } else {
                wheel::append_record_row(record, path, file.sha256, file.size_bytes);
            }
        }
    }
    for (const wheel::EntryPoint& program : programs) {
        wheel::append_record_row(
            record, relative_path(fs::join(places.scripts, program.name), places.purelib));
    }
    TRY(write_own_file(wheel, "INSTALLER", installer_text, tree, stamp));
    const store::WheelFile& installer = wheel.own_files.back();
    wheel::append_record_row(record, installer.path, installer.sha256, installer.size_bytes);
    wheel::append_record_row(record, wheel.dist_info + "/RECORD");
    return write_own_file(wheel, "RECORD", record, tree, stamp);
}

std::vector<Action> dist_info_texts(uint32_t item, std::span<const Item> items, const Plan& plan,
                                    const Places& places) {
    if (plan.linked_dist_infos.contains(item)) {
        return {};
    }
    const store::WheelManifest& wheel = items[item].wheel->manifest;
    const std::string& library = wheel.root_is_purelib ? places.purelib : places.platlib;
    const std::string prefix = library.empty() ? "" : library + "/";
    auto generated = std::ranges::lower_bound(plan.generated, item, {}, &Generated::item);
    auto generated_end = std::ranges::upper_bound(plan.generated, item, {}, &Generated::item);
    std::string record;
    record.reserve(wheel.files.size() * 110);
    for (const Run& run : plan.runs[item]) {
        bool is_plain = run.place == library; // the path in RECORD is the path in the wheel
        for (uint32_t i = run.first; i < run.last; ++i) {
            const store::WheelFile& file = wheel.files[i];
            if (plan.dropped.contains(Dropped{item, i})) {
                continue;
            }
            std::string_view path = std::string_view(file.path).substr(run.skip);
            auto replaced = std::find_if(generated, generated_end,
                                         [&](const Generated& one) { return one.file == i; });
            const bool is_replaced = replaced != generated_end;
            const Sha256::Digest& sha256 = is_replaced ? replaced->sha256 : file.sha256;
            uint64_t size = is_replaced ? replaced->size_bytes : file.size_bytes;
            wheel::append_record_row(
                record, is_plain ? path : relative_path(placed_path(run, file.path), library),
                sha256, size);
        }
    }
    for (auto one = generated; one != generated_end; ++one) {
        if (one->file == Generated::no_file) {
            wheel::append_record_row(record, relative_path(one->path, library), one->sha256,
                                     one->size_bytes);
        }
    }
    std::vector<Action> texts;
    auto add = [&](std::string_view name, std::string text) {
        std::string path = wheel.dist_info + "/" + std::string(name);
        wheel::append_record_row(record, path, Sha256::of(text), text.size());
        texts.push_back(Action{.kind = Action::Kind::text,
                               .role = Role::dist_info,
                               .item = item,
                               .path = prefix + path,
                               .source = std::move(text)});
    };
    add("INSTALLER", std::string(installer_text));
    if (items[item].requested) {
        add("REQUESTED", "");
    }
    if (!items[item].direct_url.empty()) {
        add("direct_url.json", items[item].direct_url);
    }
    wheel::append_record_row(record, wheel.dist_info + "/RECORD");
    texts.push_back(Action{.kind = Action::Kind::text,
                           .role = Role::dist_info,
                           .item = item,
                           .path = prefix + wheel.dist_info + "/RECORD",
                           .source = std::move(record)});
    return texts;
}

std::vector<Action> dist_info_files(uint32_t item, std::span<const Item> items, const Plan& plan,
                                    const Places& places) {
    auto dropped = plan.dropped.lower_bound(Dropped{item, 0});
    bool has_dropped = dropped != plan.dropped.end() && dropped->item == item;
    if (has_dropped || !has_common_dist_info(items[item], places)) {
        return dist_info_texts(item, items, plan, places);
    }
    std::vector<Action> files;
    for (const store::WheelFile& own : items[item].wheel->manifest.own_files) { // RECORD last
        files.push_back(Action{.kind = Action::Kind::file,
                               .role = Role::dist_info,
                               .item = item,
                               .path = places.purelib + "/" + own.path,
                               .source = items[item].wheel->files() + "/" + own.path});
    }
    return files;
}

} // namespace pawl::install
