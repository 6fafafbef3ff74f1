#pragma once
// A script at a URL: whether it may be fetched at all, the user's word for running it, its digest.

#include <string>

#include "base/result.h"
#include "ops/run.h"
#include "ops/services.h"

namespace pawl::ops {

bool is_url(std::string_view program);

/// The file in the cache that holds the program of `request.program`, a URL. With a digest
/// (--sha256 or `#sha256=…`) what is there already is not fetched again, and the digest is the
/// user's word. Errors: permission (plain http, no word), integrity (another digest), input (no
/// script). Puts the digest of the URL into the request.
Result<std::string> fetch_program(RunRequest& request, Services& services);

/// `--sha256` as lower-case digits; an error when it is none. "" stays "".
Result<std::string> checked_sha256(std::string_view text);

} // namespace pawl::ops
