#include "install/dist_info.h"

#include <algorithm>

#include "base/sha256.h"
#include "wheel/record.h"

namespace pawl::install {

namespace {

constexpr std::string_view installer_text = "pawl\n";

} // namespace

std::vector<Action> dist_info_texts(uint32_t item, std::span<const Item> items, const Plan& plan,
                                    const Places& places) {
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
    record += wheel.dist_info + "/RECORD,,\n";
    texts.push_back(Action{.kind = Action::Kind::text,
                           .role = Role::dist_info,
                           .item = item,
                           .path = prefix + wheel.dist_info + "/RECORD",
                           .source = std::move(record)});
    return texts;
}

} // namespace pawl::install
