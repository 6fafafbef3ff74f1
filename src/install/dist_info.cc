#include "install/dist_info.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "text/csv.h"

namespace pawl::install {

namespace {

constexpr std::string_view installer_text = "pawl\n";

/// Base64 with "-" and "_" and without "=", as RECORD has it (RFC 4648 §5).
void append_base64(std::string& out, std::span<const unsigned char> bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < bytes.size(); i += 3) {
        size_t count = std::min<size_t>(3, bytes.size() - i);
        uint32_t group = uint32_t{bytes[i]} << 16;
        group |= count > 1 ? uint32_t{bytes[i + 1]} << 8 : 0;
        group |= count > 2 ? uint32_t{bytes[i + 2]} : 0;
        for (size_t digit = 0; digit <= count; ++digit) {
            out += digits[(group >> (18 - 6 * digit)) & 63];
        }
    }
}

void append_row(std::string& record, std::string_view path, const Sha256::Digest& sha256,
                uint64_t size_bytes) {
    if (path.find_first_of(",\"\r\n") == std::string_view::npos) {
        record += path;
        record += ",sha256=";
        append_base64(record, sha256);
        record += ',';
        record += std::to_string(size_bytes);
        record += '\n';
        return;
    }
    std::array<std::string, 3> fields{std::string(path), record_hash(sha256),
                                      std::to_string(size_bytes)};
    text::append_csv_row(record, fields);
}

} // namespace

std::string record_hash(const Sha256::Digest& sha256) {
    std::string hash = "sha256=";
    append_base64(hash, sha256);
    return hash;
}

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
            append_row(record,
                       is_plain ? path : relative_path(placed_path(run, file.path), library),
                       sha256, size);
        }
    }
    for (auto one = generated; one != generated_end; ++one) {
        if (one->file == Generated::no_file) {
            append_row(record, relative_path(one->path, library), one->sha256, one->size_bytes);
        }
    }
    std::vector<Action> texts;
    auto add = [&](std::string_view name, std::string text) {
        std::string path = wheel.dist_info + "/" + std::string(name);
        append_row(record, path, Sha256::of(text), text.size());
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
