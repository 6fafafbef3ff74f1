#include "archive/zip_reader.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "archive/zip_forge_test.h"
#include "archive/zip_writer.h"
#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

using forge::Archive;
using forge::Member;

/// Opens and reads every member; "" when all is well.
std::string reading_error(std::string_view bytes, const Limits& limits = {}) {
    Result<ZipReader> reader = ZipReader::open(bytes, limits);
    if (!reader) {
        return reader.error().message;
    }
    for (const ZipEntry& entry : reader->entries()) {
        Result<std::string> content = reader->read(entry, uint64_t{1} << 30);
        if (!content) {
            return content.error().message;
        }
    }
    return "";
}

std::string numbers(std::initializer_list<uint64_t> values, size_t bytes_each) {
    std::string bytes;
    for (uint64_t value : values) {
        for (size_t i = 0; i < bytes_each; ++i) {
            bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
        }
    }
    return bytes;
}

struct Case {
    const char* what;
    std::string bytes;
    const char* message; ///< a part of it; "" when the archive is good
};

void run(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
        SCOPED_TRACE(c.what);
        std::string message = reading_error(c.bytes);
        if (std::string_view(c.message).empty()) {
            EXPECT_EQ(message, "");
        } else {
            EXPECT_NE(message.find(c.message), std::string::npos) << "message: " << message;
        }
    }
}

Member member(std::string name, std::string content = "x = 1\n") {
    Member m;
    m.name = std::move(name);
    m.content = std::move(content);
    return m;
}

template <class Change>
Member changed(Change change) {
    Member m = member("a.py");
    change(m);
    return m;
}

TEST(ZipReader, legal_features_of_the_format_are_read) {
    std::string crc = numbers({forge::crc("x = 1\n")}, 4);
    std::string sizes32 = numbers({6, 6}, 4);
    std::string sizes64 = numbers({6, 6}, 8);
    auto described = [&](std::string descriptor) {
        return forge::make({changed([&](Member& m) {
                                m.flags = 8;
                                m.local_crc = m.local_size = m.local_packed = 0;
                                m.descriptor = std::move(descriptor);
                            }),
                            member("b.py")});
    };
    run({
        {"no members", forge::make({}), ""},
        {"two members", forge::make({member("a.py"), member("p/b.py", "")}), ""},
        {"a directory", forge::make({changed([](Member& m) {
             m.name = "p/";
             m.content = "";
             m.mode = 040755;
             m.dos_attributes = 0x10;
         })}),
         ""},
        {"descriptor, plain", described(crc + sizes32), ""},
        {"descriptor, signed", described("PK\x07\x08" + crc + sizes32), ""},
        {"descriptor, wide", described(crc + sizes64), ""},
        {"descriptor, wide and signed", described("PK\x07\x08" + crc + sizes64), ""},
        {"unneeded zip64 sizes", forge::make({changed([&](Member& m) {
             m.local_size = m.local_packed = 0xffffffff;
             m.extra_local = forge::field(1, sizes64);
         })}),
         ""},
        {"zip64 offset in the directory", forge::make({changed([&](Member& m) {
             m.begin = 0xffffffff;
             m.extra_central = forge::field(1, numbers({0}, 8));
         })}),
         ""},
        {"zip64 field that repeats everything", forge::make({changed([&](Member& m) {
             m.extra_central = forge::field(1, numbers({6, 6, 0}, 8));
         })}),
         ""},
        {"times in extra fields", forge::make({changed([](Member& m) {
             m.extra_local = m.extra_central = forge::field(0x5455, "\1abcd");
         })}),
         ""},
        {"a commit's id as comment", forge::make({member("a")}, {.comment = "0123abcd"}), ""},
        {"UTF-8 with its flag", forge::make({changed([](Member& m) {
             m.name = "p/ü.py";
             m.flags = 0x800;
         })}),
         ""},
        {"the same name again as unicode path", forge::make({changed([](Member& m) {
             m.extra_central = forge::field(0x7075, "\1crc.a.py");
         })}),
         ""},
    });
}

