#pragma once
// Platform compatibility tags, and which of them an interpreter takes, best first.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pawl::pep {

struct Tag {
    std::string python, abi, platform; ///< lower case
    std::string str() const { return python + "-" + abi + "-" + platform; }
    bool operator==(const Tag&) const = default;
    auto operator<=>(const Tag&) const = default;
};

/// "py2.py3-none-any" before it is multiplied out; lower case.
struct TagParts {
    std::vector<std::string> pythons, abis, platforms;
};
Result<TagParts> parse_tag_parts(std::string_view text);
/// "py2.py3-none-any" → all combinations, each once, in order. At most tags_max of them.
constexpr size_t tags_max = 20'000;
Result<std::vector<Tag>> parse_tag(std::string_view text);

/// What decides an interpreter's tags.
struct TagTarget {
    std::string implementation; ///< "cpython", "pypy", other names as sys.implementation has them
    uint32_t major = 3, minor = 0;      ///< of the language
    std::vector<std::string> abis;      ///< "cp313", "cp313t", "pypy311_pp73"; empty: cp + version
    std::vector<std::string> platforms; ///< best first, as platform_tags() makes them
};

struct Platform {
    enum class System : unsigned char {
        linux_glibc,
        linux_musl,
        macos,
        windows,
        other,
        ios,
        android,
    };
    System system = System::other;
    std::string machine; ///< x86_64, aarch64, arm64, amd64, arm64_iphoneos, arm64_v8a, …
    uint32_t major = 0, minor = 0; ///< of glibc, musl, macOS or iOS; major: Android's API level
    std::string other;             ///< sysconfig's platform, for System::other
};

/// Best first: plain linux, manylinux (perennial and legacy names), musllinux, macOS (universal
/// kinds), Windows, iOS, Android.
std::vector<std::string> platform_tags(const Platform& platform);
/// All tags that the interpreter takes, best first, each once.
std::vector<Tag> compatible_tags(const TagTarget& target);

/// An ordered list made searchable: smaller rank is better; nothing when no tag fits. Any number of
/// threads may ask one.
class TagSet {
  public:
    explicit TagSet(std::vector<Tag> best_first);
    ~TagSet();
    TagSet(TagSet&&) noexcept;
    TagSet& operator=(TagSet&&) noexcept;
    const std::vector<Tag>& tags() const;
    std::optional<uint32_t> rank(const std::vector<Tag>& wheel_tags) const;
    /// False for a wheel that no tag can fit, told by its file name's end alone: a lock has ten
    /// wheels for other platforms to each one for this.
    bool may_fit(std::string_view wheel_file_name) const;

  private:
    struct Table;
    std::unique_ptr<Table> table_;
};

} // namespace pawl::pep
