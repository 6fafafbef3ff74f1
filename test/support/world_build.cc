// Wheels and sdists out of a Release. An sdist brings its own build backend, so that a dynamic one
// can be built without anything from outside.

#include <algorithm>
#include <array>
#include <cstring>

#include <libdeflate.h>

#include "archive/zip_reader.h"
#include "archive/zip_writer.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/text.h"
#include "pep/metadata.h"
#include "pep/name.h"
#include "pep/version.h"
#include "pep/wheel_name.h"
#include "pep/wheel_variant.h"
#include "test/support/world.h"

namespace pawl::test {

namespace {

std::string escaped(std::string_view name) {
    return replace_all(pep::normalize_name(name), "-", "_");
}

std::string normal_version(const std::string& version) {
    auto parsed = pep::Version::parse(version);
    return parsed ? parsed->str() : version;
}

std::string base64_url(std::string_view hex) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    auto bytes = from_hex(hex);
    check(bytes.has_value());
    std::string text;
    for (size_t i = 0; i < bytes->size(); i += 3) {
        uint32_t group = 0;
        size_t count = std::min<size_t>(3, bytes->size() - i);
        for (size_t k = 0; k < 3; ++k) {
            group = group << 8 | (k < count ? (*bytes)[i + k] : 0u);
        }
        for (size_t k = 0; k <= count; ++k) {
            text += digits[group >> (18 - 6 * k) & 63];
        }
    }
    return text;
}

/// The extras that markers name: `extra == "x"`.
std::vector<std::string> all_extras(const Release& release) {
    std::vector<std::string> extras = release.extras;
    for (const std::string& requirement : release.requires_dist) {
        for (size_t at = requirement.find("extra"); at != std::string::npos;
             at = requirement.find("extra", at + 1)) {
            size_t open = requirement.find_first_of("'\"", at);
            size_t close =
                open == std::string::npos ? open : requirement.find(requirement[open], open + 1);
            if (close != std::string::npos) {
                extras.push_back(requirement.substr(open + 1, close - open - 1));
            }
        }
    }
    std::ranges::sort(extras);
    extras.erase(std::unique(extras.begin(), extras.end()), extras.end());
    return extras;
}

std::string entry_points(const Release& release) {
    std::string text = "[console_scripts]\n";
    for (const std::string& script : release.scripts) {
        text += script + "\n";
    }
    return text;
}

std::string wheel_text(std::string_view tag_text) {
    std::string text = "Wheel-Version: 1.0\nGenerator: pawl-test-index\n";
    bool is_pure = tag_text.ends_with("-none-any");
    text += std::string("Root-Is-Purelib: ") + (is_pure ? "true" : "false") + "\n";
    std::vector<std::string_view> parts = split(tag_text, '-');
    if (parts.size() == 4) {
        text += "Build: " + std::string(parts[0]) + "\n";
        parts.erase(parts.begin());
    }
    for (std::string_view python : split(parts.at(0), '.')) {
        for (std::string_view abi : split(parts.at(1), '.')) {
            for (std::string_view platform : split(parts.at(2), '.')) {
                text += "Tag: " + std::string(python) + "-" + std::string(abi) + "-" +
                        std::string(platform) + "\n";
            }
        }
    }
    return text;
}

Result<BuiltFile> build_wheel(const Release& release, const std::string& tag_text) {
    std::string stem = escaped(release.name) + "-" + normal_version(release.version);
    const std::string file_name = stem + "-" + tag_text + ".whl";
    auto variant = pep::split_variant_wheel(file_name);
    const std::string plain_tag =
        variant ? std::string(variant->stem.substr(stem.size() + 1)) : tag_text;
    size_t dashes = static_cast<size_t>(std::ranges::count(plain_tag, '-'));
    if (dashes != 2 && dashes != 3) {
        return fail(Error::Kind::input, "\"" + tag_text + "\" is no tag of a wheel");
    }
    std::string info = stem + ".dist-info/";
    BuiltFile built{.file_name = file_name, .bytes = {}, .metadata = metadata_text(release, false)};
    std::vector<WorldFile> files = release.files;
    std::erase_if(files, [](const WorldFile& file) { return file.is_beside; });
    files.push_back({info + "METADATA", built.metadata});
    files.push_back({info + "WHEEL", wheel_text(plain_tag)});
    if (!release.scripts.empty()) {
        files.push_back({info + "entry_points.txt", entry_points(release)});
    }
    archive::ZipWriter writer;
    std::string record;
    for (const std::string& row : release.record_rows) {
        record += row + "\n";
    }
    for (const WorldFile& file : files) {
        TRY(writer.add(file.path, file.content));
        bool is_given = std::ranges::any_of(release.record_rows, [&file](const std::string& row) {
            return row.starts_with(file.path + ",");
        });
        if (!is_given) {
            record += file.path + ",sha256=" + base64_url(digest_hex("sha256", file.content)) +
                      "," + std::to_string(file.content.size()) + "\n";
        }
    }
    TRY(writer.add(info + "RECORD", record + info + "RECORD,,\n"));
    built.bytes = writer.finish();
    return built;
}

// --- sdists -------------------------------------------------------------------------------------

constexpr size_t tar_block_bytes = 512;

/// One regular file in the ustar format, with the same time and owner for all.
void add_tar_file(std::string& tar, const std::string& path, std::string_view content) {
    std::array<char, tar_block_bytes> header{};
    auto put = [&](size_t at, std::string_view text) {
        std::memcpy(header.data() + at, text.data(), text.size());
    };
    auto octal = [](uint64_t number, size_t digits) {
        std::string text(digits, '0');
        for (size_t i = digits; i-- > 0; number /= 8) {
            text[i] = static_cast<char>('0' + number % 8);
        }
        return text;
    };
    check(path.size() < 100);
    put(0, path);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, octal(content.size(), 11));
    put(136, octal(315532800, 11)); // 1980-01-01
    put(148, "        ");
    put(156, "0");
    put(257, std::string_view("ustar\00000", 8));
    uint64_t sum = 0;
    for (char c : header) {
        sum += static_cast<unsigned char>(c);
    }
    put(148, octal(sum, 6) + std::string("\0 ", 2));
    tar.append(header.data(), header.size()).append(content);
    tar.append((tar_block_bytes - content.size() % tar_block_bytes) % tar_block_bytes, '\0');
}

