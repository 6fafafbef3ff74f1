#include "index/page_builder.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "pep/wheel_name.h"
#include "pep/wheel_variant.h"

namespace pawl::index {

namespace {

constexpr size_t file_name_bytes_max = 255;
constexpr size_t url_bytes_max = 8192;
constexpr size_t hashes_max = 16;
constexpr size_t shown_bytes_max = 120;

/// Foreign text for a message: safe and not too long.
std::string shown(std::string_view text) {
    std::string safe = printable(text.substr(0, shown_bytes_max));
    return text.size() > shown_bytes_max ? safe + "…" : safe;
}

/// A name that can be a file's on every system; "" when it is, else what is wrong.
std::string_view file_name_fault(std::string_view name) {
    if (name.empty() || name.size() > file_name_bytes_max) {
        return name.empty() ? "it has no file name" : "its file name is too long";
    }
    bool is_ascii = true;
    for (char c : name) {
        auto byte = static_cast<unsigned char>(c);
        is_ascii = is_ascii && byte < 0x80;
        if (c == '/' || c == '\\' || c == ':' || byte < 0x20 || byte == 0x7F) {
            return "its file name has a character that no file name may have";
        }
    }
    if (name.front() == '.' || name.find("..") != std::string_view::npos ||
        (!is_ascii && !is_utf8(name))) {
        return "its file name is not safe";
    }
    return "";
}

struct WheelParts {
    std::string_view name, version, build, tags;
};

/// The parts of "name-version[-build]-python-abi-platform.whl". Lighter than pep::WheelName, which
/// makes all combinations of tags: a page may have ten thousand wheels and few are looked at.
std::optional<WheelParts> split_wheel_name(std::string_view file_name) {
    constexpr size_t parts_max = 6;
    std::array<std::string_view, parts_max> parts;
    size_t count = 0;
    std::string_view rest = file_name.substr(0, file_name.size() - 4); // ".whl"
    for (bool more = true; more; ++count) {
        if (count == parts_max) {
            return std::nullopt;
        }
        size_t dash = rest.find('-');
        parts[count] = rest.substr(0, dash);
        more = dash != std::string_view::npos;
        rest.remove_prefix(more ? dash + 1 : rest.size());
    }
    if (count < 5) {
        return std::nullopt;
    }
    for (std::string_view part : std::span(parts).first(count)) {
        for (char c : part) {
            if (!is_alnum(c) && c != '_' && c != '.' && c != '+' && c != '!') {
                return std::nullopt;
            }
        }
        if (part.empty()) {
            return std::nullopt;
        }
    }
    WheelParts wheel{.name = parts[0], .version = parts[1], .build = {}, .tags = {}};
    if (count == 6) {
        wheel.build = parts[2];
        if (!is_digit(wheel.build.front())) {
            return std::nullopt;
        }
    }
    auto tags_at = static_cast<size_t>(parts[count - 3].data() - file_name.data());
    wheel.tags = file_name.substr(tags_at, file_name.size() - 4 - tags_at);
    return wheel;
}

/// Compares without making a normal form of every file's name.
bool is_same_project(std::string_view as_written, const pep::Name& project) {
    std::string_view normal = project.str();
    size_t n = 0;
    for (size_t i = 0; i < as_written.size(); ++i, ++n) {
        char c = to_lower(as_written[i]);
        if (c == '_' || c == '.' || c == '-') {
            while (i + 1 < as_written.size() &&
                   std::string_view("_.-").find(as_written[i + 1]) != std::string_view::npos) {
                ++i;
            }
            c = '-';
        }
        if (n >= normal.size() || normal[n] != c) {
            return false;
        }
    }
    return n == normal.size();
}

constexpr std::string_view sdist_endings[] = {".tar.gz", ".zip"};

bool is_sdist_name(std::string_view name) {
    return std::ranges::any_of(sdist_endings,
                               [&](std::string_view ending) { return name.ends_with(ending); });
}

/// Characters that mean themselves in a path; a "." only after something else than a slash.
bool is_plain_path(std::string_view path) {
    if (path.size() < 2 || path[0] != '/' || path[1] == '/') {
        return false;
    }
    char last = 0;
    for (char c : path) {
        bool is_plain = is_alnum(c) || c == '_' || c == '-' || c == '+' || c == '/' ||
                        (c == '.' && last != '/' && last != '.');
        if (!is_plain) {
            return false;
        }
        last = c;
    }
    return true;
}

/// An address in normal form already, as nearly all are: "https://host/path" without a port,
/// credentials, escapes, dot segments or a query.
bool is_plain_url(std::string_view url) {
    constexpr std::string_view scheme = "https://";
    if (!url.starts_with(scheme)) {
        return false;
    }
    url.remove_prefix(scheme.size());
    size_t slash = url.find('/');
    if (slash == std::string_view::npos || slash == 0) {
        return false;
    }
    bool is_plain_host = std::ranges::all_of(url.substr(0, slash), [](char c) {
        return is_lower(c) || is_digit(c) || c == '.' || c == '-';
    });
    return is_plain_host && is_plain_path(url.substr(slash));
}

/// The last part of an address's path, decoded once.
std::string name_in_address(std::string_view address) {
    address = address.substr(0, address.find('?'));
    address.remove_prefix(address.rfind('/') + 1);
    return percent_decode(address).value_or("");
}

} // namespace

PageBuilder::PageBuilder(const pep::Name& project, const Url& page_url)
    : project_(project), page_text_(page_url.text_without_fragment()),
      base_(page_url.without_credentials()), may_lead_to_files_(page_url.scheme() == "file") {
    find_base_origin();
}

void PageBuilder::set_base(std::string_view reference) {
    if (has_base_) {
        return;
    }
    has_base_ = true;
    auto base = base_.resolve(reference);
    if (base && (base->is_http() || (may_lead_to_files_ && base->scheme() == "file"))) {
        base_ = base->without_credentials();
        find_base_origin();
    }
}

void PageBuilder::set_status(std::string_view status, std::string_view reason) {
    for (auto known :
         {ProjectStatus::archived, ProjectStatus::quarantined, ProjectStatus::deprecated}) {
        if (status == project_status_name(known)) {
            status_ = known;
        }
    }
    status_reason_ = reason;
}

Result<> PageBuilder::set_api_version(std::string_view version) {
    auto halves = split_once(version, '.');
    auto major = parse_unsigned(halves ? halves->before : version);
    auto minor = halves ? parse_unsigned(halves->after) : std::optional<uint64_t>(0);
    if (!major || !minor || *major != 1) {
        return fail(Error::Kind::input, page_text_ + ": this index speaks version \"" +
                                            shown(version) +
                                            "\" of the simple API; pawl knows version 1");
    }
    constexpr uint64_t minor_known = 4; // PEP 792
    if (*minor > minor_known) {
        warn(page_text_ + ": this index speaks version " + shown(version) +
             " of the simple API, newer than pawl knows (1.4)");
    }
    return {};
}

void PageBuilder::skip(std::string_view what, std::string_view why) {
    if (skipped_++ == 0) {
        first_skipped_ = "\"" + shown(what) + "\": " + std::string(why);
    }
}

uint32_t PageBuilder::version_number(const pep::Version& version) {
    auto [found, is_new] =
        version_numbers_.try_emplace(version.str(), static_cast<uint32_t>(versions_.size()));
    if (is_new) {
        versions_.push_back(version);
    }
    return found->second;
}

std::optional<PageBuilder::File> PageBuilder::read_name(std::string_view file_name) {
    File file;
    std::string_view version_text;
    if (file_name.ends_with(".whl")) {
        auto wheel = split_wheel_name(file_name);
        if (!wheel || !is_same_project(wheel->name, project_)) {
            return std::nullopt;
        }
        version_text = wheel->version;
        auto place = [&](std::string_view part) {
            return static_cast<uint16_t>(part.data() - file_name.data());
        };
        file.tags_begin = place(wheel->tags);
        file.tags_length = static_cast<uint16_t>(wheel->tags.size());
        if (!wheel->build.empty()) {
            file.build_begin = place(wheel->build);
            file.build_length = static_cast<uint16_t>(wheel->build.size());
        }
        auto known = version_numbers_.find(std::string(version_text));
        if (known != version_numbers_.end()) {
            file.version = known->second;
        } else {
            auto version = pep::Version::parse(version_text);
            if (!version) {
                return std::nullopt;
            }
            file.version = version_number(*version);
        }
    } else {
        auto sdist = pep::SdistName::parse_for(file_name, project_);
        if (!sdist || sdist->name != project_) {
            return std::nullopt;
        }
        file.kind = FileKind::sdist;
        file.version = version_number(sdist->version);
    }
    file.file_name = file_name;
    return file;
}

std::optional<PageBuilder::Address> PageBuilder::read_address(std::string_view reference,
                                                              std::string_view what) {
    if (reference.empty() || reference.size() > url_bytes_max) {
        skip(what, "its address is empty or too long");
        return std::nullopt;
    }
    size_t hash = reference.find('#');
    std::string_view plain = reference.substr(0, hash);
    Address address;
    if (hash != std::string_view::npos) {
        address.fragment = reference.substr(hash + 1);
    }
    if (is_plain_url(plain)) {
        address.text = plain;
        return address;
    }
    if (!base_origin_.empty() && is_plain_path(plain)) {
        address.text.reserve(base_origin_.size() + plain.size());
        address.text.append(base_origin_).append(plain);
        return address;
    }
    auto url = base_.resolve(reference);
    if (!url) {
        skip(what, "its address is not a URL");
        return std::nullopt;
    }
    if (!url->is_http() && !(may_lead_to_files_ && url->scheme() == "file")) {
        skip(what, "a page of " + page_text_ + " may not lead to a " + shown(url->scheme()) +
                       ": address");
        return std::nullopt;
    }
    address.text = url->without_credentials().text_without_fragment();
    return address;
}

void PageBuilder::find_base_origin() {
    base_origin_.clear();
    if (base_.is_http()) {
        std::string text = base_.with_path("/").text_without_fragment();
        base_origin_ = text.substr(0, text.find('/', text.find("//") + 2));
    }
}

void PageBuilder::read_hashes(const PageEntry& entry, std::string_view fragment, File& file) {
    auto add = [&](std::string_view hash) {
        if (std::ranges::count(file.hashes, ' ') >= static_cast<int64_t>(hashes_max)) {
            return;
        }
        // A broken digest is kept, since it is not the same as none; blanks separate digests.
        std::string one(hash);
        std::ranges::transform(one, one.begin(),
                               [](char c) { return c == ' ' ? '_' : to_lower(c); });
        if (file.hashes.empty()) {
            file.hashes = std::move(one);
        } else if ((" " + file.hashes + " ").find(" " + one + " ") == std::string::npos) {
            file.hashes += " " + one;
        }
    };
    for (const std::string& hash : entry.hashes) {
        add(hash);
    }
    while (!fragment.empty()) {
        std::string_view part = fragment.substr(0, fragment.find('&'));
        fragment.remove_prefix(std::min(fragment.size(), part.size() + 1));
        size_t equals = part.find('=');
        if (equals != std::string_view::npos &&
            is_known_algorithm(to_lower(part.substr(0, equals)))) {
            add(part);
        }
    }
}

/// Whether a file of this name is anything to us.
bool PageBuilder::is_listed(std::string_view file_name) const {
    return file_name.ends_with(".whl") || is_sdist_name(file_name) ||
           (keeps_variants_ && is_variants_list(file_name));
}

void PageBuilder::add(const PageEntry& entry) {
    std::string name_of_url;
    std::string_view what = entry.file_name.empty() ? entry.url : entry.file_name;
    if (!entry.file_name.empty() && !is_listed(entry.file_name)) {
        return; // eggs, installers, signatures
    }
    if (entry.file_name.empty() && !is_listed(entry.url.substr(0, entry.url.find_first_of("?#")))) {
        return; // an ordinary link
    }
    auto address = read_address(entry.url, what);
    if (!address) {
        return;
    }
    std::string_view file_name = entry.file_name;
    if (file_name.empty()) {
        name_of_url = name_in_address(address->text);
        file_name = name_of_url;
    }
    std::string_view fault = file_name_fault(file_name);
    if (!fault.empty() || file_name.find('%') != std::string_view::npos) {
        skip(file_name, fault.empty() ? "its file name is encoded twice" : fault);
        return;
    }
    auto variant = keeps_variants_ ? pep::split_variant_wheel(file_name) : std::nullopt;
    bool is_list = is_variants_list(file_name);
    auto file = is_list   ? read_list_name(file_name)
                : variant ? read_name(variant->plain())
                          : read_name(file_name);
    if (!file) {
        return; // of another project, or of a version from before PEP 440: every old page has some
    }
    read_hashes(entry, address->fragment, *file);
    file->url = std::move(address->text);
    file->requires_python = trim(entry.requires_python);
    file->is_yanked = entry.yanked.has_value();
    file->yanked_reason = entry.yanked.value_or("");
    file->has_metadata = entry.has_metadata;
    file->metadata_hash = to_lower(entry.metadata_hash);
    file->size_bytes = entry.size_bytes;
    if (!entry.upload_time.empty()) {
        auto time = parse_timestamp(entry.upload_time);
        if (!time) {
            skip(file_name, "its upload-time is not a time");
            return;
        }
        file->upload_time = *time;
    }
    if (is_list) {
        lists_.push_back(std::move(*file));
    } else if (variant) {
        labelled_.push_back({std::move(*file), std::string(variant->label)});
    } else {
        files_.push_back(std::move(*file));
    }
}

void PageBuilder::add_file(const DistributionFile& known) {
    auto file = read_name(known.file_name);
    if (!file || !known.url) {
        return;
    }
    file->url = known.url->text_without_fragment();
    file->index_url = known.index_url;
    for (const Hash& hash : known.hashes) {
        file->hashes += (file->hashes.empty() ? "" : " ") + hash.algorithm + "=" + hash.hex;
    }
    file->requires_python = known.requires_python;
    file->is_yanked = known.is_yanked;
    file->yanked_reason = known.yanked_reason;
    file->has_metadata = known.has_metadata;
    if (known.metadata_hash) {
        file->metadata_hash = known.metadata_hash->algorithm + "=" + known.metadata_hash->hex;
    }
    file->size_bytes = known.size_bytes;
    file->upload_time = known.upload_time;
    files_.push_back(std::move(*file));
}

void PageBuilder::add_all_of(const ProjectFiles& files) {
    for (uint32_t row = 0; row < files.file_count(); ++row) {
        size_t before = files_.size();
        add_file(files.distribution(row));
        if (files_.size() > before) {
            files_.back().source = files.file(row).source;
        }
    }
    if (status_ == ProjectStatus::active) {
        status_ = files.status();
        status_reason_ = files.status_reason();
    }
}

std::vector<std::string> PageBuilder::take_warnings() {
    if (skipped_ > 0) {
        std::string more = skipped_ == 1 ? "" : " (and " + std::to_string(skipped_ - 1) + " more)";
        warnings_.push_back(page_text_ + ": skipped an entry, " + first_skipped_ + more);
        skipped_ = 0;
    }
    return std::move(warnings_);
}

} // namespace pawl::index
