// From a wheel's bytes to an entry of the store, in one order of work that never changes: the size
// and every known hash of the whole file; the archive's structure (archive/zip_directory.cc says
// what can be hidden in one); the names of its members and where they would go; its metadata,
// which must agree with the file name; entry points; RECORD. Only then is a file written, and each
// file's bytes are hashed as they are unpacked and held against RECORD. Everything lands in a
// staging directory that vanishes on any error, so a wheel is in the store whole and checked or
// not at all, and nobody has to ask again whether it was.
//
// Softer than the letter, because real wheels need it: a file that RECORD does not list is
// installed with a warning (catboost 1.0.4, selenium 4.1.0), one that it lists and that is not
// there is passed over, and so is a name in RECORD that can be no file's ("/selenium/__init__.py",
// selenium 4.1.0); the tags in WHEEL may differ from those of the file name, which decide; files
// may differ by case only (borb 3.0.9); of a script and an entry point of one name, the entry point
// is taken (chardet 2.2.1). docs/store.md has the whole list.

#include "install/unpack.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <set>
#include <vector>

#include "archive/tree_writer.h"
#include "archive/zip_reader.h"
#include "base/check.h"
#include "base/file_digest.h"
#include "base/parallel.h"
#include "base/sha256.h"
#include "base/text.h"
#include "install/dist_info.h"
#include "install/launcher.h"
#include "pep/metadata.h"
#include "pep/wheel_name.h"
#include "wheel/entry_points.h"
#include "wheel/layout.h"
#include "wheel/machine_code.h"
#include "wheel/record.h"

