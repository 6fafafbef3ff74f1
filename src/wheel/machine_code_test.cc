#include "wheel/machine_code.h"

#include <elf.h>

#include <gtest/gtest.h>

namespace pawl::wheel {
namespace {

using Paths = std::vector<std::string>;

template <class Record>
void append(std::string& bytes, const Record& record) {
    bytes.append(reinterpret_cast<const char*>(&record), sizeof(Record));
}

struct Entry {
    int64_t tag;
    std::string text;
};

/// A shared object of nothing but a dynamic section, loaded at 0x1000.
std::string shared_object(const std::vector<Entry>& entries) {
    constexpr uint64_t address = 0x1000;
    const uint64_t dynamic_at = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
    const uint64_t dynamic_size = (entries.size() + 2) * sizeof(Elf64_Dyn);
    std::string strings(1, '\0');
    std::string dynamic;
    for (const Entry& entry : entries) {
        Elf64_Dyn record{};
        record.d_tag = entry.tag;
        record.d_un.d_val = strings.size();
        append(dynamic, record);
        strings += entry.text + '\0';
    }
    Elf64_Dyn table{};
    table.d_tag = DT_STRTAB;
    table.d_un.d_ptr = address + dynamic_at + dynamic_size;
    append(dynamic, table);
    append(dynamic, Elf64_Dyn{});

    Elf64_Ehdr header{};
    std::copy_n(ELFMAG, SELFMAG, header.e_ident);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_DYN;
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    Elf64_Phdr load{};
    load.p_type = PT_LOAD;
    load.p_vaddr = address;
    load.p_filesz = dynamic_at + dynamic_size + strings.size();
    Elf64_Phdr section{};
    section.p_type = PT_DYNAMIC;
    section.p_offset = dynamic_at;
    section.p_vaddr = address + dynamic_at;
    section.p_filesz = dynamic_size;
    std::string bytes;
    append(bytes, header);
    append(bytes, load);
    append(bytes, section);
    return bytes + dynamic + strings;
}

TEST(MachineCode, tells_where_the_loader_is_sent) {
    std::string bytes = shared_object({{DT_NEEDED, "libm.so.6"},
                                       {DT_NEEDED, "$ORIGIN/deps/libx.so"},
                                       {DT_SONAME, "libself.so/odd"},
                                       {DT_RPATH, "$ORIGIN/../a.libs"},
                                       {DT_RUNPATH, "/usr/lib:${ORIGIN}:"}});
    EXPECT_EQ(library_search_paths(bytes),
              (Paths{"$ORIGIN/deps", "$ORIGIN/../a.libs", "/usr/lib", "${ORIGIN}", ""}));
    EXPECT_EQ(library_search_paths(shared_object({})), Paths());
}

TEST(MachineCode, what_is_no_elf_file_is_never_loaded) {
    EXPECT_EQ(library_search_paths(""), Paths());
    EXPECT_EQ(library_search_paths("MZ\x90"), Paths());
    EXPECT_EQ(library_search_paths("INPUT(libx.so.1)"), Paths());
}

TEST(MachineCode, a_broken_file_is_not_followed_and_not_believed) {
    const std::string whole = shared_object({{DT_RUNPATH, "$ORIGIN/../other"}});
    for (size_t size = SELFMAG; size < whole.size(); ++size) {
        auto paths = library_search_paths(whole.substr(0, size));
        bool is_no_elf = size < EI_NIDENT;
        EXPECT_EQ(paths, is_no_elf ? std::optional(Paths()) : std::nullopt) << size;
    }
    for (size_t i = SELFMAG; i < whole.size(); ++i) { // every byte in turn: no crash, by asan
        for (char value : {'\x00', '\x7f', '\xff'}) {
            std::string changed = whole;
            changed[i] = value;
            static_cast<void>(library_search_paths(changed));
        }
    }
    std::string big_endian = whole;
    big_endian[EI_DATA] = ELFDATA2MSB;
    EXPECT_EQ(library_search_paths(big_endian), std::nullopt);
}

TEST(MachineCode, stays_inside_when_the_wheel_has_that_directory) {
    const std::set<std::string_view> directories{"numpy", "numpy/core", "numpy.libs", "x", "x/lib"};
    struct {
        std::string_view path, search_path;
        bool is_inside;
    } rows[] = {
        {"numpy/core/a.so", "$ORIGIN/../../numpy.libs", true},
        {"numpy/core/a.so", "${ORIGIN}/../../numpy.libs/", true},
        {"numpy/core/a.so", "$ORIGIN", true},
        {"numpy/core/a.so", "$ORIGIN/./..//core/.", true},
        {"x/a.so", "$ORIGIN/lib", true},
        {"x/a.so", "/usr/lib/x86_64-linux-gnu", true},
        {"x/a.so", "", true},
        {"x/a.so", "lib", true}, // below the current directory, wherever that is
        {"x/a.so", "$ORIGIN/../other/lib", false},
        {"x/a.so", "$ORIGIN/..", false}, // whatever lies in site-packages
        {"x/a.so", "$ORIGIN/../..", false},
        {"x/a.so", "$ORIGIN/../../site-packages/x", false},
        {"x/a.so", "$ORIGIN/../x/missing", false}, // another wheel may bring it
        {"a.so", "$ORIGIN/x", true},
        {"a.so", "$ORIGIN", false},
        {"x/a.so", "$ORIGINAL/lib", false},
        {"x/a.so", "$ORIGIN/$LIB", false},
        {"x/a.so", "/opt/$LIB", false},
        {"x/a.so", "lib/$ORIGIN", false},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(stays_inside(row.path, row.search_path, directories), row.is_inside)
            << row.path << " " << row.search_path;
    }
}

} // namespace
} // namespace pawl::wheel
