#include "archive/tar_reader.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "archive/tar_forge_test.h"
#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::archive {
namespace {

using forge::pax_record;
using forge::tar_end;
using forge::tar_member;
using forge::TarMember;

const std::string gnu_magic("ustar  \0", 8);

TarMember file(std::string name, std::string content = "x = 1\n") {
    TarMember m;
    m.name = std::move(name);
    m.content = std::move(content);
    return m;
}

TarMember extension(char type, std::string content) {
    TarMember m = file("extension", std::move(content));
    m.type = type;
    return m;
}

TarMember link(char type, std::string name, std::string target) {
    TarMember m = file(std::move(name), "");
    m.type = type;
    m.link = std::move(target);
    return m;
}

std::string tar(std::initializer_list<TarMember> members) {
    std::string bytes;
    for (const TarMember& m : members) {
        bytes += tar_member(m);
    }
    return bytes + tar_end();
}

/// "path=content" of all members, or the message.
std::string listing(std::string_view bytes, const Limits& limits = {}) {
    Result<TarReader> reader = TarReader::open(bytes, limits);
    if (!reader) {
        return reader.error().message;
    }
    std::string text;
    for (const TarEntry& entry : reader->entries()) {
        text += entry.path + (entry.is_directory ? "/" : "=" + std::string(entry.content)) + " ";
    }
    return text;
}

TEST(TarReader, names_come_from_any_one_mechanism) {
    TarMember with_prefix = file("b.py", "1");
    with_prefix.prefix = "p-1.0";
    TarMember old = file("p/", "");
    old.type = '\0';
    old.magic = std::string(8, '\0');
    TarMember directory = file("d/", "");
    directory.type = '5';
    std::string long_name(300, 'n');
    long_name.replace(150, 1, "/");
    struct {
        const char* what;
        std::string bytes, expected;
    } cases[] = {
        {"nothing", tar({}), ""},
        {"plain", tar({file("a", "1"), file("b", "")}), "a=1 b= "},
        {"prefix", tar({with_prefix}), "p-1.0/b.py=1 "},
        {"directory", tar({directory}), "d/ "},
        {"directory of old", tar({old}), "p/ "},
        {"GNU long name", tar({extension('L', long_name + '\0'), file("cut", "1")}),
         long_name + "=1 "},
        {"pax path", tar({extension('x', pax_record("path", "p/ü")), file("cut", "1")}), "p/ü=1 "},
        {"pax with times", tar({extension('x', pax_record("mtime", "1.5")), file("a", "1")}),
         "a=1 "},
        {"pax size that agrees", tar({extension('x', pax_record("size", "1")), file("a", "1")}),
         "a=1 "},
        {"git's global header", tar({extension('g', pax_record("comment", "0123")), file("a", "")}),
         "a= "},
        {"base 256", tar({[] {
             TarMember m = file("a", "12");
             m.size = std::string("\x80\0\0\0\0\0\0\0\0\0\0\2", 12);
             return m;
         }()}),
         "a=12 "},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        EXPECT_EQ(listing(c.bytes), c.expected);
    }
}

TEST(TarReader, what_has_two_readings_is_refused) {
    TarMember long_name = extension('L', std::string("p/x\0", 4));
    TarMember pax_name = extension('x', pax_record("path", "p/y"));
    struct {
        const char* what;
        std::string bytes;
        const char* message;
    } cases[] = {
        {"two long names", tar({long_name, pax_name, file("a")}), "two long names"},
        {"two GNU names", tar({long_name, long_name, file("a")}), "two extension"},
        {"two pax headers", tar({pax_name, pax_name, file("a")}), "two extension"},
        {"global after pax", tar({pax_name, extension('g', ""), file("a")}), "two extension"},
        {"pax size and another", tar({extension('x', pax_record("size", "1")), file("a", "12")}),
         "two sizes"},
        {"global path", tar({extension('g', pax_record("path", "x")), file("a")}), "every member"},
        {"orphan", tar({file("a"), pax_name}), "without its member"},
        {"pax record, too long", tar({extension('x', "99 path=x\n"), file("a")}), "wrong length"},
        {"pax record, too short", tar({extension('x', "5 path=x\n"), file("a")}), "wrong length"},
        {"pax record, zeros", tar({extension('x', "010 path=x\n"), file("a")}), "wrong length"},
        {"pax record, no length", tar({extension('x', "path=x\n"), file("a")}), "wrong length"},
        {"pax record, twice",
         tar({extension('x', pax_record("path", "x") + pax_record("path", "y")), file("a")}),
         "twice"},
        {"pax record, no key", tar({extension('x', "5 =x\n"), file("a")}), "no key"},
        {"pax name with NUL",
         tar({extension('x', pax_record("path", std::string("x\0y", 3))), file("a")}), "NUL"},
        {"pax name, empty", tar({extension('x', pax_record("path", "")), file("a")}), "empty"},
        {"sparse by pax", tar({extension('x', pax_record("GNU.sparse.major", "1")), file("a")}),
         "do not need"},
        {"another charset", tar({extension('x', pax_record("hdrcharset", "BINARY")), file("a")}),
         "do not need"},
        {"GNU name without NUL", tar({extension('L', "abc"), file("a")}), "does not end"},
        {"target of no link", tar({extension('K', std::string("x\0", 2)), file("a")}), "no link"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        std::string message = listing(c.bytes);
        EXPECT_NE(message.find(c.message), std::string::npos) << "message: " << message;
    }
}

TEST(TarReader, headers_that_lie_are_refused) {
    auto lie = [](auto change) {
        TarMember m = file("a");
        change(m);
        return tar({m, file("b")});
    };
    struct {
        const char* what;
        std::string bytes;
        const char* message;
    } cases[] = {
        {"checksum", lie([](TarMember& m) { m.wrong_checksum = true; }), "checksum"},
        {"magic", lie([](TarMember& m) { m.magic = std::string("ustar\0\0\0", 8); }), "format"},
        {"prefix of a GNU header", lie([](TarMember& m) {
             m.magic = gnu_magic;
             m.prefix = "p";
         }),
         "prefix"},
        {"bytes behind a name", lie([](TarMember& m) { m.name = std::string("a\0b", 3); }),
         "behind its end"},
        {"negative size", lie([](TarMember& m) { m.size = std::string(12, '\xff'); }), "no number"},
        {"huge size",
         lie([](TarMember& m) { m.size = std::string("\x80\0\0\0\x40\0\0\0\0\0\0\0", 12); }),
         "larger than the archive"},
        {"overflowing size", lie([](TarMember& m) { m.size = "\x80" + std::string(11, '\x7f'); }),
         "no number"},
        {"size that is no number", lie([](TarMember& m) { m.size = "0000000000x"; }), "no number"},
        {"no size", lie([](TarMember& m) { m.size = std::string(12, ' '); }), "no number"},
        {"file with a directory's name", lie([](TarMember& m) { m.name = "a/"; }), "by its name"},
        {"directory with data", lie([](TarMember& m) { m.type = '5'; }), "carries data"},
        {"link with data", lie([](TarMember& m) { m.type = '1'; }), "carries data"},
        {"device", lie([](TarMember& m) { m.type = '3'; }), "device"},
        {"FIFO", lie([](TarMember& m) { m.type = '6'; }), "device"},
        {"sparse", lie([](TarMember& m) { m.type = 'S'; }), "sparse"},
        {"unknown", lie([](TarMember& m) { m.type = 'Z'; }), "unknown type"},
        {"climbs", tar({file("../x")}), "'.' or '..'"},
        {"absolute", tar({file("/x")}), "absolute"},
        {"twice", tar({file("a", "1"), file("a", "2")}), "twice"},
        {"link, then directory",
         tar({link('2', "l", "/tmp"),
              [] {
                  TarMember m = file("l", "");
                  m.type = '5';
                  return m;
              }()}),
         "twice"},
        {"link, then file through it", tar({link('2', "l", "/tmp"), file("l/x")}),
         "file and a directory"},
        {"after the end", tar({file("a")}) + tar_member(file("b")) + tar_end(), "after its end"},
        {"without an end", tar_member(file("a")), "cut off"},
        {"cut in a content", tar_member(file("a", std::string(2'000, 'a'))).substr(0, 1'024),
         "larger than the archive"},
        {"cut in a header", tar_member(file("a")).substr(0, 300), "cut off"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.what);
        std::string message = listing(c.bytes);
        EXPECT_NE(message.find(c.message), std::string::npos) << "message: " << message;
    }
}

TEST(TarReader, links_are_told_and_not_followed) {
    std::string bytes = tar({file("p/a", "1"), link('2', "p/b", "a"), link('1', "p/c", "p/a")});
    Result<TarReader> reader = TarReader::open(bytes);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(reader->entries()[1].link, TarEntry::Link::symbolic);
    EXPECT_EQ(reader->entries()[1].target, "a");
    EXPECT_EQ(reader->entries()[2].link, TarEntry::Link::hard);
    EXPECT_EQ(reader->entries()[2].content, "");
}

TEST(TarReader, gzip_is_one_member_with_nothing_behind) {
    std::string good = forge::gzip(tar({file("a", "1")}));
    auto problem = [](std::string_view bytes, const Limits& limits = {}) {
        Result<TarReader> reader = TarReader::open_gzip(bytes, limits);
        return reader ? std::string() : reader.error().message;
    };
    EXPECT_EQ(problem(good), "");
    EXPECT_NE(problem(good + "garbage"), "");
    EXPECT_NE(problem(good + good), "");
    for (size_t length = 0; length < good.size(); ++length) {
        EXPECT_NE(problem(good.substr(0, length)), "") << length;
    }
    EXPECT_NE(problem("PK\3\4" + std::string(100, 'x')).find("not gzip"), std::string::npos);
    std::string bomb = forge::gzip(tar({file("zeros", std::string(3'000'000, '\0'))}));
    EXPECT_NE(problem(bomb, {.ratio_free_bytes = 1'000'000}).find("200 times"), std::string::npos);
    EXPECT_NE(problem(bomb, {.total_bytes_max = 1'000'000}).find("more than"), std::string::npos);
    bomb.replace(bomb.size() - 4, 4, std::string("\0\4\0\0", 4)); // says 1 KB
    EXPECT_NE(problem(bomb).find("lies about its size"), std::string::npos);
}

TEST(TarReader, one_flipped_bit_in_a_header_never_goes_unnoticed) {
    std::string good = tar({file("p/a", "1"), file("p/b", "2")});
    for (size_t bit = 0; bit < 512 * 8; ++bit) {
        std::string bytes = good;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        Result<TarReader> reader = TarReader::open(bytes);
        if (reader) { // only in the checksum's own blanks
            EXPECT_TRUE(bit / 8 >= 148 && bit / 8 < 156) << bit;
            EXPECT_EQ(listing(bytes), listing(good));
        }
    }
}

constexpr const char* make_tars_program = R"(
import io, random, sys, tarfile
seed, directory = int(sys.argv[1]), sys.argv[2]
rng = random.Random(seed)
for n in range(30):
    out = io.BytesIO()
    form = rng.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    with tarfile.open(fileobj=out, mode='w', format=form) as t:
        for i in range(rng.randrange(7)):
            names = ['a', 'b.py', 'x-1.0', 'long' * 24]
            parts = [rng.choice(names) for _ in range(rng.randrange(1, 3))]
            if form == tarfile.PAX_FORMAT and rng.random() < .5: parts.append('ü' * 60)
            info = tarfile.TarInfo(f'd{i}/' + '/'.join(parts))
            data = rng.randbytes(rng.randrange(1500))
            info.size, info.mode = len(data), rng.choice([0o644, 0o755])
            info.mtime = rng.random() * 1e9
            if rng.random() < .2: info.type, info.size, data = tarfile.DIRTYPE, 0, b''
            t.addfile(info, io.BytesIO(data))
    raw = bytearray(out.getvalue())
    if rng.random() < .5:  # damaged
        for _ in range(rng.randrange(1, 4)):
            raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    open(f'{directory}/{n}.tar', 'wb').write(raw)
)";

TEST(TarReader, what_it_accepts_gnu_tar_reads_the_same) {
    Result<fs::TemporaryDirectory> directory = fs::TemporaryDirectory::create("/tmp", "tars-");
    ASSERT_TRUE(directory);
    unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Result<SpawnResult> made =
        spawn({.arguments = {"/usr/bin/env", "python3", "-c", make_tars_program,
                             std::to_string(seed), directory->path()}});
    Result<SpawnResult> gnu = spawn({.arguments = {"/usr/bin/env", "tar", "--version"}});
    if (!made || made->exit_code != 0 || !gnu || gnu->out.find("GNU tar") == std::string::npos) {
        GTEST_SKIP() << "no python3 or no GNU tar to compare with";
    }
    int accepted = 0;
    for (int n = 0; n < 30; ++n) {
        SCOPED_TRACE(n);
        std::string path = directory->path() + "/" + std::to_string(n) + ".tar";
        std::string bytes = *fs::read(path);
        Result<TarReader> reader = TarReader::open(bytes);
        if (!reader) {
            continue;
        }
        ++accepted;
        std::string names;
        std::string contents;
        for (const TarEntry& entry : reader->entries()) {
            names += entry.path + (entry.is_directory ? "/\n" : "\n");
            contents += entry.content;
        }
        auto run = [&](std::vector<std::string> arguments) {
            arguments.insert(arguments.begin(), {"/usr/bin/env", "LC_ALL=C.UTF-8", "tar"});
            arguments.push_back(path);
            return *spawn({.arguments = std::move(arguments)});
        };
        EXPECT_EQ(run({"--quoting-style=literal", "-tf"}).out, names);
        EXPECT_EQ(run({"-xOf"}).out, contents);
    }
    EXPECT_GE(accepted, 10) << "half of them are undamaged";
}

} // namespace
} // namespace pawl::archive
