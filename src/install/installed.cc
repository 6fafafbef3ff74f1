#include "install/installed.h"

#include <algorithm>
#include <map>

#include "base/fs.h"
#include "base/text.h"
#include "install/dist_info.h"
#include "install/placement.h"
#include "pep/metadata.h"
#include "text/csv.h"
#include "wheel/record.h"

namespace pawl::install {

namespace {

constexpr uint64_t record_bytes_max = uint64_t{256} << 20;
constexpr uint64_t metadata_bytes_max = uint64_t{16} << 20;

std::string read_or_empty(const std::string& path, uint64_t bytes_max) {
    return fs::read(path, bytes_max).value_or("");
}

/// A row's path seen from the root; "" when it leads outside.
std::string path_inside(const Target& target, const std::string& library, std::string_view path) {
    std::string full = fs::normalize(fs::join(library, path));
    if (!full.starts_with(target.root + "/")) {
        return "";
    }
    return below(target.root, full);
}

void read_rows(const Target& target, const std::string& library, InstalledPackage& package) {
    Result<std::vector<text::CsvRow>> rows = text::parse_csv(package.record_text);
    if (!rows) {
        package.is_whole = false;
        return;
    }
    for (text::CsvRow& row : *rows) {
        std::string path = path_inside(target, library, row[0]);
        if (path.empty()) {
            package.foreign_rows.push_back(std::move(row[0]));
            continue;
        }
        uint64_t size = row.size() > 2 ? parse_unsigned(row[2]).value_or(0) : 0;
        package.rows.push_back(
            OwnedFile{std::move(path), row.size() > 1 ? std::move(row[1]) : "", size});
    }
}

/// "name-1.0.dist-info" → the name and version of METADATA, else of the directory.
bool read_identity(const std::string& directory, std::string_view stem, const char* file,
                   Installed& facts) {
    std::string text = read_or_empty(directory + "/" + file, metadata_bytes_max);
    Result<pep::RawMetadata> metadata = pep::RawMetadata::parse(text);
    std::optional<std::string_view> name, version;
    if (!text.empty() && metadata) {
        name = metadata->first("name");
        version = metadata->first("version");
    }
    bool is_whole = name.has_value() && version.has_value();
    std::optional<Halves> halves = split_once(stem, '-');
    Result<pep::Name> parsed = pep::Name::parse(name ? *name : (halves ? halves->before : stem));
    if (!parsed) {
        return false;
    }
    facts.name = std::move(*parsed);
    facts.version = version ? *version : (halves ? halves->after : std::string_view());
    return is_whole;
}

std::optional<InstalledPackage> read_package(const Target& target, const std::string& library,
                                             const fs::DirectoryEntry& entry) {
    std::string_view name = entry.name;
    bool is_info = name.ends_with(".dist-info");
    bool is_egg = name.ends_with(".egg-info");
    if (!is_info && !is_egg) {
        return std::nullopt;
    }
    std::string directory = library + "/" + entry.name;
    std::string_view stem = name.substr(0, name.rfind('.'));
    InstalledPackage package;
    package.is_legacy = is_egg;
    package.is_whole =
        read_identity(directory, stem, is_egg ? "PKG-INFO" : "METADATA", package.facts);
    if (!pep::is_valid_name(package.facts.name.str()) ||
        (!package.is_whole && package.facts.name == pep::Name::of("x") && stem != "x")) {
        return std::nullopt; // not even a name: nothing that pip or Python would see either
    }
    package.facts.dist_info = directory;
    package.info_path = below(target.root, directory);
    if (is_info) {
        package.facts.installer = trim(read_or_empty(directory + "/INSTALLER", 4096));
        package.facts.direct_url = read_or_empty(directory + "/direct_url.json", 1 << 20);
        package.facts.requested = fs::exists(directory + "/REQUESTED");
        Result<std::string> record = fs::read(directory + "/RECORD", record_bytes_max);
        package.is_whole = package.is_whole && record.has_value();
        package.record_text = record.value_or("");
        read_rows(target, library, package);
    }
    return package;
}

} // namespace

std::string below(std::string_view root, std::string_view path) {
    if (path.size() <= root.size()) {
        return "";
    }
    return std::string(path.substr(root == "/" ? 1 : root.size() + 1));
}

Result<std::vector<InstalledPackage>> scan(const Target& target) {
    std::vector<std::string> libraries{target.purelib};
    if (target.platlib != target.purelib &&
        fs::real_path(target.platlib).value_or("") != fs::real_path(target.purelib).value_or("")) {
        libraries.push_back(target.platlib);
    }
    std::vector<InstalledPackage> packages;
    for (const std::string& library : libraries) {
        if (!fs::is_directory(library)) {
            continue;
        }
        for (const fs::DirectoryEntry& entry : TRY(fs::list(library))) {
            if (std::optional<InstalledPackage> package = read_package(target, library, entry)) {
                packages.push_back(std::move(*package));
            }
        }
    }
    std::ranges::stable_sort(packages, [](const InstalledPackage& a, const InstalledPackage& b) {
        return a.facts.name < b.facts.name;
    });
    return packages;
}

bool is_same_wheel(const InstalledPackage& package, const store::WheelManifest& manifest,
                   const Target& target) {
    if (package.facts.version != manifest.version) {
        return false;
    }
    std::map<std::string_view, std::string_view> hashes;
    for (const OwnedFile& row : package.rows) {
        hashes.emplace(row.path, row.hash);
    }
    Places places = target.places();
    Result<std::vector<Run>> runs = runs_of(0, manifest, places);
    for (const Run& run : runs ? *runs : std::vector<Run>()) {
        for (uint32_t i = run.first; i < run.last; ++i) {
            std::string_view path = std::string_view(manifest.files[i].path).substr(run.skip);
            auto found = hashes.find(placed_path(run, manifest.files[i].path));
            if (found == hashes.end() && run.role == Role::library && is_beside_the_point(path)) {
                continue; // perhaps another wheel's was taken
            }
            if (found == hashes.end() ||
                (run.role != Role::script &&
                 found->second != wheel::record_hash(manifest.files[i].sha256))) {
                return false;
            }
        }
    }
    return runs.has_value();
}

bool has_all_files(const InstalledPackage& package, const Target& target) {
    for (const OwnedFile& row : package.rows) {
        if (row.path.ends_with(".pyc")) {
            continue; // Python makes them again
        }
        Result<std::optional<fs::FileStat>> stat = fs::stat(target.root + "/" + row.path);
        if (!stat || !*stat || (!row.hash.empty() && (*stat)->size_bytes != row.size_bytes)) {
            return false;
        }
    }
    return true;
}

Result<std::vector<Installed>> installed_in(const Target& target) {
    std::vector<Installed> found;
    for (InstalledPackage& package : TRY(scan(target))) {
        if (package.is_whole) {
            found.push_back(std::move(package.facts));
        }
    }
    return found;
}

} // namespace pawl::install
