// A requirements file with any content: read as a file (in memory, never on the disk) and its text
// as an argument. The value of a variable shows up in no message and no text.

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "project/requirements_file.h"

using namespace pawl;

namespace {

constexpr size_t input_bytes_max = size_t{16} << 10;
constexpr std::string_view secret = "user:s3cr3t-value";

project::RequirementsOptions options() {
    return {.directory = "/nonexistent",
            .variable = [](std::string_view name) -> std::optional<std::string> {
                if (name != "LOGIN") {
                    return {};
                }
                return std::string(secret);
            }};
}

/// `text` is the input: it may hold what looks like the secret itself.
void check_hidden(std::string_view shown, std::string_view text) {
    check(shown.find(secret) == std::string_view::npos ||
          text.find(secret) != std::string_view::npos);
}

void check_requirement(const project::FileRequirement& requirement, std::string_view text) {
    check_hidden(requirement.text, text);
    if (!requirement.requirement.url.empty()) {
        auto url = Url::parse(requirement.requirement.url);
        check(!url || !url->has_credentials() || url->password().empty());
    }
    check(requirement.at.line > 0 || requirement.at.file.empty());
}

void check_file(std::string_view text) {
    int file = memfd_create("requirements", MFD_CLOEXEC);
    check(file >= 0);
    check(write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    std::vector<std::string> names = {"/proc/self/fd/" + std::to_string(file)};
    auto read = project::read_requirements_files(names, {}, options());
    close(file);
    if (!fuzz::is_fine(read)) {
        check_hidden(read.error().message, text);
        return;
    }
    for (const std::string& warning : read->warnings) {
        fuzz::check_message(warning);
        check_hidden(warning, text);
    }
    for (const project::FileRequirement& requirement : read->requirements) {
        check_requirement(requirement, text);
    }
    for (const project::FileRequirement& requirement : read->constraints) {
        check_requirement(requirement, text);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_bytes) {
    std::string_view bytes = fuzz::as_text(data, size_bytes);
    if (bytes.size() > input_bytes_max) {
        return 0;
    }
    check_file(bytes);
    for (bool editable : {false, true}) {
        auto argument = project::read_requirement_argument(bytes, editable, options());
        if (fuzz::is_fine(argument)) {
            check_requirement(*argument, bytes);
        }
    }
    return 0;
}
