#pragma once
// Makes a page record out of what a page lists, whatever its format: the one place where entries of
// the outside world are checked.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/url.h"
#include "index/files.h"
#include "index/page_entry.h"
#include "pep/name.h"
#include "pep/tag.h"
#include "pep/version.h"

namespace pawl::index {

/// A page's link to what the labels of a release's variant wheels stand for.
struct VariantsList {
    std::string file_name, url;
    std::string hashes; ///< as FileView::hashes
    uint32_t version = 0;
};

/// "{name}-{version}-variants.json"
bool is_variants_list(std::string_view file_name);

class PageBuilder {
  public:
    /// `page_url`: the final address, against which references are resolved. Only pages on this
    /// machine (file:) may lead to files on it.
    PageBuilder(const pep::Name& project, const Url& page_url);

    /// <base href>, the first only; one that cannot be read is ignored.
    void set_base(std::string_view reference);
    /// PEP 792; an unknown status counts as active.
    void set_status(std::string_view status, std::string_view reason);
    /// "1.1": an error from 2.0 on, a warning for an unknown minor version.
    Result<> set_api_version(std::string_view version);

    void add(const PageEntry& entry);

    // Wheel variants (PEP 825). Without keep_variants() such files are passed over.
    void keep_variants() { keeps_variants_ = true; }
    /// Of the releases that have variant wheels.
    std::vector<VariantsList> variants_lists() const;
    /// Puts the wheels of the first label that has one for these tags in the place of the
    /// release's other wheels; without such a label nothing changes.
    void choose_variant(uint32_t version, const std::vector<std::string>& labels,
                        const pep::TagSet& tags);
    /// Something about an entry that could not be read at all.
    void skip(std::string_view what, std::string_view why);
    void warn(std::string text) { warnings_.push_back(std::move(text)); }

    /// Files of other sources (unsafe strategies, find-links).
    void add_all_of(const ProjectFiles& files);
    /// A file that is known already (a directory's).
    void add_file(const DistributionFile& file);

    size_t file_count() const { return files_.size(); }
    std::string finish();
    /// At most one for all skipped entries together.
    std::vector<std::string> take_warnings();

  private:
    struct File {
        std::string file_name, url, requires_python, yanked_reason, metadata_hash, hashes;
        std::string index_url;
        FileKind kind = FileKind::wheel;
        uint16_t tags_begin = 0, tags_length = 0, build_begin = 0, build_length = 0;
        bool is_yanked = false, has_metadata = false;
        std::optional<uint64_t> size_bytes;
        std::optional<Timestamp> upload_time;
        uint32_t version = 0; ///< of versions_
        uint32_t source = 0;
    };
    /// A wheel with its label, under the name that it has without one.
    struct Labelled {
        File file;
        std::string label;
    };
    std::optional<File> read_name(std::string_view file_name);
    std::optional<File> read_list_name(std::string_view file_name);
    bool is_same_version(uint32_t a, uint32_t b) const;
    bool is_listed(std::string_view file_name) const;
    struct Address {
        std::string text;          ///< without credentials and fragment
        std::string_view fragment; ///< of the reference
    };
    std::optional<Address> read_address(std::string_view reference, std::string_view what);
    void read_hashes(const PageEntry& entry, std::string_view fragment, File& file);
    uint32_t version_number(const pep::Version& version);
    void find_base_origin();
    void sort_files();
    void drop_doubles();
    static void encode_file(class RecordWriter& writer, size_t at, const File& file);

    pep::Name project_;
    std::string page_text_; ///< the page's address without credentials
    Url base_;
    std::string base_origin_; ///< "https://host"; "" when references need all rules
    bool has_base_ = false;
    bool may_lead_to_files_ = false;
    ProjectStatus status_ = ProjectStatus::active;
    std::string status_reason_;
    std::vector<File> files_;
    bool keeps_variants_ = false;
    std::vector<Labelled> labelled_;
    std::vector<File> lists_; ///< *-variants.json
    std::vector<pep::Version> versions_;
    std::unordered_map<std::string, uint32_t> version_numbers_; ///< by text
    size_t skipped_ = 0;
    std::string first_skipped_;
    std::vector<std::string> warnings_;
};

} // namespace pawl::index
