#pragma once
// Files that a lock lists by name and hash, without saying what they are: poetry's and pdm's.

#include <string_view>

#include "base/result.h"
#include "lock/model.h"
#include "text/toml.h"

namespace pawl::exchange {

/// What to do about names of other releases: old locks list the files of a project in one place.
enum class OtherReleases : unsigned char { refuse, skip };

/// `{file = "six-1.16.0.tar.gz", hash = "sha256:…"}` or `{url = "https://…", hash = "…"}` joins the
/// entry as a wheel or its sdist. Files of other kinds (eggs, installers) are passed over, since
/// nothing installs them. Refuses names with folders and files without hashes.
Result<> add_named_file(text::TomlNode table, OtherReleases others, lock::Package& package);

/// Of an entry that was asked for by its address: the hash of its one file, whatever it is called.
Result<> add_archive_hash(text::TomlNode entry, lock::FileSource& source);

/// The one hash that such a format has for a file: SHA-256 where it is known, else the strongest.
std::string one_hash(const lock::FileSource& source);

} // namespace pawl::exchange