TEST(ZipReader, every_byte_belongs_to_one_member) {
    Member hidden = changed([](Member& m) { m.listed = false; });
    Member shared = changed([](Member& m) {
        m.name = "b.py";
        m.begin = 0;
    });
    std::string inner = forge::make({member("evil.py")});
    std::string good = forge::make({member("a.py")});
    run({
        {"bytes in front", forge::make({member("a.py")}, {.prefix = "#!"}), "before its first"},
        {"bytes behind", good + "x", "after its end record"},
        {"a gap before the directory", forge::make({member("a.py")}, {.before_directory = "gap"}),
         "belong to no member"},
        {"a gap behind the directory", forge::make({member("a.py")}, {.after_directory = "gap"}),
         "does not end where"},
        {"a gap between members",
         forge::make({changed([](Member& m) { m.between = "gap"; }), member("b.py")}),
         "belong to no member"},
        {"a member that is not listed", forge::make({hidden, member("b.py")}), "before its first"},
        {"one in the middle", forge::make({member("b.py"), hidden, member("c.py")}),
         "belong to no member"},
        {"two entries for one member", forge::make({member("a.py"), shared}), "overlaps"},
        {"two archives", good + inner, "does not end where"},
        {"an archive in the comment", forge::make({member("a.py")}, {.comment = inner}),
         "does not end where"},
        {"a comment with control characters", forge::make({member("a")}, {.comment = "\x1b[0m"}),
         "after its end record"},
        {"only the directory is cut off", good.substr(0, good.size() - 22), "not a zip"},
        {"cut in the middle", good.substr(0, good.size() / 2), "not a zip"},
        {"nothing", "", "not a zip"},
        {"a page", "<!doctype html><title>404</title>", "not a zip"},
        {"offset in the directory", forge::make({changed([](Member& m) { m.begin = 60; })}),
         "before its first"},
        {"offset behind the end", forge::make({changed([](Member& m) { m.begin = 1 << 30; })}),
         "before its first"},
    });
}

TEST(ZipReader, both_headers_of_a_member_must_agree) {
    auto lie = [](auto change) { return forge::make({changed(change), member("b.py")}); };
    run({
        {"name", lie([](Member& m) { m.local_name = "c.py"; }), "another name"},
        {"crc", lie([](Member& m) { m.local_crc = 1; }), "disagrees"},
        {"crc of both", lie([](Member& m) { m.local_crc = m.central_crc = 1; }), "checksum"},
        {"size", lie([](Member& m) { m.local_size = 7; }), "disagrees"},
        {"size, stored", lie([](Member& m) { m.central_size = 7; }), "two sizes differ"},
        {"shorter than its data", lie([](Member& m) {
             m.local_size = m.central_size = m.local_packed = m.central_packed = 2;
         }),
         "belong to no member"},
        {"longer than its data", lie([](Member& m) {
             m.local_size = m.central_size = m.local_packed = m.central_packed = 8;
         }),
         "overlaps"},
        {"method", lie([](Member& m) { m.local_method = 8; }), "disagrees"},
        {"flags", lie([](Member& m) { m.local_flags = 2; }), "disagrees"},
        {"time", lie([](Member& m) { m.local_time = 2; }), "disagrees"},
        {"zip64 field against the size", lie([](Member& m) {
             m.extra_central = forge::field(1, numbers({5, 6}, 8));
         }),
         "disagrees"},
        {"zip64 field that lacks a size", lie([](Member& m) {
             m.central_size = m.central_packed = 0xffffffff;
             m.extra_central = forge::field(1, numbers({6}, 8));
         }),
         "lacks it"},
        {"no zip64 field where one is needed", lie([](Member& m) {
             m.local_packed = m.central_packed = m.local_size = m.central_size = 0xffffffff;
         }),
         "larger than the file"},
        {"zip64 field of an odd size",
         lie([](Member& m) { m.extra_central = forge::field(1, "123"); }), "wrong size"},
        {"two zip64 fields",
         lie([](Member& m) { m.extra_central = forge::field(1, "") + forge::field(1, ""); }),
         "two zip64"},
        {"descriptor, crc", lie([](Member& m) {
             m.flags = 8;
             m.descriptor = numbers({1, 6, 6}, 4);
         }),
         "descriptor"},
        {"descriptor, size", lie([](Member& m) {
             m.flags = 8;
             m.descriptor = numbers({forge::crc(m.content), 6, 5}, 4);
         }),
         "descriptor"},
        {"descriptor without its flag", lie([](Member& m) {
             m.descriptor = numbers({forge::crc(m.content), 6, 6}, 4);
         }),
         "belong to no member"},
        {"flag without a descriptor", lie([](Member& m) { m.flags = 8; }), "belong to no member"},
        {"wide sizes that overflow", lie([](Member& m) {
             m.central_packed = m.central_size = 0xffffffff;
             m.extra_central = forge::field(1, numbers({~uint64_t{0} - 8, ~uint64_t{0} - 8}, 8));
         }),
         "larger than the file"},
    });
}