namespace pawl::install {
namespace {

constexpr uint32_t file_mode = 0444;
constexpr uint32_t program_mode = 0555;
constexpr uint64_t pieces_bytes_min = uint64_t{16} << 20;  ///< larger members go by in pieces
constexpr uint64_t parallel_bytes_min = uint64_t{2} << 20; ///< below, threads cost more
constexpr size_t warnings_max = 50;

/// All that is known about a wheel once its metadata has been read.
struct Wheel {
    const fs::MappedFile& file;
    pep::WheelName name;
    archive::ZipReader zip; ///< of the file
    wheel::Layout layout;
    wheel::Record record;
    std::vector<wheel::EntryPoint> programs;
    store::WheelManifest manifest;
};

void warn(store::WheelManifest& manifest, std::string text) {
    if (manifest.warnings.size() < warnings_max) {
        manifest.warnings.push_back(std::move(text));
    } else if (manifest.warnings.size() == warnings_max) {
        manifest.warnings.push_back("… and more of the same kind");
    }
}

/// Size and hashes of the whole file, read once; returns its sha256.
Result<std::string> check_bytes(const fs::MappedFile& file, const WheelSource& source) {
    std::string_view bytes = file.bytes();
    if (source.size_bytes && *source.size_bytes != bytes.size()) {
        return fail(Error::Kind::integrity,
                    "it has " + std::to_string(bytes.size()) + " bytes where " +
                        std::to_string(*source.size_bytes) + " were expected");
    }
    if (!source.verified_sha256.empty()) {
        return std::string(source.verified_sha256);
    }
    bool has_others = std::ranges::any_of(
        source.hashes, [](const Hash& hash) { return hash.algorithm != "sha256"; });
    std::optional<HashChecker> others;
    if (has_others) {
        others.emplace(TRY(HashChecker::create(source.hashes)));
    }
    Sha256 running;
    file.in_pieces([&](std::string_view piece) {
        running.update(piece);
        if (others) {
            others->update(piece);
        }
    });
    std::string sha256 = running.finish_hex();
    if (others) {
        TRY(others->finish(printable(source.file_name)));
        return sha256;
    }
    for (const Hash& hash : source.hashes) {
        if (hash.hex != sha256) {
            HashChecker checker = TRY(HashChecker::create(source.hashes));
            update(checker, file);
            TRY(checker.finish(printable(source.file_name)));
        }
    }
    return sha256;
}

/// A file of dist-info that must be there.
Result<std::string> read_info(const archive::ZipReader& zip, const wheel::Layout& layout,
                              std::string_view name, uint64_t bytes_max) {
    const archive::ZipEntry* entry = zip.find(layout.dist_info + "/" + std::string(name));
    if (entry == nullptr || entry->is_directory) {
        return fail(Error::Kind::input, "not a wheel: " + std::string(name) + " is missing");
    }
    return zip.read(*entry, bytes_max);
}

/// "1.9" → 1 and 9.
struct FormatVersion {
    uint64_t major = 0, minor = 0;
};
std::optional<FormatVersion> parse_format_version(std::string_view text) {
    std::optional<Halves> halves = split_once(text, '.');
    std::optional<uint64_t> major = parse_unsigned(halves ? halves->before : text);
    std::optional<uint64_t> minor = halves ? parse_unsigned(halves->after) : std::optional(0UL);
    if (!major || !minor) {
        return std::nullopt;
    }
    return FormatVersion{*major, *minor};
}

Result<std::string_view> single_field(const pep::RawMetadata& fields, std::string_view name,
                                      std::string_view file) {
    std::vector<std::string_view> values = fields.all(name);
    if (values.size() != 1) {
        return fail(Error::Kind::input, std::string(file) + " has " +
                                            (values.empty() ? "no " : "more than one ") +
                                            std::string(name) + " field");
    }
    return values[0];
}

/// The text with a blank for each CR that no LF follows, as those see it for whom such a CR ends
/// no line; nothing when there is none.
std::optional<std::string> without_lone_carriage_returns(std::string_view text) {
    std::optional<std::string> changed;
    for (size_t at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
        if (at + 1 == text.size() || text[at + 1] != '\n') {
            changed = changed ? std::move(changed) : std::string(text);
            (*changed)[at] = ' ';
        }
    }
    return changed;
}

/// One list of fields for every reader, whatever it takes for the end of a line.
Result<> check_headers(const pep::RawMetadata& raw, std::string_view text) {
    std::optional<std::string> other = without_lone_carriage_returns(text);
    if (!other) {
        return {};
    }
    pep::RawMetadata reread = TRY_IN("METADATA", pep::RawMetadata::parse(*other));
    auto same_name = [](const pep::RawMetadata::Field& a, const pep::RawMetadata::Field& b) {
        return a.name == b.name;
    };
    if (!std::equal(raw.fields.begin(), raw.fields.end(), reread.fields.begin(),
                    reread.fields.end(), same_name)) {
        return fail(Error::Kind::refused,
                    "METADATA has lone CRs that hide headers from some readers");
    }
    return {};
}

Result<> check_metadata(Wheel& wheel, std::string_view text) {
    constexpr uint64_t major_known = 2;
    if (!is_utf8(text)) {
        return fail(Error::Kind::input, "METADATA is not UTF-8");
    }
    pep::RawMetadata raw = TRY_IN("METADATA", pep::RawMetadata::parse(text));
    TRY(check_headers(raw, text));
    TRY(single_field(raw, "name", "METADATA"));
    TRY(single_field(raw, "version", "METADATA"));
    std::string_view format = TRY(single_field(raw, "metadata-version", "METADATA"));
    std::optional<FormatVersion> version = parse_format_version(trim(format));
    if (!version || version->major == 0 || version->major > major_known) {
        return fail(Error::Kind::input,
                    "METADATA has the unknown version '" + printable(format) + "'");
    }
    pep::CoreMetadata metadata = TRY_IN("METADATA", pep::CoreMetadata::parse(text));
    if (metadata.name != wheel.name.name || !(metadata.version == wheel.name.version)) {
        return fail(Error::Kind::integrity, "METADATA is that of " + metadata.name.str() + " " +
                                                printable(*raw.first("version")) +
                                                ", not of what the file name says");
    }
    wheel.manifest.name = metadata.name.str();
    wheel.manifest.version = trim(*raw.first("version"));
    return {};
}

Result<> check_wheel_file(Wheel& wheel, std::string_view text) {
    pep::RawMetadata raw = TRY_IN("WHEEL", pep::RawMetadata::parse(text));
    std::string_view format = TRY(single_field(raw, "wheel-version", "WHEEL"));
    std::optional<FormatVersion> version = parse_format_version(trim(format));
    if (!version || version->major != 1) {
        return fail(Error::Kind::input, "its format is Wheel-Version '" + printable(format) +
                                            "'; pawl knows version 1");
    }
    if (version->minor > 0) {
        warn(wheel.manifest, "its format is Wheel-Version " + printable(trim(format)) +
                                 ", newer than the 1.0 that pawl knows");
    }
    std::optional<std::string_view> purelib = raw.first("root-is-purelib");
    wheel.manifest.root_is_purelib = purelib && equals_ignoring_case(trim(*purelib), "true");
    std::set<pep::Tag> told;
    for (std::string_view value : raw.all("tag")) {
        if (Result<std::vector<pep::Tag>> tags = pep::parse_tag(trim(value))) {
            told.insert(tags->begin(), tags->end());
        }
    }
    if (told != std::set<pep::Tag>(wheel.name.tags.begin(), wheel.name.tags.end())) {
        warn(wheel.manifest, "the tags in its WHEEL file differ from those of its file name");
    }
    return {};
}

Result<> check_programs(Wheel& wheel, const UnpackOptions& options) {
    if (const archive::ZipEntry* entry =
            wheel.zip.find(wheel.layout.dist_info + "/entry_points.txt")) {
        std::string text = TRY(wheel.zip.read(*entry, options.metadata_bytes_max));
        wheel.programs = TRY(wheel::parse_entry_points(text));
        wheel.manifest.has_entry_points = true;
    }
    for (const std::string& path : TRY(wheel::check_owners(wheel.zip.entries(), wheel.layout,
                                                           wheel.programs, wheel.manifest.name))) {
        warn(wheel.manifest, "'" + printable(path) +
                                 "' differs from another file by case only: where case does not "
                                 "count, this wheel cannot be installed");
    }
    return {};
}

/// Bytecode that came along is dropped where its source is there: it may be stale, and Python's own
/// is made later.
bool is_dropped_bytecode(const archive::ZipReader& zip, std::string_view path) {
    constexpr std::string_view cache = "__pycache__/";
    size_t at = path.rfind(cache);
    if (at == std::string_view::npos || !path.ends_with(".pyc") ||
        (at != 0 && path[at - 1] != '/')) {
        return false;
    }
    std::string_view name = path.substr(at + cache.size());
    std::string source(path.substr(0, at));
    source.append(name.substr(0, name.find('.'))).append(".py");
    return zip.find(source) != nullptr;
}

/// Fills in what the installer asks of a manifest, from the names of the files that stay.
void note_file(Wheel& wheel, const store::WheelFile& file, std::set<std::string>& top_level) {
    wheel.manifest.has_native = wheel.manifest.has_native || wheel::is_native(file.path);
    wheel::Placed placed = wheel.layout.place(file.path);
    bool in_site_packages = placed.scheme == wheel::Scheme::root ||
                            placed.scheme == wheel::Scheme::purelib ||
                            placed.scheme == wheel::Scheme::platlib;
    if (!in_site_packages || wheel.layout.is_in_dist_info(file.path)) {
        return;
    }
    size_t slash = placed.path.find('/');
    top_level.emplace(placed.path.substr(0, slash == std::string_view::npos ? slash : slash + 1));
    if (placed.path == "sitecustomize.py" || placed.path == "usercustomize.py" ||
        (placed.path.ends_with(".pth") && placed.path.find('/') == std::string_view::npos)) {
        wheel.manifest.has_pth = wheel.manifest.has_pth || placed.path.ends_with(".pth");
        warn(wheel.manifest,
             printable(placed.path) + " runs by itself whenever Python starts in the environment");
    }
}

/// What RECORD and the archive say about each other, before anything is written.
Result<> compare_with_record(Wheel& wheel, const UnpackOptions& options) {
    const std::string own = wheel.layout.dist_info + "/RECORD";
    if (!wheel.record.weak.empty() && !options.allow_record_mismatch) {
        return fail(Error::Kind::integrity,
                    "RECORD has only a weak hash of '" + printable(wheel.record.weak[0]) + "'");
    }
    for (const std::string& path : wheel.record.impossible) {
        warn(wheel.manifest, "RECORD lists '" + printable(path) + "', which can be no file of it");
    }
    for (const auto& [path, row] : wheel.record.rows) {
        const archive::ZipEntry* entry = wheel.zip.find(path);
        if (entry == nullptr || entry->is_directory) {
            warn(wheel.manifest, "RECORD lists '" + printable(path) + "', which is not there");
        } else if (path == own && (row.hash || row.size_bytes)) {
            warn(wheel.manifest, "RECORD gives a hash of itself, which nothing can check");
        } else if (path != own && !row.hash && !wheel::is_installers_own(wheel.layout, path)) {
            warn(wheel.manifest, "RECORD has no hash of '" + printable(path) + "'");
        }
    }
    for (const store::WheelFile& file : wheel.manifest.files) {
        if (wheel.record.rows.find(file.path) != wheel.record.rows.end()) {
            continue;
        }
        std::string text = unlisted_warning(file.path);
        if (options.strict_record) {
            return fail(Error::Kind::integrity, std::move(text));
        }
        warn(wheel.manifest, std::move(text));
    }
    const std::string locks = wheel.layout.dist_info + "/pylock/";
    std::erase_if(wheel.manifest.files, [&](const store::WheelFile& file) {
        auto row = wheel.record.rows.find(file.path);
        bool is_listed = row != wheel.record.rows.end() && row->second.hash;
        return file.path.starts_with(locks) && !is_listed;
    });
    return {};
}

/// Reads and checks all that comes before the first file is written.
Result<Wheel> inspect(const fs::MappedFile& file, const WheelSource& source, pep::WheelName name,
                      const UnpackOptions& options) {
    archive::ZipReader zip = TRY(archive::ZipReader::open(file.bytes(), options.limits));
    wheel::Layout layout = TRY(wheel::find_layout(zip.entries(), name));
    Wheel wheel{file, std::move(name), std::move(zip), std::move(layout), {}, {}, {}};
    wheel.manifest.file_name = source.file_name;
    wheel.manifest.dist_info = wheel.layout.dist_info;
    wheel.manifest.data_directory = wheel.layout.data_directory;
    uint64_t bytes_max = options.metadata_bytes_max;
    std::string metadata = TRY(read_info(wheel.zip, wheel.layout, "METADATA", bytes_max));
    TRY(check_metadata(wheel, metadata));
    std::string format = TRY(read_info(wheel.zip, wheel.layout, "WHEEL", bytes_max));
    TRY(check_wheel_file(wheel, format));
    std::string record = TRY(read_info(wheel.zip, wheel.layout, "RECORD", bytes_max));
    wheel.record = TRY(wheel::parse_record(record));
    TRY(check_programs(wheel, options));
    std::set<std::string> top_level;
    for (const archive::ZipEntry& entry : wheel.zip.entries()) {
        if (entry.is_directory || wheel::is_installers_own(wheel.layout, entry.path) ||
            is_dropped_bytecode(wheel.zip, entry.path)) {
            continue;
        }
        if (wheel::is_replaced(wheel.layout, entry.path, wheel.programs)) {
            warn(wheel.manifest, "'" + printable(entry.path) + "' is left out, for there is an " +
                                     "entry point of that name");
            continue;
        }
        const bool is_script =
            wheel.layout.place(entry.path).scheme == wheel::Scheme::scripts; // whatever its mode
        wheel.manifest.files.push_back({.path = entry.path,
                                        .sha256 = {},
                                        .size_bytes = entry.size_bytes,
                                        .is_executable = entry.is_executable || is_script});
        note_file(wheel, wheel.manifest.files.back(), top_level);
    }
    wheel.manifest.top_level.assign(top_level.begin(), top_level.end());
    TRY(compare_with_record(wheel, options));
    return wheel;
}

/// A script's first line is checked here, not when it is put in place: then nothing is in the store
/// that can be installed nowhere.
Result<> check_script(const Wheel& wheel, std::string_view path, std::string_view content) {
    if (wheel.layout.place(path).scheme != wheel::Scheme::scripts) {
        return {};
    }
    Result<std::optional<std::string>> rewritten = rewrite_script(content, "/python");
    return rewritten ? Result<>() : fail(std::move(rewritten.error()));
}

/// One file on its way from the archive to the disk, in one piece or in several: written, hashed
/// and held against RECORD.
class Content {
  public:
    Content(const Wheel& wheel, const store::WheelFile& file, const fs::Fd& output)
        : wheel_(wheel), file_(file), output_(output) {
        auto row = wheel.record.rows.find(file.path);
        if (row == wheel.record.rows.end()) {
            return;
        }
        said_ = &row->second;
        if (said_->hash && said_->hash->algorithm != "sha256") {
            Result<HashChecker> checker = HashChecker::create({&*said_->hash, 1});
            if (checker) {
                other_.emplace(std::move(*checker));
            }
        }
    }

