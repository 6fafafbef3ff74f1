#include "wheel/wheel_file.h"

#include <algorithm>

#include "archive/zip_writer.h"
#include "base/digest.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "text/csv.h"

namespace pawl::wheel {

namespace {

constexpr uint64_t info_bytes_max = uint64_t{16} << 20;
constexpr uint64_t lock_bytes_max = uint64_t{64} << 20;
constexpr uint64_t member_bytes_max = uint64_t{4} << 30;

Result<std::string> read_info(const archive::ZipReader& zip, const Layout& layout,
                              std::string_view name) {
    const archive::ZipEntry* entry = zip.find(layout.dist_info + "/" + std::string(name));
    if (entry == nullptr || entry->is_directory) {
        return fail(Error::Kind::input, "not a wheel: " + std::string(name) + " is missing");
    }
    return zip.read(*entry, info_bytes_max);
}

/// The path that a line of RECORD is about.
std::string path_of_row(std::string_view line) {
    Result<std::vector<text::CsvRow>> rows = text::parse_csv(line);
    return rows && !rows->empty() && !(*rows)[0].empty() ? (*rows)[0][0] : std::string();
}

/// Members in the order in which they stand in the file.
std::vector<const archive::ZipEntry*> in_file_order(const archive::ZipReader& zip) {
    std::vector<const archive::ZipEntry*> order;
    for (const archive::ZipEntry& entry : zip.entries()) {
        order.push_back(&entry);
    }
    std::ranges::sort(order, {}, &archive::ZipEntry::begin);
    return order;
}

} // namespace

Result<WheelFile> WheelFile::open(std::string_view bytes, std::string_view file_name) {
    pep::WheelName name = TRY(pep::WheelName::parse(file_name));
    archive::ZipReader zip = TRY(archive::ZipReader::open(bytes));
    Layout layout = TRY(find_layout(zip.entries(), name));
    std::string metadata_text = TRY(read_info(zip, layout, "METADATA"));
    pep::CoreMetadata metadata = TRY_IN("METADATA", pep::CoreMetadata::parse(metadata_text));
    if (metadata.name != name.name || !(metadata.version == name.version)) {
        return fail(Error::Kind::integrity, "METADATA is that of " + metadata.name.str() + " " +
                                                metadata.version.str() +
                                                ", not of what the file name says");
    }
    WheelFile wheel(std::move(name), std::move(zip), std::move(metadata));
    wheel.layout_ = std::move(layout);
    wheel.record_text_ = TRY(read_info(wheel.zip_, wheel.layout_, "RECORD"));
    wheel.record_ = TRY(parse_record(wheel.record_text_));
    std::vector<std::string> paths;
    for (const archive::ZipEntry& entry : wheel.zip_.entries()) {
        if (!entry.is_directory) {
            paths.push_back(entry.path);
        }
    }
    wheel.locks_ = find_lock_members(paths, wheel.layout_);
    return wheel;
}

Result<> WheelFile::check_unsigned() const {
    for (std::string_view suffix : {".jws", ".p7s"}) {
        if (zip_.find(record_path() + std::string(suffix)) != nullptr) {
            return fail(Error{Error::Kind::permission,
                              "the wheel is signed, and its signature would no longer fit"}
                            .hint("put the lock in first, then sign"));
        }
    }
    return {};
}

Result<> WheelFile::check_row(const archive::ZipEntry& entry, std::string_view content) const {
    auto row = record_.rows.find(entry.path);
    if (row == record_.rows.end() || !row->second.hash) {
        return {};
    }
    const Hash& said = *row->second.hash;
    bool same_size = !row->second.size_bytes || *row->second.size_bytes == content.size();
    if (!same_size || digest_hex(said.algorithm, content) != said.hex) {
        return fail(Error::Kind::integrity, "'" + printable(entry.path) +
                                                "' is not what RECORD says: the wheel was changed "
                                                "after it was made");
    }
    return {};
}

Result<> WheelFile::check_record() const {
    for (const archive::ZipEntry& entry : zip_.entries()) {
        if (!entry.is_directory && entry.path != record_path()) {
            TRY(check_row(entry, TRY(zip_.read(entry, member_bytes_max))));
        }
    }
    return {};
}

Result<std::string> WheelFile::lock_text(const LockMember& member) const {
    const archive::ZipEntry* entry = zip_.find(member.path);
    auto row = record_.rows.find(member.path);
    if (entry == nullptr || row == record_.rows.end() || !row->second.hash) {
        return fail(Error::Kind::integrity,
                    "RECORD does not list '" + printable(member.path) +
                        "' with its hash: the lock was not put there by who made the wheel");
    }
    std::string content = TRY(zip_.read(*entry, lock_bytes_max));
    TRY(check_row(*entry, content));
    return content;
}

/// RECORD as it stands, but for the row of `path` and its own, which come last.
std::string WheelFile::record_with(std::string_view path, std::string_view content) const {
    std::string line_end = record_text_.find("\r\n") == std::string::npos ? "\n" : "\r\n";
    std::string record;
    for (std::string_view line : split_lines(record_text_)) {
        std::string row = path_of_row(line);
        if (!line.empty() && row != path && row != record_path()) {
            record.append(line).append(line_end);
        }
    }
    std::string row;
    append_record_row(row, path, Sha256::of(content), content.size());
    row.pop_back();
    return record + row + line_end + record_path() + ",," + line_end;
}

Result<std::string> WheelFile::with_lock(std::string_view lock_name,
                                         std::string_view lock_text) const {
    TRY(check_unsigned());
    if (!lock_name.empty()) {
        TRY(check_lock_name(lock_name));
    }
    std::string path = lock_member_path(layout_, lock_name);
    const archive::ZipEntry* record = zip_.find(record_path());
    std::optional<std::string> epoch = environment_variable("SOURCE_DATE_EPOCH");
    bool has_epoch = epoch && parse_unsigned(*epoch);
    archive::ZipWriter writer;
    if (!has_epoch) {
        writer.set_time_of(*record);
    }
    for (const archive::ZipEntry* entry : in_file_order(zip_)) {
        if (entry->path != path && entry != record) {
            TRY(writer.add_verbatim(*entry, zip_));
        }
    }
    TRY(writer.add(path, lock_text));
    TRY(writer.add(record_path(), record_with(path, lock_text)));
    return writer.finish(zip_.comment());
}

} // namespace pawl::wheel