TEST(ZipReader, end_records_must_agree) {
    std::vector<Member> members{member("a.py"), member("b.py")};
    std::string good = forge::make(members);
    size_t end = good.size() - 22;
    uint64_t begin = number_at<uint32_t>(good, end + 16);
    auto with_zip64 = [&](uint64_t at, uint64_t count, uint64_t bytes, uint64_t offset) {
        std::string record = "PK\x06\x06" + numbers({44}, 8) + numbers({45, 45}, 2) +
                             numbers({0, 0}, 4) + numbers({count, count, bytes, offset}, 8);
        std::string locator = "PK\x06\x07" + numbers({0}, 4) + numbers({at}, 8) + numbers({1}, 4);
        return good.substr(0, end) + record + locator + good.substr(end);
    };
    run({
        {"too few entries", forge::make(members, {.count = 1}), "is larger than the entries"},
        {"too many entries", forge::make(members, {.count = 3}), "too many"},
        {"entries without end", forge::make(members, {.count = 0xfffe}), "too many"},
        {"directory size", forge::make(members, {.directory_bytes = 20}), "does not end where"},
        {"directory offset", forge::make(members, {.directory_begin = 20}), "does not end where"},
        {"several disks", forge::make(members, {.disk = 1}), "disks"},
        {"member on another disk", forge::make({changed([](Member& m) { m.disk = 1; })}), "disk"},
        {"unneeded zip64 record", with_zip64(end, 2, end - begin, begin), ""},
        {"its locator points elsewhere", with_zip64(end - 1, 2, end - begin, begin), "elsewhere"},
        {"its count", with_zip64(end, 1, end - begin, begin), "disagree"},
        {"its size", with_zip64(end, 2, end - begin - 1, begin), "disagree"},
        {"its offset", with_zip64(end, 2, end - begin, begin + 1), "disagree"},
        {"a locator without a record",
         good.substr(0, end) + "PK\x06\x07" + std::string(16, '\0') + good.substr(end),
         "not where it must be"},
    });
}

