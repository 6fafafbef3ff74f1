// A wheel's directory can be one link into the store when nothing in it looks for a neighbour that
// is not there. Of Python code docs/store.md says what works; machine code finds its neighbours by
// its dynamic section: "$ORIGIN/../numpy.libs" is a path from the directory through which the
// loader opened the file, and the kernel takes ".." in it through real directories, so from the
// store it leads to what lies beside the directory there: the same wheel, and no other one.
//
// Source: System V gABI, chapter 5, "Dynamic Section" and "Shared Object Dependencies"; ld.so(8)
// for $ORIGIN, $LIB and $PLATFORM. Whatever is not understood counts as looking outside.

#include "wheel/machine_code.h"

#include <elf.h>

#include <algorithm>

#include "base/plain_record.h"
#include "base/text.h"

namespace pawl::wheel {
namespace {

constexpr uint64_t dynamic_entries_max = 10'000;

/// The segments that say where an address of memory is in the file, and the dynamic section.
template <class ProgramHeader>
struct Segments {
    std::vector<ProgramHeader> loaded;
    std::optional<ProgramHeader> dynamic;

    std::optional<uint64_t> offset_of(uint64_t address) const {
        for (const ProgramHeader& one : loaded) {
            if (address >= one.p_vaddr && address - one.p_vaddr < one.p_filesz) {
                return one.p_offset + (address - one.p_vaddr);
            }
        }
        return std::nullopt;
    }
};

template <class Header, class ProgramHeader>
std::optional<Segments<ProgramHeader>> segments_of(std::string_view bytes) {
    Header header;
    if (!read_at(bytes, 0, header) ||
        (header.e_phnum != 0 && header.e_phentsize != sizeof(ProgramHeader))) {
        return std::nullopt;
    }
    Segments<ProgramHeader> segments;
    for (uint64_t i = 0; i < header.e_phnum; ++i) { // e_phnum has 16 bits: bounded
        ProgramHeader one;
        if (!read_at(bytes, header.e_phoff + i * sizeof(ProgramHeader), one)) {
            return std::nullopt;
        }
        if (one.p_type == PT_LOAD) {
            segments.loaded.push_back(one);
        } else if (one.p_type == PT_DYNAMIC) {
            segments.dynamic = one;
        }
    }
    return segments;
}

enum class Value : unsigned char { none, list_of_directories, name };

Value value_of(int64_t tag) {
    switch (tag) {
    case DT_RPATH:
    case DT_RUNPATH:
        return Value::list_of_directories;
    case DT_NEEDED:
    case DT_AUXILIARY:
    case DT_FILTER:
    case DT_AUDIT:
    case DT_DEPAUDIT:
        return Value::name;
    default:
        return Value::none;
    }
}

void add_directories(Value kind, std::string_view text, std::vector<std::string>& found) {
    if (kind == Value::name) {
        size_t slash = text.rfind('/');
        if (slash != std::string_view::npos) {
            found.emplace_back(text.substr(0, slash));
        }
        return;
    }
    for (std::string_view directory : split(text, ':')) {
        found.emplace_back(directory);
    }
}

template <class Header, class ProgramHeader, class Dynamic>
std::optional<std::vector<std::string>> search_paths(std::string_view bytes) {
    auto segments = segments_of<Header, ProgramHeader>(bytes);
    if (!segments) {
        return std::nullopt;
    }
    std::vector<std::string> found;
    if (!segments->dynamic) {
        return found;
    }
    std::vector<Dynamic> wanted;
    std::optional<uint64_t> strings;
    const uint64_t count = segments->dynamic->p_filesz / sizeof(Dynamic);
    if (count > dynamic_entries_max) {
        return std::nullopt;
    }
    for (uint64_t i = 0; i < count; ++i) {
        Dynamic entry;
        if (!read_at(bytes, segments->dynamic->p_offset + i * sizeof(Dynamic), entry)) {
            return std::nullopt;
        }
        if (entry.d_tag == DT_NULL) {
            break;
        }
        if (entry.d_tag == DT_STRTAB) {
            strings = segments->offset_of(entry.d_un.d_ptr);
        } else if (value_of(entry.d_tag) != Value::none) {
            wanted.push_back(entry);
        }
    }
    for (const Dynamic& entry : wanted) {
        if (!strings || *strings > bytes.size() || entry.d_un.d_val >= bytes.size() - *strings) {
            return std::nullopt;
        }
        std::string_view text = bytes.substr(*strings + entry.d_un.d_val);
        size_t end = text.find('\0');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        add_directories(value_of(entry.d_tag), text.substr(0, end), found);
    }
    return found;
}

} // namespace

std::optional<std::vector<std::string>> library_search_paths(std::string_view bytes) {
    if (bytes.size() < EI_NIDENT || bytes.substr(0, SELFMAG) != ELFMAG) {
        return std::vector<std::string>();
    }
    if (bytes[EI_DATA] != ELFDATA2LSB) { // as every machine that pawl runs on
        return std::nullopt;
    }
    switch (bytes[EI_CLASS]) {
    case ELFCLASS64:
        return search_paths<Elf64_Ehdr, Elf64_Phdr, Elf64_Dyn>(bytes);
    case ELFCLASS32:
        return search_paths<Elf32_Ehdr, Elf32_Phdr, Elf32_Dyn>(bytes);
    default:
        return std::nullopt;
    }
}

bool stays_inside(std::string_view path, std::string_view search_path,
                  const std::set<std::string_view>& directories) {
    if (search_path.find('$') == std::string_view::npos) {
        return true;
    }
    std::string_view rest = search_path;
    for (std::string_view origin : {"$ORIGIN", "${ORIGIN}"}) {
        if (rest.starts_with(origin)) {
            rest.remove_prefix(origin.size());
            break;
        }
    }
    if (rest.size() == search_path.size() || rest.find('$') != std::string_view::npos ||
        (!rest.empty() && rest.front() != '/')) {
        return false;
    }
    size_t slash = path.rfind('/');
    std::string place(path.substr(0, slash == std::string_view::npos ? 0 : slash));
    for (std::string_view part : split(rest, '/')) {
        if (part.empty() || part == ".") {
            continue;
        }
        if (part != "..") {
            place.append(place.empty() ? "" : "/").append(part);
        } else if (place.empty()) {
            return false;
        } else {
            size_t last = place.rfind('/');
            place.resize(last == std::string::npos ? 0 : last);
        }
    }
    return directories.contains(place);
}

} // namespace pawl::wheel
