#pragma once
// The reader of the standard's rules, behind read() and validate().

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lock/model.h"
#include "lock/read.h"
#include "text/toml.h"

namespace pawl::lock {

/// Reads one document once.
class LockReader {
  public:
    explicit LockReader(const text::TomlDocument& document) : document_(document) {}

    Result<Lock> read();
    /// All that the standard's rules refuse: at most one error of the top and one of each package,
    /// in the order in which they are looked at. Empty for a lock that read() takes.
    std::vector<Problem> errors();
    /// What the standard lets pass and the strict rules do not, found on the way.
    const std::vector<Problem>& strict_errors() const { return strict_errors_; }
    /// Keys that nobody knows and things that were left out, each with its line.
    const std::vector<Problem>& warnings() const { return warnings_; }

  private:
    using Node = text::TomlNode;
    /// One step on the way to the table that is being read.
    struct Step {
        std::string_view key;
        std::optional<size_t> index;
    };

    Result<> read_top(Lock& lock);
    Result<> read_head(Lock& lock);
    Result<> read_packages(Lock& lock);
    /// Whether reading may go on behind the error, which is then kept.
    bool keeps(const Error& error);
    Result<> check_version(const Lock& lock);
    Result<Package> read_package(Node table);
    Result<> read_sources(Node table, Package& package);
    Result<> check_sources(Node table, const Package& package);
    Result<> check_file_names(const Package& package, Node table);
    Result<> read_attestations(Node table, Package& package);
    Result<Vcs> read_vcs(Node table);
    Result<Directory> read_directory(Node table);
    Result<Archive> read_archive(Node table);
    Result<Wheel> read_wheel(Node table);
    Result<Sdist> read_sdist(Node table);
    Result<FileSource> read_file(Node table, std::string* name);
    Result<> read_upload_time(Node table, FileSource& source);
    Result<> read_size(Node table, FileSource& source);
    Result<> read_hashes(Node table, FileSource& source);
    std::optional<Dependency> read_dependency(Node table);

    // Keys of the table at hand. Absent is nothing; another type is an error at the key.
    Result<std::string> get_text(Node table, std::string_view key);
    Result<std::optional<std::string_view>> get_string(Node table, std::string_view key);
    Result<std::string_view> require_string(Node table, std::string_view key);
    Result<std::optional<Node>> get_table(Node table, std::string_view key);
    Result<std::optional<Node>> get_array(Node table, std::string_view key);
    Result<std::optional<std::vector<std::string>>> get_strings(Node table, std::string_view key);
    Result<> check_tables(Node array, std::string_view key);
    /// The value made by T::parse; the error of parse stands at the key.
    template <class T>
    Result<std::optional<T>> get_as(Node table, std::string_view key);
    template <class T>
    Result<std::optional<T>> get_object(Node table, std::string_view key,
                                        Result<T> (LockReader::*reader)(Node));
    Result<std::string> normalized_name(Node value);

    tl::unexpected<Error> wrong(Node node, std::string_view key, std::string_view what);
    tl::unexpected<Error> wrong_at(Node node, std::string_view key, std::optional<size_t> index,
                                   std::string_view what);
    tl::unexpected<Error> missing(Node table, std::string_view key);
    /// Counts on from the place asked for last: nodes are asked for in the order of the text.
    uint32_t line_of(Node node);
    void warn(Node node, std::string_view what);
    void strict_error(Node node, std::string_view key, std::string_view what);
    void warn_unknown_keys(Node table, std::span<const std::string_view> known);
    std::string path(std::string_view key, std::optional<size_t> index) const;

    const text::TomlDocument& document_;
    std::vector<Step> steps_;
    std::string_view package_name_;
    std::string where_;
    uint32_t line_at_ = 0; // the byte up to which line_ counts
    uint32_t line_ = 1;
    uint32_t error_line_ = 0;
    bool unsupported_version_ = false;
    bool collects_ = false;
    std::vector<Problem> errors_;
    std::vector<Problem> warnings_;
    std::vector<Problem> strict_errors_;
};

} // namespace pawl::lock