TEST(ZipReader, dangerous_names_and_types_are_refused) {
    auto named = [](std::string name) { return forge::make({member(std::move(name))}); };
    auto lie = [](auto change) { return forge::make({changed(change)}); };
    run({
        {"climbs", named("../x"), "'.' or '..'"},
        {"climbs to a neighbour", named("../site-packages-evil/x"), "'.' or '..'"},
        {"climbs later", named("a/../../x"), "'.' or '..'"},
        {"absolute", named("/etc/x"), "absolute"},
        {"a slash alone", named("/"), "absolute"},
        {"drive", named("C:x"), "drive"},
        {"backslash", named("a\\x"), "backslash"},
        {"NUL", named(std::string("a\0b", 3)), "control"},
        {"newline", named("a\nb"), "control"},
        {"empty", named(""), "empty"},
        {"empty part", named("a//b"), "empty part"},
        {"dot", named("./a"), "'.' or '..'"},
        {"long part", named(std::string(256, 'a')), "255"},
        {"deep", named([] {
             std::string path;
             for (int i = 0; i < 65; ++i) {
                 path += "d/";
             }
             return path + "x";
         }()),
         "deep"},
        {"encoding not said", named("\xfc.py"), "UTF-8"},
        {"wrong UTF-8", lie([](Member& m) {
             m.name = "\xfc.py";
             m.flags = 0x800;
         }),
         "UTF-8"},
        {"UTF-8 without its flag", named("ü.py"), "encoding"},
        {"another name in an extra field",
         lie([](Member& m) { m.extra_central = forge::field(0x7075, "\1crc.evil.py"); }),
         "second name"},
        {"extra field past its header", lie([](Member& m) { m.extra_local = "\1\0\xff\0"; }),
         "past its header"},
        {"link", lie([](Member& m) { m.mode = 0120777; }), "symbolic link"},
        {"device", lie([](Member& m) { m.mode = 0020666; }), "special"},
        {"FIFO", lie([](Member& m) { m.mode = 0010666; }), "special"},
        {"directory by mode only", lie([](Member& m) { m.mode = 040755; }), "by its mode"},
        {"directory with data", lie([](Member& m) {
             m.name = "p/";
             m.mode = 040755;
         }),
         "carries data"},
        {"encrypted", lie([](Member& m) { m.flags = 1; }), "encrypted"},
        {"patched", lie([](Member& m) { m.flags = 0x20; }), "flags"},
        {"method 99", lie([](Member& m) { m.local_method = m.central_method = 99; }), "method 99"},
        {"version", lie([](Member& m) { m.version = 200; }), "version"},
        {"deflated rubbish", lie([](Member& m) {
             m.content = "\xff\xff\xff";
             m.local_method = m.central_method = 8;
         }),
         "unpack"},
        {"twice", forge::make({member("a"), member("a")}), "twice"},
        {"file and directory by case", forge::make({member("a"), member("A/b")}), "directory"},
        {"file and directory", forge::make({member("a"), member("a/b")}), "file and a directory"},
    });
}

TEST(ZipReader, the_execute_bit_is_all_that_modes_say) {
    for (uint32_t mode : {0100644U, 0100755U, 0104777U, 0100000U, 0U, 0100100U}) {
        SCOPED_TRACE(mode);
        std::string bytes = forge::make({changed([&](Member& m) { m.mode = mode; })});
        Result<ZipReader> reader = ZipReader::open(bytes);
        ASSERT_TRUE(reader) << reader.error().message;
        EXPECT_EQ(reader->entries()[0].is_executable, (mode & 0111) != 0);
    }
}

TEST(ZipReader, budgets_hold_before_anything_is_unpacked) {
    ZipWriter writer;
    ASSERT_TRUE(writer.add("zeros", std::string(4'000'000, '\0')));
    ASSERT_TRUE(writer.add("b", "b"));
    std::string bytes = writer.finish();
    EXPECT_EQ(reading_error(bytes), "");
    EXPECT_NE(reading_error(bytes, {.entries_max = 1}).find("too many"), std::string::npos);
    EXPECT_NE(reading_error(bytes, {.total_bytes_max = 3'999'999}).find("more than"),
              std::string::npos);
    EXPECT_NE(reading_error(bytes, {.ratio_free_bytes = 1'000'000}).find("200 times"),
              std::string::npos);
    Result<ZipReader> reader = ZipReader::open(bytes);
    ASSERT_TRUE(reader);
    EXPECT_FALSE(reader->read(*reader->find("zeros"), 3'999'999));
}

TEST(ZipReader, thousands_of_empty_members_are_an_attack) {
    std::vector<Member> members;
    for (int i = 0; i < 10'001; ++i) {
        members.push_back(member(std::to_string(i), ""));
    }
    EXPECT_NE(reading_error(forge::make(members)).find("next to nothing"), std::string::npos);
    members.pop_back();
    EXPECT_EQ(reading_error(forge::make(members)), "");
}

TEST(ZipReader, a_bomb_stops_at_its_declared_size) {
    ZipWriter writer;
    ASSERT_TRUE(writer.add("zeros", std::string(1'000'000, '\0')));
    std::string bytes = writer.finish();
    for (size_t at : {size_t{22}, bytes.find("PK\x01\x02") + 24}) { // both sizes
        bytes.replace(at, 4, numbers({10}, 4));
    }
    EXPECT_NE(reading_error(bytes).find("larger than it says"), std::string::npos);
}