std::string gzip(std::string_view bytes) {
    libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
    std::string packed(libdeflate_gzip_compress_bound(compressor, bytes.size()), '\0');
    packed.resize(libdeflate_gzip_compress(compressor, bytes.data(), bytes.size(), packed.data(),
                                           packed.size()));
    libdeflate_free_compressor(compressor);
    return packed;
}

/// Builds the wheel that a world's own wheel would be, from what the sdist holds.
constexpr std::string_view backend = R"(import base64, hashlib, os, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def get_requires_for_build_wheel(config_settings=None):
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open(os.path.join(HERE, "BUILD"), encoding="utf-8") as f:
        stem, *paths = f.read().splitlines()
    info = stem + ".dist-info/"
    name = stem + "-py3-none-any.whl"
    files = []
    for path in paths:
        with open(os.path.join(HERE, path), "rb") as f:
            files.append((path, f.read()))
    for kept in ("METADATA", "entry_points.txt"):
        if os.path.exists(os.path.join(HERE, kept)):
            with open(os.path.join(HERE, kept), "rb") as f:
                files.append((info + kept, f.read()))
    files.append((info + "WHEEL", b"Wheel-Version: 1.0\nGenerator: pawl-test-index\n"
                                  b"Root-Is-Purelib: true\nTag: py3-none-any\n"))
    rows = []
    for path, data in files:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(data)}")
    rows.append(info + "RECORD,,")
    files.append((info + "RECORD", ("\n".join(rows) + "\n").encode()))
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as z:
        for path, data in files:
            z.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), data)
    return name
)";

constexpr std::string_view build_system = R"([build-system]
requires = []
build-backend = "world_backend"
backend-path = ["."]
)";

