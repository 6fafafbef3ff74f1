// The manifest of an unpacked wheel: lines of text in two parts. First the facts, one "key value"
// a line, keys of lists repeated; then one line a file: sha256, size, "x" or "-", path. Each part
// has its XXH3 sum in front of it, so that a reader who needs the facts alone checks only these:
//
//     pawl-wheel 1 <sum of the facts> <bytes of the facts>
//     file_name attrs-24.2.0-py3-none-any.whl
//     …
//     files <count> <sum of the files' lines>
//     <64 digits> <size> x attr/__init__.py
//
// XXH3 guards against torn and rotten bytes, not against an attacker: who can write here can write
// anywhere in the cache.

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "base/check.h"
#include "base/text.h"
#include "store/wheel_entry.h"

namespace pawl::store {
namespace {

constexpr std::string_view family = "pawl-wheel ";
constexpr std::string_view version = "1";
constexpr size_t digest_digits = 64;

std::string sum(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    uint64_t value = XXH3_64bits(text.data(), text.size());
    std::string shown;
    for (int shift = 60; shift >= 0; shift -= 4) {
        shown.push_back(digits[(value >> shift) & 0xf]);
    }
    return shown;
}

/// The version is summed with them, so that a rotten digit is not taken for another pawl's work.
std::string sum_of_facts(std::string_view of_version, std::string_view facts) {
    return sum(std::string(of_version) + "\n" + std::string(facts));
}

void append_line(std::string& text, std::string_view key, std::string_view value) {
    text.append(key).append(" ");
    std::replace_copy_if(
        value.begin(), value.end(), std::back_inserter(text), [](char c) { return c == '\n'; },
        ' ');
    text.append("\n");
}

std::string_view yes_or_no(bool value) {
    return value ? "yes" : "no";
}

void append_file(std::string& text, const WheelFile& file) {
    check(file.path.find('\n') == std::string::npos); // the name grammar has no line ends
    text.append(to_hex(file.sha256)).append(" ").append(std::to_string(file.size_bytes));
    text.append(file.is_executable ? " x " : " - ").append(file.path).append("\n");
}

std::string write_files(const WheelManifest& manifest) {
    std::string text;
    size_t bytes = 0;
    for (const WheelFile& file : manifest.files) {
        bytes += file.path.size() + digest_digits + 24;
    }
    text.reserve(bytes);
    for (const WheelFile& file : manifest.files) {
        append_file(text, file);
    }
    return text;
}

tl::unexpected<Error> damaged(std::string_view what) {
    return fail(Error::Kind::integrity,
                std::string("manifest of a wheel is damaged: ").append(what));
}

/// Cuts the next line off; nothing when there is none left.
std::optional<std::string_view> next_line(std::string_view& text) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

/// The first line: which pawl wrote it, and where the facts behind it end.
struct Head {
    std::string_view version, sum;
    size_t facts_bytes = 0;
};

/// Cuts it off; nothing when it is none.
std::optional<Head> read_head(std::string_view& text) {
    std::optional<std::string_view> line = next_line(text);
    if (!line || !line->starts_with(family)) {
        return std::nullopt;
    }
    std::optional<Halves> found = split_once(line->substr(family.size()), ' ');
    std::optional<Halves> sums = found ? split_once(found->after, ' ') : std::nullopt;
    std::optional<uint64_t> bytes = sums ? parse_unsigned(sums->after) : std::nullopt;
    if (!bytes) {
        return std::nullopt;
    }
    return Head{found->before, sums->before, static_cast<size_t>(*bytes)};
}

int digit_value(char c) {
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool read_digest(std::string_view text, Sha256::Digest& digest) {
    for (size_t i = 0; i < digest.size(); ++i) {
        int high = digit_value(text[2 * i]);
        int low = digit_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        digest[i] = static_cast<unsigned char>(high * 16 + low);
    }
    return true;
}

bool read_file(std::string_view line, WheelFile& file) {
    if (line.size() < digest_digits + 6 || line[digest_digits] != ' ' ||
        !read_digest(line, file.sha256)) {
        return false;
    }
    const char* begin = line.data() + digest_digits + 1;
    const char* end = line.data() + line.size();
    auto [after, problem] = std::from_chars(begin, end, file.size_bytes);
    if (problem != std::errc() || end - after < 4 || after[0] != ' ' || after[2] != ' ') {
        return false;
    }
    file.is_executable = after[1] == 'x';
    file.path.assign(after + 3, end);
    return true;
}

Result<> read_fact(std::string_view key, std::string_view value, WheelManifest& manifest) {
    struct {
        std::string_view key;
        std::string* text;
    } texts[] = {{"file_name", &manifest.file_name}, {"url", &manifest.url},
                 {"name", &manifest.name},           {"version", &manifest.version},
                 {"dist_info", &manifest.dist_info}, {"data_directory", &manifest.data_directory}};
    struct {
        std::string_view key;
        bool* flag;
    } flags[] = {{"root_is_purelib", &manifest.root_is_purelib},
                 {"has_native", &manifest.has_native},
                 {"is_self_contained", &manifest.is_self_contained},
                 {"has_entry_points", &manifest.has_entry_points},
                 {"has_pth", &manifest.has_pth}};
    for (auto& row : texts) {
        if (row.key == key) {
            *row.text = value;
        }
    }
    for (auto& row : flags) {
        if (row.key == key) {
            *row.flag = value == "yes";
        }
    }
    if (key == "top_level") {
        manifest.top_level.emplace_back(value);
    } else if (key == "warning") {
        manifest.warnings.emplace_back(value);
    } else if (key == "own") {
        manifest.own_files.emplace_back();
        if (!read_file(value, manifest.own_files.back())) {
            return damaged("a file of ours");
        }
    }
    return {};
}

/// "<count> <sum>" behind the key "files", and the lines that it announces.
Result<> read_files(std::string_view announced, std::string_view text, WheelManifest& manifest) {
    std::optional<Halves> halves = split_once(announced, ' ');
    std::optional<uint64_t> count = halves ? parse_unsigned(halves->before) : std::nullopt;
    if (!count || *count > text.size() || halves->after != sum(text)) {
        return damaged("its list of files");
    }
    manifest.files.resize(static_cast<size_t>(*count));
    for (WheelFile& file : manifest.files) {
        std::optional<std::string_view> line = next_line(text);
        if (!line || !read_file(*line, file)) {
            return damaged("a line of its list of files");
        }
    }
    if (!text.empty()) {
        return damaged("more files than it counts");
    }
    return {};
}

} // namespace

std::vector<std::string_view> WheelManifest::directories() const {
    std::unordered_set<std::string_view> seen;
    std::vector<std::string_view> found;
    for (const WheelFile& file : files) {
        size_t before = found.size();
        std::string_view path = file.path;
        for (size_t slash = path.rfind('/'); slash != path.npos; slash = path.rfind('/')) {
            path = path.substr(0, slash);
            if (!seen.insert(path).second) {
                break; // those above it as well
            }
            found.push_back(path);
        }
        std::reverse(found.begin() + static_cast<std::ptrdiff_t>(before), found.end());
    }
    return found;
}

const WheelFile* WheelManifest::find(std::string_view path) const {
    auto found =
        std::lower_bound(files.begin(), files.end(), path,
                         [](const WheelFile& f, std::string_view p) { return f.path < p; });
    if (found != files.end() && found->path == path) {
        return &*found;
    }
    auto own = std::ranges::find(own_files, path, &WheelFile::path);
    return own == own_files.end() ? nullptr : &*own;
}

std::string write_manifest(const WheelManifest& manifest) {
    std::string files = write_files(manifest);
    std::string facts;
    append_line(facts, "file_name", manifest.file_name);
    if (!manifest.url.empty()) {
        append_line(facts, "url", manifest.url);
    }
    append_line(facts, "name", manifest.name);
    append_line(facts, "version", manifest.version);
    append_line(facts, "dist_info", manifest.dist_info);
    append_line(facts, "data_directory", manifest.data_directory);
    append_line(facts, "root_is_purelib", yes_or_no(manifest.root_is_purelib));
    append_line(facts, "has_native", yes_or_no(manifest.has_native));
    append_line(facts, "is_self_contained", yes_or_no(manifest.is_self_contained));
    append_line(facts, "has_entry_points", yes_or_no(manifest.has_entry_points));
    append_line(facts, "has_pth", yes_or_no(manifest.has_pth));
    for (const std::string& name : manifest.top_level) {
        append_line(facts, "top_level", name);
    }
    for (const std::string& warning : manifest.warnings) {
        append_line(facts, "warning", warning);
    }
    for (const WheelFile& file : manifest.own_files) {
        facts.append("own ");
        append_file(facts, file);
    }
    append_line(facts, "files", std::to_string(manifest.files.size()) + " " + sum(files));
    std::string head(family);
    head.append(version)
        .append(" ")
        .append(sum_of_facts(version, facts))
        .append(" ")
        .append(std::to_string(facts.size()));
    return head.append("\n").append(facts).append(files);
}

bool has_whole_facts(std::string_view beginning) {
    std::optional<Head> head = read_head(beginning);
    return head && head->facts_bytes <= beginning.size();
}

Result<WheelManifest> read_manifest(std::string_view text, ManifestPart part) {
    std::optional<Head> head = read_head(text);
    if (!head) {
        return damaged("its first line");
    }
    if (head->facts_bytes > text.size() ||
        head->sum != sum_of_facts(head->version, text.substr(0, head->facts_bytes))) {
        return damaged("its facts");
    }
    if (head->version != version) { // and its sum fits: no damage
        Error error{Error::Kind::disk, "another version of pawl wrote this cache"};
        return fail(std::move(error).hint("choose another cache with --cache-dir"));
    }
    std::string_view facts = text.substr(0, head->facts_bytes);
    std::string_view files = text.substr(head->facts_bytes);
    WheelManifest manifest;
    std::optional<std::string_view> announced;
    while (std::optional<std::string_view> line = next_line(facts)) {
        std::optional<Halves> halves = split_once(*line, ' ');
        if (!halves) {
            return damaged("a line of its facts");
        }
        if (halves->before == "files") {
            announced = halves->after;
        }
        TRY(read_fact(halves->before, halves->after, manifest));
    }
    if (!announced) {
        return damaged("it has no list of files");
    }
    if (part == ManifestPart::all) {
        TRY(read_files(*announced, files, manifest));
    }
    return manifest;
}

} // namespace pawl::store