TEST(ZipReader, members_are_found_by_their_path) {
    std::string bytes = forge::make({member("b", "2"), member("a/c", "3"), member("a-d", "4")});
    Result<ZipReader> reader = ZipReader::open(bytes);
    ASSERT_TRUE(reader);
    ASSERT_NE(reader->find("a/c"), nullptr);
    EXPECT_EQ(*reader->read(*reader->find("a/c"), 10), "3");
    EXPECT_EQ(reader->find("a"), nullptr);
    EXPECT_EQ(reader->find(""), nullptr);
}

TEST(ZipDirectory, a_member_is_read_from_ranges_of_a_remote_file) {
    ZipWriter writer;
    std::string large(300'000, 'x');
    ASSERT_TRUE(writer.add("data", large, {.stored = true}));
    ASSERT_TRUE(writer.add("p.dist-info/METADATA", "Name: p\n"));
    std::string bytes = writer.finish();
    std::string_view file = bytes;

    std::string_view tail = file.substr(file.size() - 60);
    Result<uint64_t> begin = ZipDirectory::locate(tail, file.size());
    ASSERT_TRUE(begin) << begin.error().message;
    EXPECT_FALSE(ZipDirectory::parse(tail, file.size()));
    Result<ZipDirectory> directory = ZipDirectory::parse(file.substr(*begin), file.size());
    ASSERT_TRUE(directory) << directory.error().message;
    const ZipEntry* entry = directory->find("p.dist-info/METADATA");
    ASSERT_NE(entry, nullptr);
    std::string_view range = file.substr(entry->begin, entry->end - entry->begin);
    EXPECT_EQ(*ZipDirectory::read_member(*entry, range, 100), "Name: p\n");
    EXPECT_FALSE(ZipDirectory::read_member(*entry, range.substr(1), 100));
    EXPECT_FALSE(ZipDirectory::read_member(*entry, range, 5));
}

TEST(ZipReader, one_flipped_bit_never_changes_what_is_read) {
    ZipWriter writer;
    ASSERT_TRUE(writer.add("p/a.py", std::string(200, 'a') + "b"));
    ASSERT_TRUE(writer.add("p/b.py", "short"));
    ASSERT_TRUE(writer.add_directory("p/d"));
    std::string good = writer.finish();
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string bytes = good;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        Result<ZipReader> reader = ZipReader::open(bytes);
        if (!reader) {
            continue;
        }
        for (const ZipEntry& entry : reader->entries()) {
            Result<std::string> content = reader->read(entry, 1000);
            if (content && entry.path == "p/a.py") {
                EXPECT_EQ(*content, std::string(200, 'a') + "b") << "bit " << bit;
            }
        }
    }
}

constexpr const char* make_zips_program = R"(
import io, json, random, struct, sys, zipfile
seed, directory = int(sys.argv[1]), sys.argv[2]
rng = random.Random(seed)
class Stream(io.RawIOBase):  # a file that cannot seek makes zipfile write data descriptors
    def __init__(self): self.data = bytearray()
    def writable(self): return True
    def write(self, b): self.data += b; return len(b)
for n in range(40):
    out = Stream() if rng.random() < .4 else io.BytesIO()
    names = set()
    with zipfile.ZipFile(out, 'w') as z:
        for i in range(rng.randrange(6)):
            name = '/'.join(rng.choice(['a', 'b', 'ü', 'x-1.0', 'long' * 20, '日本'])
                            for _ in range(rng.randrange(1, 4))) + str(i)
            info = zipfile.ZipInfo(name, (rng.randrange(1980, 2100), 1, 2, 3, 4, 6))
            info.external_attr = rng.choice([0o644, 0o100755, 0o777]) << 16
            info.compress_type = rng.choice([0, 8])
            data = rng.randbytes(rng.randrange(40)) * rng.randrange(200)
            with z.open(info, 'w', force_zip64=rng.random() < .3) as f:
                f.write(data)
    raw = bytearray(out.data if isinstance(out, Stream) else out.getvalue())
    for _ in range(n % 2 * rng.choice([1, 2])):  # every second one is damaged
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    open(f'{directory}/{n}.zip', 'wb').write(raw)
    listing = []
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as z:
            for info in z.infolist():
                listing.append(f'{info.filename} {z.read(info).hex()}')
        text = '\n'.join(sorted(listing))
    except Exception as e:
        text = f'refused: {e!r}'
    open(f'{directory}/{n}.txt', 'w').write(text)
)";