    Result<> take(std::string_view piece) {
        sha256_.update(piece);
        if (other_) {
            other_->update(piece);
        }
        if (size_bytes_ == 0) {
            TRY(check_script(wheel_, file_.path, piece));
        }
        size_bytes_ += piece.size();
        return fs::write_all(output_, piece, file_.path);
    }

    struct Outcome {
        Sha256::Digest sha256;
        std::string disagreement; ///< with RECORD; "" when it agrees or says nothing
    };
    Outcome finish() {
        Outcome outcome{.sha256 = sha256_.finish(), .disagreement = {}};
        if (said_ != nullptr && said_->size_bytes && *said_->size_bytes != size_bytes_) {
            outcome.disagreement =
                "RECORD gives '" + printable(file_.path) + "' another size than it has";
        } else if (said_ != nullptr && said_->hash && !is_hash(outcome.sha256)) {
            outcome.disagreement =
                "RECORD gives '" + printable(file_.path) + "' another hash than it has";
        }
        return outcome;
    }

  private:
    bool is_hash(const Sha256::Digest& sha256) {
        return other_ ? other_->finish(file_.path).has_value() : to_hex(sha256) == said_->hash->hex;
    }

    const Wheel& wheel_;
    const store::WheelFile& file_;
    const fs::Fd& output_;
    const wheel::RecordRow* said_ = nullptr;
    Sha256 sha256_;
    std::optional<HashChecker> other_;
    uint64_t size_bytes_ = 0;
};

/// Unpacks one file, fills in its hash, and says where RECORD disagrees.
Result<std::string> write_file(const Wheel& wheel, const archive::TreeWriter& tree,
                               const store::FileStamp& stamp, store::WheelFile& file) {
    const archive::ZipEntry* entry = wheel.zip.find(file.path);
    check(entry != nullptr);
    fs::Fd output = TRY(tree.create(file.path, file.is_executable ? program_mode : file_mode));
    Content content(wheel, file, output);
    if (file.size_bytes < pieces_bytes_min) {
        TRY(content.take(TRY(wheel.zip.read(*entry, pieces_bytes_min))));
    } else {
        uint64_t held_bytes = 0;
        TRY(wheel.zip.read_pieces(*entry, [&](std::string_view piece) -> Result<> {
            held_bytes += piece.size();
            if (held_bytes >= pieces_bytes_min) {
                wheel.file.forget(TRY(wheel.zip.packed(*entry)));
                held_bytes = 0;
            }
            return content.take(piece);
        }));
    }
    Content::Outcome outcome = content.finish();
    file.sha256 = outcome.sha256;
    TRY(stamp.put(output, file));
    return std::move(outcome.disagreement);
}

/// Writes all files, the largest first so that no thread is left alone with one at the end.
Result<> write_tree(Wheel& wheel, const std::string& directory, const store::FileStamp& stamp,
                    const UnpackOptions& options) {
    archive::TreeWriter tree = TRY(archive::TreeWriter::open(directory));
    for (std::string_view path : wheel.manifest.directories()) {
        TRY(tree.make_directory(path));
    }
    std::vector<store::WheelFile>& files = wheel.manifest.files;
    std::vector<size_t> order(files.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return files[a].size_bytes > files[b].size_bytes; });
    uint64_t total = 0;
    for (const store::WheelFile& file : files) {
        total += file.size_bytes;
    }
    std::vector<std::string> disagreements(files.size());
    std::atomic<uint64_t> held_bytes = 0;
    auto work = [&](size_t i) -> Result<> {
        store::WheelFile& file = files[order[i]];
        std::string problem = TRY(write_file(wheel, tree, stamp, file));
        if ((held_bytes += file.size_bytes) >= pieces_bytes_min) {
            wheel.file.forget(wheel.file.bytes());
            held_bytes = 0;
        }
        if (!problem.empty() && !options.allow_record_mismatch) {
            return fail(Error::Kind::integrity, std::move(problem));
        }
        disagreements[order[i]] = std::move(problem);
        return {};
    };
    TRY(parallel_for(files.size(), work, total < parallel_bytes_min ? 1 : 0));
    for (std::string& text : disagreements) {
        if (!text.empty()) {
            warn(wheel.manifest, std::move(text));
        }
    }
    return {};
}

/// Of what lies in .data nobody knows yet how far from its neighbours it will be.
Result<bool> is_self_contained(const Wheel& wheel, const std::string& tree) {
    std::vector<std::string_view> list = wheel.manifest.directories();
    const std::set<std::string_view> directories(list.begin(), list.end());
    for (const store::WheelFile& file : wheel.manifest.files) {
        if (!wheel::is_native(file.path)) {
            continue;
        }
        fs::MappedFile content = TRY(fs::MappedFile::open(fs::join(tree, file.path)));
        auto paths = wheel::library_search_paths(content.bytes());
        bool is_inside = paths && wheel.layout.place(file.path).scheme == wheel::Scheme::root &&
                         std::ranges::all_of(*paths, [&](const std::string& path) {
                             return wheel::stays_inside(file.path, path, directories);
                         });
        if (!is_inside) {
            return false;
        }
    }
    return true;
}

Result<store::WheelEntry> unpack(const store::Store& store, const WheelSource& source,
                                 const UnpackOptions& options) {
    pep::WheelName name = TRY(pep::WheelName::parse(source.file_name));
    Result<fs::MappedFile> opened = fs::MappedFile::open(source.path);
    if (!opened) {
        return fail(std::move(opened.error()).hint("is it still there, and may you read it?"));
    }
    fs::MappedFile file = std::move(*opened);
    std::string sha256 = TRY(check_bytes(file, source));
    std::optional<store::WheelEntry> entry;
    if (!options.replace) {
        entry = TRY(store::find_wheel(store, sha256));
    }
    if (entry) {
        Result<pep::Version> version = pep::Version::parse(entry->manifest.version);
        if (entry->manifest.name != name.name.str() || !version || !(*version == name.version)) {
            return fail(Error::Kind::integrity, "its content is that of " + entry->manifest.name +
                                                    " " + entry->manifest.version);
        }
        return std::move(*entry);
    }
    Wheel wheel = TRY(inspect(file, source, std::move(name), options));
    store::Staging staging = TRY(store.begin());
    std::string tree = staging.path() + "/files";
    TRY(fs::make_directories(tree));
    TRY(write_tree(wheel, tree, store::FileStamp(sha256), options));
    std::ranges::sort(wheel.manifest.files, {}, &store::WheelFile::path);
    wheel.manifest.is_self_contained = TRY(is_self_contained(wheel, tree));
    TRY(write_own_files(wheel.manifest, wheel.programs, tree, store::FileStamp(sha256)));
    wheel.manifest.url = source.url;
    return store::publish_wheel(store, std::move(staging), sha256, std::move(wheel.manifest),
                                options.replace ? store::Existing::replaced
                                                : store::Existing::kept);
}

} // namespace

std::string unlisted_warning(std::string_view path) {
    return "RECORD does not list '" + printable(path) + "'";
}

Result<store::WheelEntry> unpack_wheel(const store::Store& store, const WheelSource& source,
                                       const UnpackOptions& options) {
    Result<store::WheelEntry> entry = unpack(store, source, options);
    if (entry) {
        return entry;
    }
    Error error = Error(std::move(entry.error())).in(printable(source.file_name));
    bool is_its_fault = error.kind == Error::Kind::input || error.kind == Error::Kind::integrity ||
                        error.kind == Error::Kind::refused;
    if (is_its_fault && error.message.find("\n  hint: ") == std::string::npos) {
        return fail(std::move(error).hint(
            "the wheel is broken or was changed: take another version, or tell the project"));
    }
    return fail(std::move(error));
}

} // namespace pawl::install