BuiltFile build_sdist(const Release& release) {
    std::string stem = escaped(release.name) + "-" + normal_version(release.version);
    std::string tar;
    std::string to_build = stem + "\n";
    bool has_project = false;
    for (const WorldFile& file : release.files) {
        if (file.is_beside) {
            continue;
        }
        add_tar_file(tar, stem + "/" + file.path, file.content);
        has_project = has_project || file.path == "pyproject.toml";
        to_build += file.path + "\n";
    }
    add_tar_file(tar, stem + "/PKG-INFO", metadata_text(release, true));
    if (!has_project) {
        add_tar_file(tar, stem + "/pyproject.toml", build_system);
        add_tar_file(tar, stem + "/world_backend.py", backend);
        add_tar_file(tar, stem + "/BUILD", to_build);
        add_tar_file(tar, stem + "/METADATA", metadata_text(release, false));
        if (!release.scripts.empty()) {
            add_tar_file(tar, stem + "/entry_points.txt", entry_points(release));
        }
    }
    tar.append(2 * tar_block_bytes, '\0');
    return {.file_name = stem + ".tar.gz", .bytes = gzip(tar), .metadata = {}};
}

} // namespace

std::string metadata_text(const Release& release, bool is_sdist) {
    bool claims = !release.claimed_name.empty();
    std::string text =
        "Metadata-Version: 2.2\nName: " + (claims ? release.claimed_name : release.name) +
        "\nVersion: " + (claims ? release.claimed_version : release.version) + "\n";
    for (const std::string& line : release.metadata_lines) {
        text += line + "\n";
    }
    if (is_sdist && release.is_dynamic) {
        return text + "Dynamic: Requires-Dist\nDynamic: Provides-Extra\n";
    }
    if (!release.requires_python.empty()) {
        text += "Requires-Python: " + release.requires_python + "\n";
    }
    for (const std::string& extra : all_extras(release)) {
        text += "Provides-Extra: " + extra + "\n";
    }
    for (const std::string& requirement : release.requires_dist) {
        text += "Requires-Dist: " + requirement + "\n";
    }
    return text;
}

Result<Release> ready_release(std::string file_name, std::string bytes) {
    Release release;
    BuiltFile file{.file_name = std::move(file_name), .bytes = std::move(bytes), .metadata = {}};
    if (!file.file_name.ends_with(".whl")) {
        pep::SdistName name = TRY(pep::SdistName::parse(file.file_name));
        release.name = name.name.str();
        release.version = name.version.str();
        release.ready = std::move(file);
        return release;
    }
    pep::WheelName name = TRY(pep::WheelName::parse(file.file_name));
    archive::ZipReader zip = TRY_IN(file.file_name, archive::ZipReader::open(file.bytes));
    for (const archive::ZipEntry& entry : zip.entries()) {
        // Not those of the projects that a wheel carries below itself.
        if (entry.path.ends_with(".dist-info/METADATA") &&
            entry.path.find('/') == entry.path.rfind('/')) {
            file.metadata = TRY(zip.read(entry, uint64_t{16} << 20));
        }
    }
    pep::CoreMetadata metadata = TRY(pep::CoreMetadata::parse(file.metadata));
    release.name = name.name.str();
    release.version = name.version.str();
    release.requires_python = metadata.requires_python ? metadata.requires_python->str() : "";
    release.ready = std::move(file);
    return release;
}

Result<std::vector<BuiltFile>> build_files(const Release& release) {
    if (release.ready) {
        return std::vector<BuiltFile>{*release.ready};
    }
    std::vector<BuiltFile> files;
    for (const std::string& tags : release.wheels) {
        files.push_back(TRY_IN(release.name + " " + release.version, build_wheel(release, tags)));
    }
    if (release.has_sdist) {
        files.push_back(build_sdist(release));
    }
    for (const WorldFile& file : release.files) {
        if (file.is_beside) {
            files.push_back({.file_name = escaped(release.name) + "-" +
                                          normal_version(release.version) + "-" + file.path,
                             .bytes = file.content,
                             .metadata = {}});
        }
    }
    return files;
}

} // namespace pawl::test
