#include "ops/standard_input.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "script/scanner.h"

namespace pawl::ops {

Result<std::string> read_standard_input() {
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got == 0) {
            return text;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(Error::Kind::input,
                        std::string("cannot read the script from standard input: ") +
                            std::strerror(errno));
        }
        text.append(buffer.data(), static_cast<size_t>(got));
        if (text.size() > script::source_bytes_max) {
            return fail(Error::Kind::input, "the script on standard input is larger than " +
                                                format_bytes(script::source_bytes_max));
        }
    }
}

} // namespace pawl::ops
