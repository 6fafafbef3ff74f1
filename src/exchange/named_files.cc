#include "exchange/named_files.h"

#include <algorithm>

#include "base/text.h"
#include "base/url.h"
#include "exchange/toml_reading.h"
#include "pep/wheel_name.h"

namespace pawl::exchange {

using text::TomlNode;

namespace {

enum class FileKind : unsigned char { wheel, sdist, other, of_other_release };

bool is_plain(std::string_view name) {
    return !name.empty() && std::ranges::none_of(name, [](char c) {
        return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    });
}

FileKind kind_of(const std::string& name, const lock::Package& package) {
    if (name.ends_with(".whl")) {
        Result<pep::WheelName> wheel = pep::WheelName::parse(name);
        if (!wheel) {
            return FileKind::other; // which no installer takes
        }
        bool is_ours =
            wheel->name == package.name && (!package.version || wheel->version == *package.version);
        return is_ours ? FileKind::wheel : FileKind::of_other_release;
    }
    Result<pep::SdistName> sdist = pep::SdistName::parse(name);
    if (!sdist) {
        return FileKind::other;
    }
    if (sdist->name == package.name && package.version && sdist->version != *package.version) {
        return FileKind::of_other_release;
    }
    // "x-1.0-1.tar.gz" is x 1.0.post1, and reads like a project "x-1.0".
    bool is_ours =
        sdist->name == package.name || sdist->name.str().starts_with(package.name.str() + "-");
    return is_ours ? FileKind::sdist : FileKind::of_other_release;
}

void add_file(FileKind kind, std::string name, lock::FileSource source, lock::Package& package) {
    if (kind == FileKind::wheel) {
        package.wheels.push_back({std::move(name), std::move(source)});
    } else if (kind == FileKind::sdist && (!package.sdist || name.ends_with(".tar.gz"))) {
        package.sdist = lock::Sdist{std::move(name), std::move(source)};
    }
}

} // namespace

Result<> add_named_file(TomlNode table, OtherReleases others, lock::Package& package) {
    if (!table.is_table()) {
        return fail(std::move(table.type_error("a table").value()));
    }
    lock::FileSource source;
    std::string name;
    if (auto url = TRY(table.get_string("url"))) {
        Result<Url> parsed = Url::parse(*url);
        if (!parsed) {
            return fail(std::move(parsed.error()).in("line " + line_text(table)));
        }
        if (parsed->has_credentials()) {
            return fail(Error::Kind::refused,
                        "line " + line_text(table) + ": the URL holds a user name or password");
        }
        source.url = parsed->text_without_fragment();
        name = parsed->file_name();
    } else {
        name = std::string(TRY(table.require_string("file")));
    }
    if (!is_plain(name)) {
        return fail(Error::Kind::input, "line " + line_text(table) + ": \"" + printable(name) +
                                            "\" must be a file's name, without a folder");
    }
    FileKind kind = kind_of(name, package);
    if (kind == FileKind::of_other_release) {
        return others == OtherReleases::skip
                   ? Result<>()
                   : Result<>(fail(Error::Kind::integrity, "line " + line_text(table) + ": " +
                                                               printable(name) +
                                                               " is a file of another release"));
    }
    auto hash = TRY(table.get_string("hash"));
    if (!hash || hash->empty()) {
        return table.error(printable(name) + " has no hash");
    }
    TRY(add_hash(*table.find("hash"), *hash, source));
    add_file(kind, std::move(name), std::move(source), package);
    return {};
}

Result<> add_archive_hash(TomlNode entry, lock::FileSource& source) {
    auto files = TRY(entry.get_array("files"));
    if (!files || files->size() == 0) {
        return entry.error("the archive has no hash");
    }
    TomlNode file = *files->begin();
    if (!file.is_table()) {
        return fail(std::move(file.type_error("a table").value()));
    }
    std::string_view hash = TRY(file.require_string("hash"));
    return add_hash(*file.find("hash"), hash, source);
}

std::string one_hash(const lock::FileSource& source) {
    for (std::string_view algorithm : {"sha256", "sha512", "sha384"}) {
        auto found = std::ranges::find(source.hashes, algorithm, &Hash::algorithm);
        if (found != source.hashes.end()) {
            return found->algorithm + ":" + found->hex;
        }
    }
    return source.hashes.empty() ? "" : source.hashes[0].algorithm + ":" + source.hashes[0].hex;
}

} // namespace pawl::exchange
