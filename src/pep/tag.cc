#include "pep/tag.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"

namespace pawl::pep {

namespace {

constexpr uint32_t first_abi3_minor = 2; // PEP 384: Python 3.2
/// glibc 2 goes on until further notice; a glibc 3 would take all that 2.x takes.
constexpr uint32_t last_glibc2_minor = 50;
constexpr uint32_t first_ios = 12;
constexpr uint32_t first_android_api = 16;

/// What stands in a Python tag of its own reserved short name.
std::string short_name(std::string_view implementation) {
    constexpr std::array<std::array<std::string_view, 2>, 5> names = {{
        {"python", "py"},
        {"cpython", "cp"},
        {"pypy", "pp"},
        {"ironpython", "ip"},
        {"jython", "jy"},
    }};
    for (const auto& [name, text] : names) {
        if (name == implementation) {
            return std::string(text);
        }
    }
    return std::string(implementation);
}

std::string underscored(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(
        out, [](char c) { return c == '.' || c == '-' || c == ' '; }, '_');
    return out;
}

bool is_identifier(std::string_view text) {
    return !text.empty() && !is_digit(text[0]) && std::ranges::all_of(text, [](char c) {
        return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    });
}

} // namespace

// --- parsing ------------------------------------------------------------------------------------

Result<TagParts> parse_tag_parts(std::string_view text) {
    auto bad = [&](std::string_view why) {
        return fail(Error::Kind::input, "the tag \"" + printable(text) + "\" " + std::string(why));
    };
    auto components = split(text, '-');
    if (components.size() != 3) {
        return bad("has not three parts, as py3-none-any");
    }
    TagParts parts;
    std::array<std::vector<std::string>*, 3> lists = {&parts.pythons, &parts.abis,
                                                      &parts.platforms};
    size_t count = 1;
    for (size_t i = 0; i < 3; ++i) {
        for (std::string_view part : split(components[i], '.')) {
            if (part.empty()) {
                return bad("has an empty part");
            }
            if (i == 0 && !is_identifier(part)) {
                return bad("does not begin with the name of a Python");
            }
            lists[i]->push_back(to_lower(part));
        }
        if (lists[i]->size() > tags_max / count) {
            return bad("stands for too many combinations");
        }
        count *= lists[i]->size();
    }
    return parts;
}

Result<std::vector<Tag>> parse_tag(std::string_view text) {
    TagParts parts = TRY(parse_tag_parts(text));
    std::vector<Tag> tags;
    tags.reserve(parts.pythons.size() * parts.abis.size() * parts.platforms.size());
    for (const std::string& python : parts.pythons) {
        for (const std::string& abi : parts.abis) {
            for (const std::string& platform : parts.platforms) {
                tags.push_back({python, abi, platform});
            }
        }
    }
    std::ranges::sort(tags);
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
}

// --- platforms ----------------------------------------------------------------------------------

namespace {

std::string numbered(std::string_view name, uint32_t major, uint32_t minor,
                     std::string_view machine) {
    return std::string(name) + "_" + std::to_string(major) + "_" + std::to_string(minor) + "_" +
           std::string(machine);
}

/// Machines whose binaries run, the best first.
std::vector<std::string> linux_machines(const std::string& machine) {
    if (machine == "armv8l") {
        return {"armv8l", "armv7l"};
    }
    return {machine};
}

/// PEP 600: perennial names of each glibc down to the oldest, with the legacy names of PEP 513, 571
/// and 599 beside them.
void add_manylinux(const Platform& platform, const std::string& machine,
                   std::vector<std::string>& tags) {
    constexpr std::array<std::string_view, 9> known = {"x86_64",  "aarch64", "ppc64",
                                                       "ppc64le", "s390x",   "loongarch64",
                                                       "riscv64", "armv7l",  "i686"};
    bool is_known = std::ranges::find(known, machine) != known.end() ||
                    (machine == "armv8l" && platform.machine == machine);
    if (!is_known) {
        return;
    }
    bool is_x86 = machine == "x86_64" || machine == "i686";
    for (uint32_t major = platform.major; major >= 2; --major) {
        uint32_t newest = major == platform.major ? platform.minor : last_glibc2_minor;
        uint32_t oldest = major > 2 ? 0 : is_x86 ? 5 : 17;
        for (uint32_t minor = newest + 1; minor-- > oldest;) {
            tags.push_back(numbered("manylinux", major, minor, machine));
            if (major == 2 && minor == 17) {
                tags.push_back("manylinux2014_" + machine);
            } else if (major == 2 && minor == 12) {
                tags.push_back("manylinux2010_" + machine);
            } else if (major == 2 && minor == 5) {
                tags.push_back("manylinux1_" + machine);
            }
        }
    }
}

std::vector<std::string> linux_tags(const Platform& platform) {
    std::vector<std::string> tags;
    auto machines = linux_machines(platform.machine);
    for (const std::string& machine : machines) {
        tags.push_back("linux_" + machine);
    }
    for (const std::string& machine : machines) {
        if (platform.system == Platform::System::linux_glibc) {
            add_manylinux(platform, machine, tags);
            continue;
        }
        for (uint32_t minor = platform.minor + 1; minor-- > 0;) {
            tags.push_back(numbered("musllinux", platform.major, minor, machine));
        }
    }
    return tags;
}

struct MacVersion {
    uint32_t major = 0, minor = 0;
    auto operator<=>(const MacVersion&) const = default;
};

/// The kinds of binary that hold code for a machine, in a given macOS.
std::vector<std::string_view> mac_formats(MacVersion version, std::string_view machine) {
    constexpr MacVersion tiger{10, 4};
    if (machine == "x86_64") {
        return version < tiger ? std::vector<std::string_view>()
                               : std::vector<std::string_view>{"x86_64", "intel",      "fat64",
                                                               "fat3",   "universal2", "universal"};
    }
    if (machine == "i386") {
        return version < tiger
                   ? std::vector<std::string_view>()
                   : std::vector<std::string_view>{"i386", "intel", "fat3", "fat", "universal"};
    }
    if (machine == "ppc64") {
        bool is_known = version >= tiger && version <= MacVersion{10, 5};
        return is_known ? std::vector<std::string_view>{"ppc64", "fat64", "universal"}
                        : std::vector<std::string_view>();
    }
    if (machine == "ppc") {
        return version > MacVersion{10, 6}
                   ? std::vector<std::string_view>()
                   : std::vector<std::string_view>{"ppc", "fat3", "fat", "universal"};
    }
    if (machine == "arm64") {
        return {"arm64", "universal2"};
    }
    if (machine == "intel") {
        return {"intel", "universal"};
    }
    return {machine};
}

/// Up to 10.16 each year brought a minor version; from 11 on a major one.
std::vector<std::string> mac_tags(const Platform& platform) {
    std::vector<std::string> tags;
    auto add_all = [&](MacVersion version) {
        for (std::string_view format : mac_formats(version, platform.machine)) {
            tags.push_back(numbered("macosx", version.major, version.minor, format));
        }
    };
    if (platform.major == 10) {
        for (uint32_t minor = platform.minor + 1; minor-- > 0;) {
            add_all({10, minor});
        }
        return tags;
    }
    for (uint32_t major = platform.major; major >= 11; --major) {
        add_all({major, 0});
    }
    if (platform.major < 11) {
        return tags;
    }
    // Elsewhere than on x86_64 there was nothing before 11, but the other half of a universal2
    // binary may be older.
    for (uint32_t minor = 16; minor >= 4; --minor) {
        if (platform.machine == "x86_64") {
            add_all({10, minor});
        } else {
            tags.push_back(numbered("macosx", 10, minor, "universal2"));
        }
    }
    return tags;
}

/// No minor version of iOS was above 9; candidates that never match do no harm.
std::vector<std::string> ios_tags(const Platform& platform) {
    std::vector<std::string> tags;
    std::string machine = underscored(platform.machine);
    for (uint32_t major = platform.major; major >= first_ios; --major) {
        uint32_t newest = major == platform.major ? platform.minor : 9;
        for (uint32_t minor = newest + 1; minor-- > 0;) {
            tags.push_back(numbered("ios", major, minor, machine));
        }
    }
    return tags;
}

std::vector<std::string> windows_tags(const Platform& platform) {
    std::string machine = to_lower(platform.machine);
    if (machine == "x86" || machine == "win32" || machine == "i386" || machine == "i686") {
        return {"win32"};
    }
    if (machine == "x86_64") {
        machine = "amd64";
    } else if (machine == "aarch64") {
        machine = "arm64";
    }
    return {"win_" + underscored(machine)};
}

} // namespace

std::vector<std::string> platform_tags(const Platform& platform) {
    switch (platform.system) {
    case Platform::System::linux_glibc:
    case Platform::System::linux_musl:
        return linux_tags(platform);
    case Platform::System::macos:
        return mac_tags(platform);
    case Platform::System::windows:
        return windows_tags(platform);
    case Platform::System::ios:
        return ios_tags(platform);
    case Platform::System::android: {
        std::vector<std::string> tags;
        for (uint32_t level = platform.major; level >= first_android_api; --level) {
            tags.push_back("android_" + std::to_string(level) + "_" +
                           underscored(platform.machine));
        }
        return tags;
    }
    case Platform::System::other:
        break;
    }
    return {underscored(to_lower(platform.other))};
}

// --- interpreters -------------------------------------------------------------------------------

namespace {

class TagList {
  public:
    explicit TagList(const TagTarget& target) : target_(target) {}