TEST(ZipReader, what_it_accepts_pythons_zipfile_reads_the_same) {
    Result<fs::TemporaryDirectory> directory = fs::TemporaryDirectory::create("/tmp", "zips-");
    ASSERT_TRUE(directory);
    unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Result<SpawnResult> made =
        spawn({.arguments = {"/usr/bin/env", "python3", "-c", make_zips_program,
                             std::to_string(seed), directory->path()}});
    if (!made || made->exit_code != 0) {
        GTEST_SKIP() << "no python3 to compare with" << (made ? ": " + made->err : "");
    }
    for (int n = 0; n < 40; ++n) {
        SCOPED_TRACE(n);
        std::string base = directory->path() + "/" + std::to_string(n);
        std::string bytes = *fs::read(base + ".zip");
        Result<ZipReader> reader = ZipReader::open(bytes);
        const bool is_damaged = n % 2 != 0;
        ASSERT_TRUE(reader || is_damaged) << reader.error().message;
        if (!reader) {
            continue;
        }
        std::vector<std::string> lines;
        bool readable = true;
        for (const ZipEntry& entry : reader->entries()) {
            Result<std::string> content = reader->read(entry, 1'000'000);
            readable = readable && content;
            if (content) {
                std::span<const unsigned char> raw(
                    reinterpret_cast<const unsigned char*>(content->data()), content->size());
                lines.push_back(entry.raw_name + " " + to_hex(raw));
            }
        }
        EXPECT_TRUE(readable || is_damaged);
        std::string theirs = *fs::read(base + ".txt");
        // libdeflate takes the two unused length codes of the fixed table (RFC 1951 §3.2.6) for the
        // longest match; what comes out has the right CRC, so nothing else can be smuggled in.
        if (readable && theirs.find("invalid literal/length code") == theirs.npos) {
            std::sort(lines.begin(), lines.end());
            EXPECT_EQ(join(lines, "\n"), theirs);
        }
    }
}

TEST(ZipReader, members_in_pieces_are_what_they_are_in_one) {
    std::string content;
    for (int i = 0; content.size() < 3 * ZipReader::piece_bytes_max; ++i) {
        content += std::to_string(i * i) + (i % 7 == 0 ? std::string(100, 'x') : " ");
    }
    for (bool is_stored : {false, true}) {
        SCOPED_TRACE(is_stored ? "stored" : "deflated");
        ZipWriter writer;
        ASSERT_TRUE(writer.add("empty", "", {.stored = is_stored}));
        ASSERT_TRUE(writer.add("large", content, {.stored = is_stored}));
        std::string bytes = writer.finish();
        auto unpacked = [](const std::string& of, std::string_view name) -> Result<std::string> {
            ZipReader zip = TRY(ZipReader::open(of));
            std::string all;
            TRY(zip.read_pieces(*zip.find(name), [&all](std::string_view piece) -> Result<> {
                EXPECT_LE(piece.size(), ZipReader::piece_bytes_max);
                all += piece;
                return {};
            }));
            return all;
        };
        EXPECT_EQ(unpacked(bytes, "empty").value(), "");
        EXPECT_TRUE(unpacked(bytes, "large").value() == content);
        bytes[bytes.size() / 2] ^= 1;
        Result<std::string> damaged = unpacked(bytes, "large");
        ASSERT_FALSE(damaged);
        EXPECT_EQ(damaged.error().kind, Error::Kind::integrity);
    }
}

} // namespace
} // namespace pawl::archive
