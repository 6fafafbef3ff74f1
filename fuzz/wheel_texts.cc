// What a wheel says of itself: RECORD, entry_points.txt, and the places of its members. What is
// accepted names no file outside and no code but one call; a row that is written reads back.

#include <algorithm>

#include "fuzz/fuzz.h"
#include "wheel/layout.h"
#include "wheel/record.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;

void check_record(std::string_view text) {
    auto record = wheel::parse_record(text);
    if (!fuzz::is_fine(record)) {
        return;
    }
    for (const auto& [path, row] : record->rows) {
        check(archive::check_member_path(path).has_value());
        std::string written;
        wheel::append_record_row(written, path, Sha256::of(path), path.size());
        auto again = wheel::parse_record(written);
        check(again && again->rows.size() == 1 && again->rows.begin()->first == path);
        check(again->rows.begin()->second.size_bytes == path.size());
    }
    for (const std::string& path : record->impossible) {
        check(!archive::check_member_path(path));
    }
}

void check_entry_points(std::string_view text) {
    auto points = wheel::parse_entry_points(text);
    if (!fuzz::is_fine(points)) {
        return;
    }
    auto is_word = [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; };
    for (const wheel::EntryPoint& point : *points) {
        check(!point.name.empty() && point.name.front() != '.' && point.name.front() != '-');
        check(!point.module.empty() && !point.object.empty());
        for (const std::string* each : {&point.name, &point.module, &point.object}) {
            check(std::ranges::all_of(*each, is_word));
        }
    }
}

/// Each line a member.
void check_places(std::string_view text) {
    auto name = pep::WheelName::parse("tiny-1.0-py3-none-any.whl");
    check(name.has_value());
    std::vector<archive::ZipEntry> entries;
    for (std::string_view line : split_lines(text)) {
        bool is_directory = line.ends_with('/');
        line.remove_suffix(is_directory ? 1 : 0);
        if (archive::check_member_path(line)) {
            archive::ZipEntry entry;
            entry.path = line;
            entry.is_directory = is_directory;
            entries.push_back(std::move(entry));
        }
    }
    auto layout = wheel::find_layout(entries, *name);
    if (!fuzz::is_fine(layout) ||
        !fuzz::is_fine(wheel::check_owners(entries, *layout, {}, "tiny"))) {
        return;
    }
    for (const archive::ZipEntry& entry : entries) {
        wheel::Placed placed = layout->place(entry.path);
        check(entry.is_directory || archive::check_member_path(placed.path).has_value());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() <= input_bytes_max) {
        check_record(bytes);
        check_entry_points(bytes);
        check_places(bytes);
    }
    return 0;
}