    void add(const std::string& python, const std::string& abi) {
        for (const std::string& platform : target_.platforms) {
            tags_.push_back({python, abi, platform});
        }
    }
    void add_any(const std::string& python) { tags_.push_back({python, "none", "any"}); }

    void add_cpython();
    void add_generic(const std::string& python);
    void add_pure(const std::string& python);
    std::vector<Tag> take();

  private:
    std::string with_minor(std::string_view name, uint32_t minor) const {
        return std::string(name) + std::to_string(target_.major) + std::to_string(minor);
    }

    const TagTarget& target_;
    std::vector<Tag> tags_;
};

/// cp313-cp313, cp313-abi3, cp313-none, cp312-abi3, …. A free-threaded Python takes abi3t (PEP 803)
/// where another takes abi3.
void TagList::add_cpython() {
    std::string python = with_minor("cp", target_.minor);
    std::vector<std::string> abis = target_.abis;
    if (abis.empty()) {
        abis.push_back(python);
    }
    std::string_view flags = abis[0];
    bool is_threaded = flags.starts_with("cp");
    if (is_threaded) {
        flags.remove_prefix(2);
        size_t digits = 0;
        while (digits < flags.size() && is_digit(flags[digits])) {
            ++digits;
        }
        is_threaded = digits > 0 && flags.find('t', digits) != flags.npos;
    }
    std::string stable = is_threaded ? "abi3t" : "abi3";
    for (const std::string& abi : abis) {
        if (abi != "abi3" && abi != "none" && abi != stable) {
            add(python, abi);
        }
    }
    bool has_stable =
        target_.major > 3 || (target_.major == 3 && target_.minor >= first_abi3_minor);
    if (has_stable) {
        add(python, stable);
    }
    add(python, "none");
    for (uint32_t minor = target_.minor; has_stable && minor-- > first_abi3_minor;) {
        add(with_minor("cp", minor), stable);
    }
}

void TagList::add_generic(const std::string& python) {
    for (const std::string& abi : target_.abis) {
        add(python, abi);
    }
    if (std::ranges::find(target_.abis, "none") == target_.abis.end()) {
        add(python, "none");
    }
}

/// py313, py3, py312, …: bound to a platform, then for any. `python` stands between, if it is set.
void TagList::add_pure(const std::string& python) {
    std::vector<std::string> pythons = {with_minor("py", target_.minor),
                                        "py" + std::to_string(target_.major)};
    for (uint32_t minor = target_.minor; minor-- > 0;) {
        pythons.push_back(with_minor("py", minor));
    }
    for (const std::string& pure : pythons) {
        add(pure, "none");
    }
    if (!python.empty()) {
        add_any(python);
    }
    for (const std::string& pure : pythons) {
        add_any(pure);
    }
}

/// Tags by what they say, which stays where it is: an interpreter has a thousand of them, and their
/// texts are not worth a copy.
struct TagHash {
    size_t operator()(const Tag* tag) const {
        std::hash<std::string_view> hash;
        return hash(tag->python) * 31 + hash(tag->abi) * 17 + hash(tag->platform);
    }
};
struct TagEqual {
    bool operator()(const Tag* a, const Tag* b) const { return *a == *b; }
};

std::vector<Tag> TagList::take() {
    std::unordered_set<const Tag*, TagHash, TagEqual> seen;
    seen.reserve(tags_.size());
    std::vector<Tag> once;
    once.reserve(tags_.size());
    std::vector<bool> is_new(tags_.size());
    for (size_t i = 0; i < tags_.size(); ++i) {
        is_new[i] = seen.insert(&tags_[i]).second;
    }
    for (size_t i = 0; i < tags_.size(); ++i) {
        if (is_new[i]) {
            once.push_back(std::move(tags_[i]));
        }
    }
    return once;
}

} // namespace

std::vector<Tag> compatible_tags(const TagTarget& target) {
    TagList list(target);
    std::string name = short_name(target.implementation);
    std::string python = name + std::to_string(target.major) + std::to_string(target.minor);
    if (name == "cp") {
        list.add_cpython();
        list.add_pure(python);
    } else {
        list.add_generic(python);
        list.add_pure(name == "pp" ? "pp3" : "");
    }
    return list.take();
}

// --- ranks --------------------------------------------------------------------------------------

struct TagSet::Table {
    std::vector<Tag> tags; // which the others point into
    std::unordered_map<const Tag*, uint32_t, TagHash, TagEqual> ranks;
    std::unordered_set<std::string_view> pythons, platforms;
};

TagSet::TagSet(std::vector<Tag> best_first) : table_(std::make_unique<Table>()) {
    table_->tags = std::move(best_first);
    table_->ranks.reserve(table_->tags.size());
    const Tag* last = nullptr;
    for (const Tag& tag : table_->tags) {
        table_->ranks.emplace(&tag, static_cast<uint32_t>(table_->ranks.size()));
        if (last == nullptr || last->python != tag.python) {
            table_->pythons.insert(tag.python);
        }
        table_->platforms.insert(tag.platform);
        last = &tag;
    }
}

TagSet::~TagSet() = default;
TagSet::TagSet(TagSet&&) noexcept = default;
TagSet& TagSet::operator=(TagSet&&) noexcept = default;

const std::vector<Tag>& TagSet::tags() const {
    return table_->tags;
}

std::optional<uint32_t> TagSet::rank(const std::vector<Tag>& wheel_tags) const {
    std::optional<uint32_t> best;
    for (const Tag& tag : wheel_tags) {
        auto found = table_->ranks.find(&tag);
        if (found != table_->ranks.end() && (!best || found->second < *best)) {
            best = found->second;
        }
    }
    return best;
}

bool TagSet::may_fit(std::string_view wheel_file_name) const {
    std::string_view rest = wheel_file_name.substr(0, wheel_file_name.rfind('.'));
    std::array<std::string_view, 3> parts; // platform, ABI, Python
    for (std::string_view& part : parts) {
        size_t dash = rest.rfind('-');
        bool is_lower =
            dash != std::string_view::npos &&
            std::ranges::none_of(rest.substr(dash), [](char c) { return c >= 'A' && c <= 'Z'; });
        if (!is_lower) {
            return true; // who takes the whole name apart will see
        }
        part = rest.substr(dash + 1);
        rest = rest.substr(0, dash);
    }
    auto has_any = [](std::string_view part, const std::unordered_set<std::string_view>& known) {
        std::vector<std::string_view> tags = split(part, '.');
        return std::ranges::any_of(tags, [&](std::string_view tag) { return known.contains(tag); });
    };
    return has_any(parts[0], table_->platforms) && has_any(parts[2], table_->pythons);
}

} // namespace pawl::pep
