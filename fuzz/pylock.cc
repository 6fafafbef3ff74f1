// A lock that is read can be written, reads back, and is then written as the same bytes.

#include "fuzz/fuzz.h"
#include "lock/lock.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{64} << 10;

bool has_error(const std::vector<lock::Problem>& problems) {
    bool found = false;
    for (const lock::Problem& problem : problems) {
        fuzz::check_message(problem.message);
        found = found || problem.severity == lock::Problem::Severity::error;
    }
    return found;
}

void check_written(const lock::Lock& read, lock::Rules rules) {
    std::string written = lock::write(read);
    auto again = lock::read(written, rules);
    check(fuzz::is_fine(again));
    check(lock::write(again->lock) == written);
    check(again->lock.packages.size() == read.packages.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    auto standard = lock::read(std::string(bytes), lock::Rules::standard);
    auto strict = lock::read(std::string(bytes), lock::Rules::strict);
    check(fuzz::is_fine(standard) || !fuzz::is_fine(strict));
    check(has_error(lock::validate(std::string(bytes), lock::Rules::standard)) == !standard);
    check(has_error(lock::validate(std::string(bytes), lock::Rules::strict)) == !strict);
    if (standard) {
        check_written(standard->lock, lock::Rules::standard);
    }
    if (strict) {
        check_written(strict->lock, lock::Rules::strict);
        for (const std::string& warning : strict->warnings) {
            fuzz::check_message(warning);
        }
    }
    return 0;
}
