#include "python/libc.h"

#include <elf.h>

#include "base/fs.h"
#include "base/plain_record.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::python {

namespace {

constexpr uint64_t loader_path_bytes_max = 4096;
constexpr std::chrono::milliseconds loader_time_max{5'000};

template <class Header, class ProgramHeader>
std::string loader_path(std::string_view bytes) {
    Header header;
    if (!read_at(bytes, 0, header) || header.e_phentsize != sizeof(ProgramHeader)) {
        return "";
    }
    for (uint64_t i = 0; i < header.e_phnum; ++i) { // e_phnum has 16 bits: bounded
        ProgramHeader program;
        if (!read_at(bytes, header.e_phoff + i * sizeof(ProgramHeader), program)) {
            return "";
        }
        if (program.p_type != PT_INTERP) {
            continue;
        }
        if (program.p_offset > bytes.size() || program.p_filesz > loader_path_bytes_max ||
            bytes.size() - program.p_offset < program.p_filesz) {
            return "";
        }
        std::string_view path = bytes.substr(program.p_offset, program.p_filesz);
        return std::string(path.substr(0, path.find('\0')));
    }
    return "";
}

/// "musl libc (x86_64)\nVersion 1.2.4\n…" on stderr.
std::string musl_version(const std::string& loader) {
    SpawnOptions options;
    options.arguments = {loader};
    options.time_max = loader_time_max;
    options.output_bytes_max = 65536;
    Result<SpawnResult> ran = spawn(options);
    if (!ran) {
        return "";
    }
    for (std::string_view line : split_lines(ran->err)) {
        if (line.starts_with("Version ")) {
            return std::string(trim(line.substr(8)));
        }
    }
    return "";
}

} // namespace

std::string elf_interpreter(std::string_view bytes) {
    if (bytes.size() < EI_NIDENT || bytes.substr(0, SELFMAG) != ELFMAG) {
        return "";
    }
    switch (bytes[EI_CLASS]) {
    case ELFCLASS64:
        return loader_path<Elf64_Ehdr, Elf64_Phdr>(bytes);
    case ELFCLASS32:
        return loader_path<Elf32_Ehdr, Elf32_Phdr>(bytes);
    default:
        return "";
    }
}

Libc libc_of(std::string_view executable, std::string_view said) {
    Libc libc;
    if (said.starts_with("glibc ")) {
        libc.kind = Libc::Kind::glibc;
        libc.version = trim(said.substr(6));
        return libc;
    }
    Result<fs::MappedFile> file = fs::MappedFile::open(executable);
    if (!file) {
        return libc;
    }
    std::string loader = elf_interpreter(file->bytes());
    if (fs::base_name(loader).find("musl") != std::string_view::npos) {
        libc.version = musl_version(loader);
        libc.kind = libc.version.empty() ? Libc::Kind::unknown : Libc::Kind::musl;
    }
    return libc;
}

} // namespace pawl::python
