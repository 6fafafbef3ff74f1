#pragma once
// A wheel as a file: what it says of itself, its locks, and the same wheel with another lock in it.

#include <string>
#include <string_view>

#include "archive/zip_reader.h"
#include "base/result.h"
#include "pep/metadata.h"
#include "pep/wheel_name.h"
#include "wheel/layout.h"
#include "wheel/lock_members.h"
#include "wheel/record.h"

namespace pawl::wheel {

/// Looks into the bytes given to open(), which must outlive it. Immutable; any thread.
class WheelFile {
  public:
    /// Checks the archive, its layout, METADATA against the file name, and that RECORD can be read.
    static Result<WheelFile> open(std::string_view bytes, std::string_view file_name);

    const pep::WheelName& name() const { return name_; }
    const pep::CoreMetadata& metadata() const { return metadata_; }
    const LockMembers& locks() const { return locks_; }
    /// A signature of RECORD (deprecated by PEP 815) would no longer fit: Kind::permission.
    Result<> check_unsigned() const;

    /// Every file against RECORD. Kind::integrity for the first hash or size that disagrees.
    Result<> check_record() const;
    /// The text of a lock, which RECORD must list with its hash: Kind::integrity.
    Result<std::string> lock_text(const LockMember& member) const;

    /// The wheel with this lock in it as pylock.toml (name "") or pylock.NAME.toml, in place of the
    /// one that was there. Every other member stays bit for bit; RECORD gets the lock's row and
    /// keeps its others. New members have the time of SOURCE_DATE_EPOCH, else RECORD's own. A
    /// signed wheel is refused.
    Result<std::string> with_lock(std::string_view lock_name, std::string_view lock_text) const;

  private:
    WheelFile(pep::WheelName name, archive::ZipReader zip, pep::CoreMetadata metadata)
        : name_(std::move(name)), zip_(std::move(zip)), metadata_(std::move(metadata)) {}
    std::string record_path() const { return layout_.dist_info + "/RECORD"; }
    std::string record_with(std::string_view path, std::string_view content) const;
    Result<> check_row(const archive::ZipEntry& entry, std::string_view content) const;

    pep::WheelName name_;
    archive::ZipReader zip_;
    pep::CoreMetadata metadata_;
    Layout layout_;
    std::string record_text_;
    Record record_;
    LockMembers locks_;
};

} // namespace pawl::wheel
